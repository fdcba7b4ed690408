"""Blank pictures are like no other, whichever way a collection is searched, and are found by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw_folder

BLANK = {"white": "white", "black": "black", "red": "red", "grey": "#7f7f80"}
EVERY_WAY = pytest.mark.parametrize("exactness", ["exact", "approximate"])


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Twelve drawn pictures and four blank ones."""
    base = tmp_path_factory.mktemp("plain")
    folder = draw_folder(base / "mixed", range(12))
    for name, colour in BLANK.items():
        Image.new("RGB", (90, 60), colour).save(folder / f"{name}.png")
    workspace = Workspace(Folders(base / "data", base / "cache", base / "config"))
    index_collection(workspace, "mixed", [folder], ["phash"], control=NullControl())
    return workspace


@pytest.fixture(scope="module")
def engine(workspace: Workspace) -> Iterator[SearchEngine]:
    engine = open_engine(workspace, workspace.collection("mixed"), NullControl(), lambda _line: None)
    yield engine
    engine.close()


def searched(engine: SearchEngine, workspace: Workspace, file: Path, **changes: object) -> SearchResult:
    request = search_request(workspace, workspace.choose(["phash"]), k=16, **changes)
    return engine.search([read_query(str(file))], request)[0]


@EVERY_WAY
@pytest.mark.parametrize("name", BLANK)
def test_a_blank_picture_finds_the_same_file_alone_and_a_note_says_why(
    engine: SearchEngine, workspace: Workspace, name: str, exactness: str
) -> None:
    file = workspace.collection("mixed").roots[0] / f"{name}.png"
    for changes in ({}, {"any_orientation": True}):
        result = searched(engine, workspace, file, exactness=exactness, **changes)
        assert [(hit.path, hit.score) for hit in result.hits] == [(file, 1.0)]
        assert [note.startswith("too plain to tell by phash") for note in result.notes] == [True]


@EVERY_WAY
def test_a_blank_picture_that_is_not_in_the_collection_finds_nothing(
    engine: SearchEngine, workspace: Workspace, tmp_path: Path, exactness: str
) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "other.png")
    result = searched(engine, workspace, tmp_path / "other.png", exactness=exactness)
    assert result.hits == () and len(result.notes) == 1


@EVERY_WAY
def test_a_picture_that_shows_something_finds_no_blank_one(
    engine: SearchEngine, workspace: Workspace, exactness: str
) -> None:
    file = workspace.collection("mixed").roots[0] / "p03.png"
    result = searched(engine, workspace, file, exactness=exactness)
    assert {hit.path.name for hit in result.hits} == {f"p{number:02d}.png" for number in range(12)}
    assert result.hits[0].path == file and result.notes == ()
