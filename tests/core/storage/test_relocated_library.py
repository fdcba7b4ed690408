"""A library that moved: hits name what is there, and its paths can follow at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from revsearch_tui.api import IndexBusyError, UsageError
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.collections import ensure_collection
from revsearch_tui.core.storage.relocation import Relocated, relocate
from tests.support.library import Library
from tests.support.program import revsearch, revsearch_json
from tests.support.texture import draw, draw_many

_KILLED = """
import os, sys
from pathlib import Path
from revsearch_tui.core.storage import relocation
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.workspace import Workspace

move = Catalog.move_files

def killed(self, old, new):
    if sys.argv[4] == "after":
        move(self, old, new)
    os._exit(9)

Catalog.move_files = killed
home = Path(sys.argv[1])
workspace = Workspace(Folders(home / "data", home / "cache", home / "config"))
relocation.relocate(workspace.collection("pictures"), Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    draw_many(tmp_path / "old" / "deep", 6, side=32)
    return tmp_path / "old"


@pytest.fixture
def library(tmp_path: Path, old: Path) -> Library:
    library = Library(tmp_path / "home")
    assert library.index(old).decoded == 6
    return library


def move(library: Library, old: Path, new: Path) -> Relocated:
    return relocate(library.workspace.collection("pictures"), old, new)


def roots(library: Library) -> tuple[Path, ...]:
    return library.workspace.collection("pictures").roots


def test_after_a_move_that_was_indexed_hits_name_the_living_path_first(
    library: Library, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "z" / "new"
    shutil.copytree(old, new)
    old.rename(tmp_path / "unplugged")
    assert library.index(new).moved == 6
    (hit,) = library.search(new / "deep" / "0002.png", k=1)
    assert hit.paths == (new / "deep" / "0002.png", old / "deep" / "0002.png")
    assert (hit.path, hit.missing, hit.links) == (hit.paths[0], (hit.paths[1],), ())


def test_a_hit_none_of_whose_files_is_there_says_so(library: Library, old: Path, tmp_path: Path) -> None:
    old.rename(tmp_path / "unplugged")
    (hit,) = library.search(tmp_path / "unplugged" / "deep" / "0002.png", k=1)
    assert (hit.path, hit.missing) == (old / "deep" / "0002.png", (old / "deep" / "0002.png",))


def test_a_method_that_is_added_after_a_move_reads_the_living_files(
    library: Library, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "z"
    shutil.copytree(old, new)
    old.rename(tmp_path / "unplugged")
    library.index(new)
    library.methods = ["phash", "sift"]
    assert library.index().embedded == {"phash": 0, "sift": 6}


def test_relocated_files_are_found_at_once_and_unchanged_at_the_next_run(
    library: Library, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    old.rename(new)
    assert move(library, old, new) == Relocated(6, (new,))
    assert roots(library) == (new,)
    assert library.found(new / "deep" / "0001.png") == [new / "deep" / "0001.png"]
    report = library.index()
    assert (report.read, report.unchanged, report.moved, report.removed, report.notes) == (0, 6, 0, 0, [])
    assert set(library.in_chroma().values()) == {str(new / "deep" / f"{number:04d}.png") for number in range(6)}


@pytest.mark.skipif(sys.platform == "win32", reason="the system tells no ctime of files")
def test_a_library_copied_to_another_disk_is_read_once_and_not_decoded(
    library: Library, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    shutil.copytree(old, new)
    shutil.rmtree(old)
    move(library, old, new)
    report = library.index()
    assert (report.read, report.decoded, report.unchanged, report.removed) == (6, 0, 6, 0)
    assert library.index().read == 0


def test_a_part_of_a_folder_that_moved_out_of_it_becomes_a_folder_of_its_own(
    library: Library, old: Path, tmp_path: Path
) -> None:
    draw(old / "stays.png", 70, side=32)
    library.index()
    new = tmp_path / "elsewhere"
    (old / "deep").rename(new)
    assert move(library, old / "deep", new) == Relocated(6, (new,))
    assert set(roots(library)) == {old, new}
    report = library.index()
    assert (report.read, report.unchanged, report.removed) == (0, 7, 0)


def test_a_mount_point_above_several_folders_moves_them_all(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    for name in ("a", "b"):
        draw_many(tmp_path / "mnt" / name, 2, side=32, first_seed=10 * ord(name))
    library.index(tmp_path / "mnt" / "a", tmp_path / "mnt" / "b")
    (tmp_path / "mnt").rename(tmp_path / "media")
    shutil.rmtree(tmp_path / "media" / "b")
    new = tmp_path / "media"
    moved = move(library, tmp_path / "mnt", new)
    assert (moved.files, moved.added, moved.missing) == (4, (new / "a", new / "b"), (new / "b",))
    assert {path.parent for path in moved.absent} == {new / "b"} and len(moved.absent) == 2
    report = library.index()
    assert (report.unchanged, report.removed, report.pictures) == (2, 0, 4)


def test_files_that_are_not_at_the_new_place_are_named_and_kept_until_a_run(
    library: Library, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    old.rename(new)
    gone = [new / "deep" / "0001.png", new / "deep" / "0004.png"]
    for path in gone:
        path.unlink()
    done = revsearch(library.home, "collections", "relocate", old, new)
    assert done.returncode == 0
    assert all(f"'{path}' is not there" in done.stderr.decode() for path in gone)
    assert revsearch_json(library.home, "collections", "show")["pictures"] == 6
    report = library.index()
    assert (report.unchanged, report.removed, report.decoded) == (4, 2, 0)


def test_the_same_with_both_exchanged_takes_it_back(library: Library, old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    assert len(move(library, old, new).absent) == 6
    assert move(library, new, old) == Relocated(6, (old,))
    assert roots(library) == (old,)
    report = library.index()
    assert (report.read, report.unchanged, report.removed, report.notes) == (0, 6, 0, [])


def test_what_is_known_at_the_new_place_already_stands(library: Library, old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    shutil.copytree(old, new)
    other = draw(new / "deep" / "0000.png", 500, side=32)
    shutil.rmtree(old)
    library.index(new)
    assert move(library, old, new) == Relocated(6)
    assert roots(library) == (new,)
    assert library.found(other) == [other]
    report = library.index()
    assert (report.read, report.unchanged, report.pictures) == (0, 6, 6)


def test_a_neighbour_whose_name_begins_alike_does_not_move(library: Library, old: Path, tmp_path: Path) -> None:
    neighbour = draw(tmp_path / "old-too" / "n.png", 90, side=32)
    library.index(neighbour.parent)
    old.rename(tmp_path / "new")
    move(library, old, tmp_path / "new")
    assert set(roots(library)) == {tmp_path / "new", neighbour.parent}
    assert library.found(neighbour) == [neighbour]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("then", ["relocate", "index"])
def test_killed_between_its_two_files_it_is_mended_by_a_rerun_and_an_index_run_loses_nothing(
    library: Library, old: Path, tmp_path: Path, when: str, then: str
) -> None:
    new = tmp_path / "new"
    old.rename(new)
    done = subprocess.run([sys.executable, "-c", _KILLED, library.home, old, new, when], check=False)
    assert done.returncode == 9
    if then == "index":
        report = library.index()
        assert (report.decoded, report.removed, report.pictures) == (0, 0, 6)
    move(library, old, new)
    assert roots(library) == (new,)
    report = library.index()
    assert (report.decoded, report.unchanged, report.removed) == (0, 6, 0)
    assert library.found(new / "deep" / "0003.png") == [new / "deep" / "0003.png"]


def test_a_move_that_makes_no_sense_is_refused_in_a_sentence(library: Library, old: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for source, target, said in (
        (old, tmp_path / "absent", "is not a folder"),
        (tmp_path / "unknown", tmp_path / "new", "knows of nothing below"),
        (old / "nothing", tmp_path / "new", "knows of nothing below"),
        (old, old / "deep", "lies in"),
        (old, old, "lies in"),
    ):
        with pytest.raises(UsageError, match=said):
            move(library, source, target)
    assert roots(library) == (old,)
    assert library.index().unchanged == 6


def test_the_command_says_what_it_did(library: Library, old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    old.rename(new)
    done = revsearch(library.home, "collections", "relocate", old, new, "-c", "pictures")
    assert done.returncode == 0
    assert f"6 files that were below '{old}' are known below '{new}'" in done.stderr.decode()
    assert revsearch_json(library.home, "collections", "show")["folders"] == [str(new)]
    again = revsearch(library.home, "collections", "relocate", old, new)
    assert again.returncode == 2 and str(new) in again.stderr.decode()


def test_a_collection_that_is_being_written_is_not_relocated(library: Library, old: Path, tmp_path: Path) -> None:
    collection = ensure_collection(library.workspace.folders.collections, "pictures", ())
    old.rename(tmp_path / "new")
    with writer_lock(collection.home, "indexing"), pytest.raises(IndexBusyError):
        relocate(collection, old, tmp_path / "new")
    assert os.fspath(roots(library)[0]) == os.fspath(old)
