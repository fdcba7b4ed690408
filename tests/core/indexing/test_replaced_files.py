"""A file put in another's place is noticed, and what tells files apart costs no needless reading."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.library import Library
from tests.support.program import revsearch_json
from tests.support.stored import collection_of
from tests.support.texture import draw, draw_many

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system tells no ctime of files")

MANY = 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_many(tmp_path / "pictures", MANY, side=16)
    for path in (tmp_path / "pictures").iterdir():  # BMP: other pictures of the same size in bytes
        Image.open(path).save(path.with_suffix(".bmp"))
        path.unlink()
    return tmp_path / "pictures"


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Library:
    library = Library(tmp_path / "home")
    assert library.index(folder).decoded == MANY
    return library


def another_picture(tmp_path: Path, like: Path) -> Path:
    """A picture of the same size in bytes and with the same mtime."""
    new = draw(tmp_path / "another.bmp", 999, side=16)
    assert new.stat().st_size == like.stat().st_size
    os.utime(new, ns=(like.stat().st_atime_ns, like.stat().st_mtime_ns))
    return new


def change(library: Library, sql: str) -> None:
    """What an older program, or another mount, would have left in the catalog."""
    connection = sqlite3.connect(collection_of(library.home).catalog_file)
    with connection:
        connection.execute(sql)
    connection.close()


def identities(library: Library) -> set[tuple[int, int, int]]:
    connection = sqlite3.connect(collection_of(library.home).catalog_file)
    found = set(connection.execute("SELECT ctime_ns, device, inode FROM files"))
    connection.close()
    return found


@pytest.mark.parametrize("how", ["copied over it", "renamed over it"])
def test_a_picture_put_in_a_files_place_with_its_size_and_mtime_is_found(
    library: Library, folder: Path, tmp_path: Path, how: str
) -> None:
    path = folder / "0003.bmp"
    before = path.stat()
    new = another_picture(tmp_path, path)
    kept = shutil.copy2(new, tmp_path / "kept.bmp")
    shutil.copy2(new, path) if how == "copied over it" else new.rename(path)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    report = library.index()
    assert (report.changed, report.read, report.decoded, report.unchanged) == (1, 1, 1, MANY - 1)
    assert library.found(kept) == [path]
    assert library.index().read == 0


def test_a_file_whose_ctime_alone_changed_is_read_once_and_not_decoded(library: Library, folder: Path) -> None:
    (folder / "0001.bmp").chmod(0o600)
    (folder / "0002.bmp").rename(folder / "renamed.bmp")
    os.link(folder / "0004.bmp", folder / "linked.bmp")
    report = library.index()
    assert (report.read, report.decoded, report.changed, report.moved) == (4, 0, 0, 2)
    assert report.unchanged == MANY - 1
    again = library.index()
    assert (again.read, again.unchanged) == (0, MANY + 1)


def test_a_catalog_without_ctimes_learns_them_without_reading(library: Library, folder: Path, tmp_path: Path) -> None:
    change(library, "UPDATE files SET ctime_ns = 0, device = 0, inode = 0")
    report = library.index()
    assert (report.read, report.unchanged) == (0, MANY)
    status = (folder / "0000.bmp").stat()
    assert (status.st_ctime_ns, status.st_dev, status.st_ino) in identities(library)
    another_picture(tmp_path, folder / "0000.bmp").rename(folder / "0000.bmp")
    assert library.index().changed == 1


def test_another_device_number_alone_means_nothing(library: Library) -> None:
    known = identities(library)
    change(library, "UPDATE files SET device = device + 7")
    report = library.index()
    assert (report.read, report.unchanged) == (0, MANY)
    assert identities(library) == known, "the device is noted as it is now"


def test_one_file_of_another_inode_is_read_but_a_renumbered_drive_is_not(library: Library) -> None:
    change(library, "UPDATE files SET inode = inode + 1000000 WHERE CAST(path AS TEXT) LIKE '%0005.bmp'")
    report = library.index()
    assert (report.read, report.decoded, report.unchanged) == (1, 0, MANY)
    change(library, "UPDATE files SET inode = inode + 1000000")
    report = library.index()
    assert (report.read, report.unchanged) == (0, MANY)
    assert library.index().read == 0


def test_check_looks_at_every_file_and_decodes_what_changed(library: Library, folder: Path, tmp_path: Path) -> None:
    path = folder / "0007.bmp"
    kept = shutil.copy(another_picture(tmp_path, path), tmp_path / "kept.bmp")
    another_picture(tmp_path, path).rename(path)
    status = path.stat()
    # As where the system keeps no ctimes: nothing but the bytes tells.
    change(library, f"UPDATE files SET ctime_ns = {status.st_ctime_ns}, inode = {status.st_ino}")
    change(library, "UPDATE files SET ctime_ns = 0, inode = 0 WHERE CAST(path AS TEXT) NOT LIKE '%0007.bmp'")
    assert library.index().changed == 0
    report = library.index(check=True)
    assert (report.read, report.decoded, report.changed, report.unchanged) == (MANY, 1, 1, MANY - 1)
    assert library.found(Path(kept)) == [path]


def test_check_is_an_option_of_the_command(library: Library) -> None:
    assert revsearch_json(library.home, "index", "--check")["read"] == MANY
    assert revsearch_json(library.home, "index")["read"] == 0
