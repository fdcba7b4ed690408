"""Regions: what a provider proposes is all that a method sees, of pictures and of queries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import Box, IndexMissingError, MethodUnavailableError, NullControl, UsageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.methods.regions import Regions, cut, proposals, region_cropper
from revsearch_tui.core.search.results import Hit
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.site import install, method_source

PROVIDERS = """

from revsearch_tui.api import Box, RegionInfo

@hookimpl
def revsearch_region_providers():
    return [
        RegionInfo("left-half", "T", "S.", "regional:left_half"),
        RegionInfo("nothing", "T", "S.", "regional:nothing"),
        RegionInfo("failing", "T", "S.", "regional:failing"),
    ]

def left_half():
    return lambda picture: [Box(0, 0, 0.5, 1), Box(0, 0, 1, 1)]

def nothing():
    return lambda picture: []

def failing():
    return lambda picture: 1 / 0
"""
INDEXED = {"region": "left-half"}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """With the method `regional`, the mean colour, and three region providers."""
    install(tmp_path / "site", "regional", method_source("regional", "regional") + PROVIDERS)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("REVSEARCH_LOAD_PLUGINS", "regional,sift")
    return Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Pictures whose left and right halves have colours of their own: `LEFT-RIGHT.png`."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    colours = {"red": (200, 0, 0), "blue": (0, 0, 200), "grey": (90, 90, 90)}
    for left, first in colours.items():
        for right, second in colours.items():
            pixels = np.zeros((20, 40, 3), np.uint8)
            pixels[:, :20], pixels[:, 20:] = first, second
            Image.fromarray(pixels).save(folder / f"{left}-{right}.png")
    return folder


def index(workspace: Workspace, pictures: Path, options: dict[str, object] | None = None) -> None:
    index_collection(workspace, "pictures", [pictures], ["regional"], control=NullControl(), options=options)


def search(workspace: Workspace, query: Path, options: dict[str, object] | None = None, **changes: Any) -> list[Hit]:
    collection = workspace.collection("pictures")
    choices = workspace.choose_to_search(collection, ["regional"], options=options, note=print)
    engine = open_engine(workspace, collection, NullControl(), print)
    try:
        return list(engine.search([read_query(str(query))], search_request(workspace, choices, **changes))[0].hits)
    finally:
        engine.close()


def names(hits: Sequence[Hit]) -> set[str]:
    return {hit.path.stem for hit in hits}


def test_a_cropper_gives_the_part_within_the_best_box(workspace: Workspace) -> None:
    picture = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    part = region_cropper(workspace.registry, "left-half")(picture)
    assert np.array_equal(part, picture[:, :3]) and part.flags.c_contiguous


def test_no_box_means_the_whole_picture(workspace: Workspace) -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    assert region_cropper(workspace.registry, "nothing")(picture) is picture


@pytest.mark.parametrize("box", [Box(0, 0, 1e-6, 1e-6), Box(0.999, 0.999, 1, 1), Box(0.4999, 0.2, 0.5, 0.2001)])
def test_a_part_has_at_least_one_pixel(box: Box) -> None:
    for size in ((1, 1), (7, 3), (100, 1)):
        part = cut(np.zeros((*size, 3), np.uint8), box)
        assert part.shape[0] >= 1 and part.shape[1] >= 1


def test_an_unknown_provider_is_answered_with_the_nearest(workspace: Workspace, pictures: Path) -> None:
    with pytest.raises(MethodUnavailableError, match="no region provider 'left-halve'; did you mean 'left-half'"):
        index(workspace, pictures, {"region": "left-halve"})


def test_a_provider_that_fails_is_said_by_name(workspace: Workspace) -> None:
    with pytest.raises(MethodUnavailableError, match="the region provider 'failing' failed: ZeroDivisionError"):
        region_cropper(workspace.registry, "failing")(np.zeros((2, 2, 3), np.uint8))


def test_providers_propose_in_turn_and_those_that_fail_are_told(workspace: Workspace) -> None:
    found, problems = proposals(workspace.registry.regions(), np.zeros((64, 64, 3), np.uint8))
    assert [(each.provider, each.box) for each in found] == [
        ("left-half", Box(0, 0, 0.5, 1)),
        ("left-half", Box(0, 0, 1, 1)),
    ]
    assert problems == ["the region provider 'failing' failed: ZeroDivisionError: division by zero"]


def test_a_local_method_takes_no_region(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="the method 'sift' has no option 'region'"):
        workspace.choose(["sift"], options=INDEXED)


def test_pictures_are_told_apart_by_the_region_alone(workspace: Workspace, pictures: Path) -> None:
    index(workspace, pictures, INDEXED)
    hits = search(workspace, pictures / "red-blue.png", INDEXED, k=3)
    assert names(hits) == {"red-red", "red-blue", "red-grey"}
    assert [hit.score for hit in hits] == [1.0, 1.0, 1.0]


def test_the_region_is_part_of_the_index_key_and_its_absence_is_not(workspace: Workspace) -> None:
    (plain,), (cropped,), (empty,) = (
        workspace.choose(["regional"], options=options) for options in ({}, INDEXED, {"region": ""})
    )
    assert plain.key == empty.key != cropped.key
    assert plain.index_options() == {} and cropped.index_options() == INDEXED


@pytest.mark.drill
def test_a_search_takes_the_region_from_the_index(workspace: Workspace, pictures: Path) -> None:
    index(workspace, pictures, INDEXED)
    hits = search(workspace, pictures / "blue-red.png", k=3)
    assert names(hits) == {"blue-red", "blue-blue", "blue-grey"}


def test_bringing_the_index_up_to_date_keeps_the_region(workspace: Workspace, pictures: Path) -> None:
    index(workspace, pictures, INDEXED)
    (pictures / "red-blue.png").rename(pictures / "moved.png")
    report = index_collection(workspace, "pictures", [], control=NullControl())
    assert report.embedded == {"regional": 0}
    assert [key.options for key in workspace.keys(workspace.collection("pictures"))] == [INDEXED]


def test_the_users_own_crop_goes_before_the_region(workspace: Workspace, pictures: Path) -> None:
    index(workspace, pictures, INDEXED)
    hits = search(workspace, pictures / "red-blue.png", k=3, crop="50%,0%,50%,100%")
    assert names(hits) == {"blue-red", "blue-blue", "blue-grey"}, "pictures whose left half is like the query's right"


def test_a_search_by_a_region_that_is_not_indexed_says_so(workspace: Workspace, pictures: Path) -> None:
    index(workspace, pictures)
    with pytest.raises(IndexMissingError, match="not indexed by 'regional' with these options"):
        search(workspace, pictures / "red-blue.png", INDEXED)


def test_the_configuration_can_name_a_region(workspace: Workspace, pictures: Path) -> None:
    workspace.folders.config.mkdir(parents=True)
    workspace.folders.config_file.write_text('[methods.regional]\nregion = "left-half"\n', encoding="utf-8")
    workspace.check_config()
    index(workspace, pictures)
    assert workspace.keys(workspace.collection("pictures"))[0].options == INDEXED


def test_methods_that_see_the_same_region_get_the_same_arrays(workspace: Workspace) -> None:
    regions, info = Regions(), workspace.registry.region("left-half")
    pictures = [np.full((4, 6, 3), level, np.uint8) for level in range(5)]
    first, second = regions.of(pictures, info), regions.of(pictures[1:], info)
    assert all(one is other for one, other in zip(first[1:], second, strict=True))
    assert regions.of(pictures, None) is pictures
    regions.close()
