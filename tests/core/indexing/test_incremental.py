"""Indexing again does only what changed makes necessary, and forgets only what is really gone."""

from __future__ import annotations

import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from revsearch_tui.core.images.reasons import CUT_SHORT
from tests.support.library import Library
from tests.support.texture import draw, draw_many


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_many(tmp_path / "pictures", 12, side=32)
    return tmp_path / "pictures"


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Library:
    library = Library(tmp_path / "home")
    report = library.index(folder)
    assert (report.added, report.decoded, report.embedded) == (12, 12, {"phash": 12})
    return library


def identity(path: Path) -> bytes:
    return sha256(path.read_bytes()).digest()


def assert_in_step(library: Library) -> None:
    assert set(library.in_chroma()) == library.pictures()
    assert library.in_journal() >= library.pictures()


def test_an_unchanged_collection_is_not_decoded_again(library: Library) -> None:
    report = library.index()
    assert (report.decoded, report.unchanged, report.added, report.removed) == (0, 12, 0, 0)


def test_a_renamed_folder_is_not_decoded_again(library: Library, folder: Path) -> None:
    draw(folder / "deep" / "inner.png", 77)
    library.index()
    (folder / "deep").rename(folder / "renamed")
    report = library.index()
    assert (report.decoded, report.moved, report.removed, report.unchanged) == (0, 1, 0, 12)
    moved = folder / "renamed" / "inner.png"
    assert library.found(moved) == [moved]
    assert library.in_chroma()[identity(moved)] == str(moved)


def test_copies_cost_nothing_and_are_paths_of_one_picture(library: Library, folder: Path) -> None:
    copy = folder / "copy.png"
    shutil.copy(folder / "0003.png", copy)
    report = library.index()
    assert (report.decoded, report.moved, report.pictures) == (0, 1, 12)
    assert set(library.found(copy)) == {copy, folder / "0003.png"}
    (folder / "0003.png").unlink()
    library.index()
    assert library.found(copy) == [copy]
    assert library.in_chroma()[identity(copy)] == str(copy)


def test_a_changed_file_replaces_its_old_picture(library: Library, folder: Path) -> None:
    path = folder / "0005.png"
    old = identity(path)
    draw(path, 500)
    report = library.index()
    assert (report.decoded, report.changed, report.added, report.pictures) == (1, 1, 0, 12)
    assert library.found(path) == [path]
    assert old not in library.in_chroma()
    assert_in_step(library)


