"""The engine over a small collection of mean colours: what is near is known by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import MethodUnavailableError, NullControl, UsageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SearchRequest
from revsearch_tui.core.search.sources import QueryPicture, read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw_folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("engine")
    workspace = Workspace(Folders(base / "data", base / "cache", base / "config"))
    index_collection(workspace, "drawn", [draw_folder(base / "drawn", range(25))], ["phash"], control=NullControl())
    return workspace


@pytest.fixture(scope="module")
def engine(workspace: Workspace) -> Iterator[SearchEngine]:
    engine = open_engine(workspace, workspace.collection("drawn"), NullControl(), lambda _line: None)
    yield engine
    engine.close()


def request(workspace: Workspace, **changes: object) -> SearchRequest:
    return search_request(workspace, workspace.choose(["phash"]), **changes)


def picture(workspace: Workspace, name: str) -> QueryPicture:
    return read_query(str(workspace.collection("drawn").roots[0] / name))


def test_an_engine_answers_many_searches_alike(workspace: Workspace, engine: SearchEngine) -> None:
    query = picture(workspace, "p03.png")
    first, second = (engine.search([query], request(workspace, k=5))[0] for _ in range(2))
    assert first.hits == second.hits
    assert first.gallery == 25 and first.hits[0].path.name == "p03.png"


def test_a_crop_of_the_query_is_not_taken_for_the_picture_itself(workspace: Workspace, engine: SearchEngine) -> None:
    whole = engine.search([picture(workspace, "p03.png")], request(workspace, k=1))[0].hits[0]
    part = engine.search([picture(workspace, "p03.png")], request(workspace, k=1, crop="0,0,110,80"))[0].hits[0]
    assert whole.score == 1.0 and part.score < 1.0


def test_a_query_that_is_no_picture_is_a_usage_error(workspace: Workspace, engine: SearchEngine) -> None:
    with pytest.raises(UsageError, match="'x' cannot be used as a query"):
        engine.search([QueryPicture("x", b"no picture")], request(workspace))


def test_a_large_gallery_is_searched_approximately_unless_told_otherwise(
    workspace: Workspace, engine: SearchEngine
) -> None:
    query = picture(workspace, "p03.png")
    for changes, exact in (
        ({"exact_limit": 24}, False),
        ({"exact_limit": 25}, True),
        ({"exact_limit": 24, "exactness": "exact"}, True),
        ({"exactness": "approximate"}, False),
    ):
        hits = engine.search([query], request(workspace, **changes))[0].hits
        assert {hit.exact for hit in hits} == {exact}
        assert hits[0].path.name == "p03.png"


def test_approximate_and_exact_search_agree_on_a_small_collection(workspace: Workspace, engine: SearchEngine) -> None:
    query = picture(workspace, "p03.png")
    found = [
        {hit.path: hit.score for hit in engine.search([query], request(workspace, k=25, exactness=kind))[0].hits}
        for kind in ("exact", "approximate")
    ]
    assert found[0] == found[1] and len(found[0]) == 25


def test_a_vanished_picture_is_passed_over_and_the_next_takes_its_place(tmp_path: Path) -> None:
    workspace = Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    folder = draw_folder(tmp_path / "drawn", range(12))
    index_collection(workspace, "c", [folder], ["phash"], control=NullControl())
    query = read_query(str(folder / "p00.png"))
    for number in range(1, 4):
        (folder / f"p{number:02d}.png").unlink()
    index_collection(workspace, "c", [folder], ["phash"], control=NullControl())
    engine = open_engine(workspace, workspace.collection("c"), NullControl(), lambda _line: None)
    hits = engine.search([query], request(workspace, k=9))[0].hits
    engine.close()
    assert len(hits) == 9 and {hit.path.name for hit in hits}.isdisjoint({"p01.png", "p02.png", "p03.png"})
    assert [hit.rank for hit in hits] == list(range(1, 10))


def test_a_method_that_gives_a_wrong_array_for_a_query_is_named(
    workspace: Workspace, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from revsearch_phash.method import PerceptualHash

    query = picture(workspace, "p03.png")
    for broken, said in (
        (lambda _self, _pictures: np.zeros((1, 3), np.uint8), r"'phash' returned an array of shape \(1, 3\)"),
        (lambda _self, _pictures: 1 / 0, "'phash' failed: ZeroDivisionError"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(PerceptualHash, "embed", broken)
            with pytest.raises(MethodUnavailableError, match=said):
                engine.search([query], request(workspace))


def test_a_picture_found_in_several_orientations_counts_once_at_its_best(
    workspace: Workspace, engine: SearchEngine, tmp_path: Path
) -> None:
    turned = Image.open(workspace.collection("drawn").roots[0] / "p08.png").transpose(Image.Transpose.ROTATE_90)
    turned.save(tmp_path / "turned.png")
    query = read_query(str(tmp_path / "turned.png"))
    hits = engine.search([query], request(workspace, k=25, any_orientation=True))[0].hits
    assert hits[0].path.name == "p08.png" and hits[0].orientation
    assert len({hit.image_id for hit in hits}) == len(hits) == 25


def test_a_journal_is_read_again_only_when_something_was_committed(tmp_path: Path) -> None:
    workspace = Workspace(Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "config"))
    folder = draw_folder(tmp_path / "drawn", range(12))
    index_collection(workspace, "c", [folder], ["phash"], control=NullControl())
    engine = open_engine(workspace, workspace.collection("c"), NullControl(), lambda _line: None)
    asked = request(workspace, k=3)
    query = read_query(str(folder / "p03.png"))

    def journal() -> object:
        engine.search([query], asked)
        (opened,) = engine._opened.values()
        return opened.exact.journal

    first = journal()
    assert journal() is first
    draw_folder(tmp_path / "drawn", range(12, 14))
    index_collection(workspace, "c", [folder], ["phash"], control=NullControl())
    assert journal() is not first
    assert engine.search([query], asked)[0].gallery == 14
    engine.close()
