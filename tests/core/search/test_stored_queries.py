"""Asking with pictures whose files are gone: what is stored of them answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl, UsageError
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import QueryPicture, StoredPicture
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw_folder

METHODS = ("phash", "sift")


class Collection:
    """A collection and its engine."""

    def __init__(self, base: Path) -> None:
        self.workspace = Workspace(Folders(base / "data", base / "cache", base / "config"))
        self.folder = draw_folder(base / "drawn", range(15))
        index_collection(self.workspace, "c", [self.folder], METHODS, control=NullControl())
        self.engine = open_engine(self.workspace, self.workspace.collection("c"), NullControl(), lambda _line: None)

    def ask(self, source: Path | str, *methods: str, **changes: object) -> SearchResult:
        request = search_request(self.workspace, self.workspace.choose(methods or METHODS), **changes)
        return self.engine.search([self.engine.read(str(source))], request)[0]


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    made = Collection(tmp_path)
    yield made
    made.engine.close()


@pytest.mark.parametrize("methods", [("phash",), ("sift",), METHODS])
def test_a_picture_that_is_gone_is_answered_as_when_it_was_there(
    collection: Collection, methods: Sequence[str]
) -> None:
    query = collection.folder / "p03.png"
    before = collection.ask(query, *methods)
    query.unlink()
    after = collection.ask(query, *methods)
    assert [(hit.image_id, hit.score) for hit in after.hits] == [(hit.image_id, hit.score) for hit in before.hits]
    assert (after.hits[0].path, after.hits[0].score) == (query, 1.0)
    assert after.image_id == before.image_id == after.hits[0].image_id
    assert after.notes == (f"'{query}' is not there any more; searched by what is stored of it",)
    assert before.notes == ()


def test_a_folder_that_is_gone_as_a_whole_is_known_still(collection: Collection) -> None:
    shutil.rmtree(collection.folder)
    assert collection.ask(collection.folder / "p05.png").hits[0].path.name == "p05.png"
    collection.folder.write_text("a file where the folder was")
    assert collection.ask(collection.folder / "p05.png").hits[0].path.name == "p05.png"


def test_the_path_may_be_written_in_any_way(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (collection.folder / "p03.png").unlink()
    (tmp_path / "linked").symlink_to(collection.folder, target_is_directory=True)
    monkeypatch.chdir(collection.folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for source in ("p03.png", "../drawn/p03.png", "~/drawn/p03.png", tmp_path / "linked" / "p03.png"):
        assert collection.ask(source, "phash").hits[0].score == 1.0


def test_the_image_id_is_enough_where_no_path_is_known(collection: Collection) -> None:
    known = collection.ask(collection.folder / "p04.png").image_id
    query = collection.engine.read("/no/such/file.png", image_id=bytes.fromhex(known))
    assert query == StoredPicture("/no/such/file.png", bytes.fromhex(known))


def test_a_picture_that_is_there_is_read_whatever_is_stored(collection: Collection) -> None:
    shutil.copy(collection.folder / "p07.png", collection.folder / "p03.png")
    assert isinstance(collection.engine.read(str(collection.folder / "p03.png")), QueryPicture)
    assert collection.ask(collection.folder / "p03.png").hits[0].path.name == "p07.png"


@pytest.mark.parametrize("source", ["/no/such/file.png", "no-such.png", "~nobody/x.png", "a\0b.png"])
def test_a_path_that_was_never_indexed_does_not_exist(collection: Collection, source: str) -> None:
    with pytest.raises(UsageError, match="does not exist; give a picture file, a URL or '-'"):
        collection.ask(source)


def test_an_empty_query_is_told_to_be_empty(collection: Collection) -> None:
    with pytest.raises(UsageError, match="the query is empty"):
        collection.ask("")


@pytest.mark.parametrize(
    ("changes", "said"), [({"crop": "0,0,50%,50%"}, "a part of it"), ({"any_orientation": True}, "other orientations")]
)
def test_what_needs_pixels_is_refused_without_them(
    collection: Collection, changes: dict[str, object], said: str
) -> None:
    query = collection.folder / "p03.png"
    query.unlink()
    with pytest.raises(UsageError, match=f"not there any more, and .*{said} cannot be searched without the file"):
        collection.ask(query, **changes)


def test_a_method_that_has_nothing_stored_of_it_is_left_out_unless_it_was_named(collection: Collection) -> None:
    draw_folder(collection.folder, range(20, 21))
    index_collection(collection.workspace, "c", [collection.folder], ["phash"], control=NullControl())
    query = collection.folder / "p20.png"
    query.unlink()
    answer = collection.ask(query, named=False)
    assert (answer.method, answer.hits[0].path) == ("phash", query)
    assert any("left out: " in note and "'sift' has nothing stored of it" in note for note in answer.notes)
    with pytest.raises(UsageError, match="not there any more, and 'sift' has nothing stored of it"):
        collection.ask(query)