def test_a_vanished_file_leaves_search_and_chromadb_and_comes_back(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    path, kept = folder / "0002.png", tmp_path / "kept.png"
    shutil.move(path, kept)
    report = library.index()
    assert (report.removed, report.pictures) == (1, 11)
    assert library.found(kept) == library.found(kept, approximate=True) == []
    assert identity(kept) not in library.in_chroma()
    assert_in_step(library)
    shutil.move(kept, path)
    report = library.index()
    assert (report.added, report.embedded) == (1, {"phash": 0})
    assert library.found(path) == library.found(path, approximate=True) == [path]
    assert library.in_chroma()[identity(path)] == str(path)
    assert_in_step(library)


def test_a_picture_that_comes_back_while_another_arrives_is_in_chromadb_once(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    shutil.move(folder / "0001.png", tmp_path / "kept.png")
    library.index()
    shutil.move(tmp_path / "kept.png", folder / "back.png")
    draw(folder / "new.png", 900)
    library.index()
    assert_in_step(library)
    assert len(library.in_chroma()) == 13


@pytest.mark.parametrize("how", ["missing", "emptied"])
def test_a_missing_or_emptied_root_keeps_everything_until_pruned(
    library: Library, folder: Path, tmp_path: Path, how: str
) -> None:
    away = tmp_path / "away"
    folder.rename(away)
    if how == "emptied":
        folder.mkdir()
    report = library.index()
    assert (report.removed, report.pictures) == (0, 12)
    assert any("is missing or empty" in note and "12 files" in note for note in report.notes)
    assert library.search(away / "0004.png", k=1)[0].path == folder / "0004.png"
    report = library.index(prune=True)
    assert (report.removed, report.pictures) == (12, 0)
    assert library.in_chroma() == {}


def test_a_root_that_comes_back_is_not_decoded_again(library: Library, folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "away")
    library.index()
    (tmp_path / "away").rename(folder)
    report = library.index()
    assert (report.decoded, report.unchanged) == (0, 12)


def test_one_missing_root_does_not_keep_vanished_files_of_another(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    draw_many(tmp_path / "second", 3, side=32, first_seed=50)
    library.index(tmp_path / "second")
    (tmp_path / "second").rename(tmp_path / "unplugged")
    (folder / "0000.png").unlink()
    report = library.index()
    assert (report.removed, report.pictures) == (1, 14)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_drive_behind_a_link_wipes_nothing_when_it_is_unplugged(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    draw_many(tmp_path / "drive", 2, side=32, first_seed=60)
    (folder / "link").symlink_to(tmp_path / "drive")
    assert library.index().added == 2
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    report = library.index()
    assert (report.removed, report.pictures) == (0, 14)
    assert any("link" in note and "2 files" in note for note in report.notes)
    assert library.index(prune=True).removed == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_that_loop_are_followed_once(library: Library, folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "dangling.png").symlink_to(folder / "nothing.png")
    report = library.index()
    assert (report.unchanged, report.decoded) == (12, 0)
    assert {path.name for path, _ in report.skipped} == {"self", "dangling.png"}


def test_ignored_names_and_paths_are_left_out(library: Library, folder: Path) -> None:
    for name in (".hidden/a.png", "cache/b.png", "deep/cache/c.png", "deep/keep.png"):
        draw(folder / name, len(name) + 100, side=32)
    report = library.index(ignore=[".*", "deep/cache"])
    assert report.added == 2
    assert library.found(folder / "cache" / "b.png")
    assert not library.found(folder / "deep" / "cache" / "c.png")
    # What is ignored from now on leaves the index.
    assert library.index(ignore=[".*", "cache"]).removed == 1


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are text here")
def test_names_that_are_not_text_are_indexed_and_found(library: Library, folder: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9 \xff.png"))
    draw(folder / "plain.png", 321).rename(strange)
    (folder / os.fsdecode(b"broken\xfe.png")).write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    report = library.index()
    assert report.added == 1
    assert library.found(strange) == [strange]
    assert library.in_chroma()[identity(strange)] == f"{folder}/caf\\xe9 \\xff.png"
    assert [os.fsencode(path).rpartition(b"/")[2] for path in library.skipped()] == [b"broken\xfe.png"]
    assert library.index().decoded == 0


def test_broken_pictures_are_listed_with_a_reason_and_not_tried_again(library: Library, folder: Path) -> None:
    whole = (folder / "0000.png").read_bytes()
    for name in ("half.png", "twin.png"):
        (folder / name).write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    report = library.index()
    assert {path.name: reason for path, reason in report.skipped} == {
        "half.png": CUT_SHORT,
        "twin.png": CUT_SHORT,
        "empty.jpg": "empty file",
    }
    assert (report.decoded, report.pictures) == (0, 12)
    report = library.index()
    assert (report.skipped, report.unchanged) == ([], 15)
    assert {path.name for path in library.skipped()} == {"half.png", "twin.png", "empty.jpg"}
    # One that was mended is tried again.
    draw(folder / "half.png", 444)
    assert library.index().changed + library.index().unchanged >= 1
    assert library.found(folder / "half.png") == [folder / "half.png"]
    assert {path.name for path in library.skipped()} == {"twin.png", "empty.jpg"}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_file_that_could_not_be_read_is_tried_again(library: Library, folder: Path) -> None:
    path = draw(folder / "locked.png", 333)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads everything")
    assert library.index().skipped == [(path, "cannot be read: Permission denied")]
    assert library.index().skipped == [(path, "cannot be read: Permission denied")]
    path.chmod(0o600)  # changes neither size nor time of change
    report = library.index()
    assert (report.decoded, report.skipped) == (1, [])
    assert library.found(path) == [path]
    (folder / "closed").mkdir(mode=0)
    assert any("cannot be read" in note for note in library.index().notes)


def test_a_file_above_the_size_limit_is_tried_again_when_the_limit_rises(library: Library, folder: Path) -> None:
    path = draw(folder / "large.png", 222, side=256)
    report = library.index(max_file_bytes=100_000)
    assert [(skipped, "larger than" in reason) for skipped, reason in report.skipped] == [(path, True)]
    assert library.index().decoded == 1
    assert library.found(path) == [path]


def test_a_second_method_is_added_without_touching_the_first(library: Library, folder: Path) -> None:
    library.methods = ["phash", "sift"]
    report = library.index()
    assert report.embedded == {"phash": 0, "sift": 12}
    assert set(library.in_chroma("sift")) == library.pictures()


def test_embeddings_of_many_vanished_pictures_free_their_disk(tmp_path: Path) -> None:
    library = Library(tmp_path / "home", ["phash", "sift"])
    paths = draw_many(tmp_path / "pictures", 150, side=24)
    library.index(tmp_path / "pictures")
    for path in paths[:120]:
        path.unlink()
    library.index()
    assert library.in_journal("sift") == library.in_journal("phash") == library.pictures()
    assert len(library.pictures()) == 30
    assert set(library.in_chroma("sift")) == library.pictures()
    report = library.index()
    assert (report.decoded, report.notes) == (0, [])
    assert library.found(paths[130]) == library.found(paths[130], approximate=True) == [paths[130]]


def test_lost_embeddings_are_made_anew(library: Library, folder: Path) -> None:
    for path in (library.home / "data" / "collections" / "pictures" / "journal").glob("*/segment-0000.vec"):
        path.write_bytes(path.read_bytes()[:20])
    draw(folder / "00-first.png", 808)  # comes before the others when they are made anew
    report = library.index()
    assert report.embedded == {"phash": 13}
    assert_in_step(library)
    assert len(library.in_chroma()) == 13
