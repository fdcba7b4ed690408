"""An index that has lost its description is found, and taken up again without embedding anything anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from revsearch_tui.api import IndexMissingError, UsageError
from revsearch_tui.core.storage.adoption import adopt, common_folders, lost_collections
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import drop_collection, open_collection
from tests.support.library import Library
from tests.support.stored import collection_of, keys_of
from tests.support.texture import draw, draw_many


def paths(*names: str) -> list[bytes]:
    return [name.encode() for name in names]


@pytest.mark.skipif(os.sep != "/", reason="folders as they are named elsewhere")
@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (("/data/pics/a.png", "/data/pics/b.png"), ("/data/pics",)),
        (("/data/pics/x/a.png", "/data/pics/y/b.png"), ("/data/pics",)),
        (("/data/pics/x/a.png", "/data/pics/a.png"), ("/data/pics",)),
        (("/data/pics/a.png", "/srv/other/b.png"), ("/data/pics", "/srv/other")),
        (("/media/one/x/a.png", "/media/two/y/b.png", "/media/two/z/c.png"), ("/media/one/x", "/media/two")),
        (("/a.png", "/data/b.png"), ("/",)),
        ((), ()),
    ],
)
def test_folders_are_the_deepest_that_hold_the_files_together(files: tuple[str, ...], folders: tuple[str, ...]) -> None:
    assert common_folders(paths(*files)) == tuple(map(Path, folders))


def test_the_users_home_is_too_broad_to_be_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/users/all/ann")
    files = paths("/users/all/ann/Pictures/a.png", "/users/all/ann/Scans/x/b.png", "/users/all/bob/c/d.png")
    expected = ("/users/all/ann/Pictures", "/users/all/ann/Scans/x", "/users/all/bob/c")
    assert common_folders(files) == tuple(map(Path, expected))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Seven pictures in two folders, whose index has lost its description."""
    draw_many(tmp_path / "pictures" / "a", 6, side=16)
    (tmp_path / "pictures" / "b").mkdir()
    draw(tmp_path / "pictures" / "b" / "other.png", 77, side=16)
    library = Library(tmp_path / "home")
    library.index(tmp_path / "pictures")
    (collection_of(library.home).home / "collection.json").unlink()
    return library


def _collections(library: Library) -> Path:
    return library.workspace.folders.collections


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 1}', "\x00" * 80])
def test_an_index_without_a_sound_description_is_lost_and_can_be_adopted(
    library: Library, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (collection_of(library.home).home / "collection.json").write_text(content)
    assert lost_collections(_collections(library)) == ["pictures"]
    collection = adopt(_collections(library), "pictures")
    assert collection.roots == (tmp_path / "pictures",)
    assert open_collection(_collections(library), "pictures") == collection
    assert lost_collections(_collections(library)) == []
    report = library.index()
    assert (report.decoded, report.removed, report.unchanged, report.notes) == (0, 0, 7, [])


def test_the_folders_can_be_named(library: Library, tmp_path: Path) -> None:
    told: list[str] = []
    collection = adopt(_collections(library), "pictures", [tmp_path / "pictures" / "a"], told.append)
    assert collection.roots == (tmp_path / "pictures" / "a",)
    assert told == ["1 known files are in none of these folders; the next indexing run lets go of them"]


def test_indexing_another_folder_takes_up_all_there_was(library: Library, tmp_path: Path) -> None:
    draw_many(tmp_path / "more", 3, side=16)
    library.methods = []  # by what it was indexed by
    report = library.index(tmp_path / "more")
    assert set(report.embedded) == {"phash"}
    assert report.removed == 0
    assert "had lost its collection.json and was taken up again" in report.notes[0]
    roots = open_collection(_collections(library), "pictures").roots
    assert roots == (tmp_path / "pictures", tmp_path / "more")
    assert sum(report.embedded.values()) <= 3, "nothing is embedded anew"


def test_without_a_catalog_the_folders_must_be_named_and_nothing_is_embedded_anew(
    library: Library, tmp_path: Path
) -> None:
    for file in collection_of(library.home).home.glob("catalog.sqlite*"):
        file.unlink()
    with pytest.raises(UsageError, match="tells of no folders; name them"):
        adopt(_collections(library), "pictures")
    adopt(_collections(library), "pictures", [tmp_path / "pictures"])
    report = library.index()
    assert report.embedded == {"phash": 0}
    assert len(library.pictures()) == 7
    assert set(library.in_chroma()) == library.pictures()


def test_what_a_server_holds_under_the_old_name_is_made_anew(library: Library) -> None:
    key = keys_of(library.home)[0].key
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        catalog.set_chroma_state(key, 7, "server http://localhost:1")
        adopt(_collections(library), "pictures")
        assert catalog.chroma_state(key) == (0, None)


def test_a_name_on_a_server_is_kept_where_the_description_still_tells_it(library: Library) -> None:
    key = keys_of(library.home)[0].key
    (collection_of(library.home).home / "collection.json").write_text(json.dumps({"created": 17.5}))
    with Catalog(collection_of(library.home).catalog_file) as catalog:
        catalog.set_chroma_state(key, 7, "server http://localhost:1")
        assert adopt(_collections(library), "pictures").created == 17.5
        assert catalog.chroma_state(key) == (7, "server http://localhost:1")


def test_a_sound_collection_and_none_at_all_are_refused(library: Library) -> None:
    adopt(_collections(library), "pictures")
    with pytest.raises(UsageError, match="is a collection already"):
        adopt(_collections(library), "pictures")
    with pytest.raises(IndexMissingError, match="there is no index 'other' to take up"):
        adopt(_collections(library), "other")
    with pytest.raises(UsageError, match="is not a folder"):
        adopt(_collections(library), "pictures", [Path("/nowhere/at/all")])


def test_a_description_of_a_newer_program_is_not_lost(library: Library) -> None:
    (collection_of(library.home).home / "collection.json").write_text('{"format": 99, "roots": []}')
    assert lost_collections(_collections(library)) == []


def test_a_collection_that_was_half_dropped_is_not_offered(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.rmtree", lambda *_args, **_more: None)  # the kill
    drop_collection(collection_of(library.home))
    assert lost_collections(_collections(library)) == []
