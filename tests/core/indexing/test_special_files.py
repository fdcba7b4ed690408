"""What is named as a picture and is no ordinary file is listed, and never opened; reasons are sentences."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from revsearch_tui.core.base.files import open_ordinary
from revsearch_tui.core.images.reasons import CUT_SHORT, DAMAGED, EMPTY
from revsearch_tui.core.storage.catalog.catalog import Catalog
from tests.support.library import Library
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import collection_of
from tests.support.texture import draw

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="special files are POSIX's")


def named(library: Library) -> dict[str, str]:
    return {path.name: reason for path, reason in library.skipped().items()}


def test_a_fifo_and_a_socket_named_as_pictures_are_listed_once_and_never_opened(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe.jpg")
    monkeypatch.chdir(folder)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
        report = library.index(folder)
    expected = {"pipe.jpg": "not an ordinary file, but a FIFO", "socket.jpg": "not an ordinary file, but a socket"}
    assert {path.name: reason for path, reason in report.skipped} == expected == named(library)
    assert (report.files, report.pictures) == (3, 1)
    again = library.index()
    assert (again.skipped, again.files, again.removed, named(library)) == ([], 3, 0, expected)
    (folder / "pipe.jpg").unlink()
    draw(folder / "pipe.jpg", 2)
    assert library.index().pictures == 2
    assert list(named(library)) == ["socket.jpg"]


def test_a_picture_that_became_a_fifo_is_let_go_and_listed(library: Library, folder: Path) -> None:
    path = draw(folder / "two.png", 2)
    assert library.index(folder).pictures == 2
    path.unlink()
    os.mkfifo(path)
    assert library.index().pictures == 1
    assert named(library) == {"two.png": "not an ordinary file, but a FIFO"}


def test_a_link_to_a_device_is_listed_and_a_folder_named_so_is_entered(library: Library, folder: Path) -> None:
    (folder / "zero.png").symlink_to("/dev/zero")
    draw(folder / "album.jpg" / "inner.png", 3)
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "gone.jpg").symlink_to("nothing.jpg")
    assert library.index(folder).pictures == 2
    assert named(library) == {
        "zero.png": "not an ordinary file, but a device",
        "loop.jpg": "a link that leads nowhere",
        "gone.jpg": "a link that leads nowhere",
    }


def test_a_file_that_becomes_a_fifo_after_the_walk_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(Exception, match="not an ordinary file, but a FIFO"):
        open_ordinary(tmp_path / "pipe.jpg")


def test_queries_that_are_no_files_are_refused_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert revsearch(home, "index", folder, "-m", "phash").returncode == 0
    os.mkfifo(folder / "pipe.jpg")
    (folder / "album.jpg").mkdir()
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "gone.jpg").symlink_to("nothing.jpg")
    environment = {"REVSEARCH_NETWORK_TIMEOUT_S": "0.5"}
    said = {
        "pipe.jpg": "is a FIFO, and nothing comes through it",
        "album.jpg": "is a folder",
        "loop.jpg": "cannot be read: Too many levels of symbolic links",
        "gone.jpg": "does not exist",
    }
    for name, words in said.items():
        done = revsearch(home, "search", folder / name, "-m", "phash", environment=environment)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1), done.stderr
        assert words.encode() in done.stderr


def test_a_query_comes_through_a_fifo_that_somebody_writes_to(library: Library, folder: Path, tmp_path: Path) -> None:
    from threading import Thread

    library.index(folder)
    os.mkfifo(tmp_path / "pipe")
    data = (folder / "one.png").read_bytes()
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
    writer.start()
    assert library.found(tmp_path / "pipe") == [folder / "one.png"]
    writer.join()


# The reasons


def broken_files(folder: Path) -> None:
    whole = (folder / "one.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "number.ppm").write_bytes(b"P6\n6x 4\n255\n" + bytes(72))
    (folder / "twin.ppm").write_bytes(b"P6\n6x 4\n255\n" + bytes(72))


def test_what_the_decoder_said_is_beside_the_reason_in_json_and_not_in_the_table(folder: Path, tmp_path: Path) -> None:
    broken_files(folder)
    home = tmp_path / "home"
    done = revsearch(home, "index", folder, "-m", "phash")
    assert b"int()" not in done.stderr
    rows = {Path(row["path"]).name: row for row in revsearch_json(home, "collections", "skipped")}
    found = {name: row["reason"] for name, row in rows.items()}
    assert found == {"cut.png": CUT_SHORT, "empty.png": EMPTY, "number.ppm": DAMAGED, "twin.ppm": DAMAGED}
    for name in ("number.ppm", "twin.ppm"):
        assert rows[name]["detail"].startswith("ValueError: invalid literal for int()")
    assert rows["empty.png"]["detail"] == ""
    table = revsearch(home, "collections", "skipped").stdout
    assert b"int()" not in table
    assert table.index(b"number.ppm") < table.index(b"twin.ppm") < table.index(b"empty.png"), "by reason"
    assert revsearch(home, "collections", "skipped", "--notes").returncode == 1, "a detail is no note of a picture"


def test_reasons_of_an_older_program_are_shown_and_its_refusals_tried_once_more(library: Library, folder: Path) -> None:
    broken_files(folder)
    shutil.copy(folder / "one.png", folder / "readable-now.ftc")
    library.index(folder)
    with Catalog(collection_of(library.home).catalog_file) as catalog, catalog.transaction() as connection:
        connection.execute(
            "UPDATE files SET image_id = NULL, error = 'damaged: odd text', note = NULL, decoder = 1"
            " WHERE error NOT NULL OR path LIKE '%ftc'"
        )
    assert set(library.skipped().values()) == {"damaged: odd text"}
    report = library.index()
    assert len(report.skipped) == 4
    assert set(library.skipped().values()) == {CUT_SHORT, EMPTY, DAMAGED}
    assert library.index().skipped == []
