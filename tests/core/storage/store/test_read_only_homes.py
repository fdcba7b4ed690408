"""A home that cannot be written to, a backup or a mounted archive, is read all the same."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from tests.support.labelled import draw_classes
from tests.support.library import Library
from tests.support.program import revsearch
from tests.support.readonly import revsearch_read_only, run_read_only
from tests.support.stored import collection_of, journals
from tests.support.texture import draw, draw_many

PICTURES = 220


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `pictures`, one of which is damaged, and `home`."""
    base = tmp_path_factory.mktemp("indexed")
    draw_many(base / "pictures", PICTURES, side=16)
    (base / "pictures" / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing else")
    Library(base / "home").index(base / "pictures")
    return base


@pytest.fixture
def home(indexed: Path, tmp_path: Path) -> Path:
    """A copy of the home with other times, as a backup has them."""
    shutil.copytree(indexed / "home", tmp_path / "home", copy_function=shutil.copy)
    return tmp_path / "home"


def _files(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize("exactness", ["--exact", "--approximate"])
def test_searching_gives_what_it_gave(indexed: Path, home: Path, exactness: str) -> None:
    query = indexed / "pictures" / "0042.png"
    before = _files(home)
    done = revsearch_read_only(home, "search", query, "-m", "phash", exactness, "-k", "1", "-f", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    hit = json.loads(done.stdout)[0]["hits"][0]
    assert (hit["path"], hit["raw"]) == (str(query), 0)
    assert _files(home) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("collections", "list"), "pictures"),
        (("collections", "show"), "phash"),
        (("collections", "skipped"), "damaged.png"),
        (("config", "show"), "general.collection"),
        (("models", "list"), ""),
        (("runs", "list"), ""),
        (("eval", "list"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_only_reads_goes_on(home: Path, arguments: tuple[str, ...], told: str) -> None:
    done = revsearch_read_only(home, *arguments)
    assert done.returncode in (0, 1), done.stderr
    assert b"Read-only" not in done.stderr
    assert told in done.stdout.decode()


def test_verifying_says_what_it_leaves_out(home: Path) -> None:
    done = revsearch_read_only(home, "collections", "verify")
    assert done.returncode == 0
    assert [line.partition(", for")[0] for line in done.stderr.decode().splitlines()] == [
        "phash: sound",
        "ChromaDB is not compared",
    ]


@pytest.mark.drill
@pytest.mark.parametrize("command", ["eval", "robustness"])
def test_measuring_goes_on_and_says_that_nothing_is_kept(home: Path, tmp_path: Path, command: str) -> None:
    more: tuple[str | Path, ...] = ("--sample", "20")
    if command == "eval":
        more = ("run", draw_classes(tmp_path / "classes"))
    done = revsearch_read_only(home, command, *more, "-m", "phash")
    assert done.returncode == 0, done.stderr
    assert b"this record is not kept, for nothing can be written to" in done.stdout + done.stderr
    assert b"kept as" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("index",),
        ("collections", "forget", "pictures", "/"),
        ("collections", "drop", "pictures", "-y"),
    ],
    ids=" ".join,
)
def test_writing_is_refused_in_one_sentence(home: Path, arguments: tuple[str, ...]) -> None:
    before = _files(home)
    done = revsearch_read_only(home, *arguments)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.decode().splitlines()
    assert "cannot write to" in line
    assert _files(home) == before


_COMMIT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
catalog = Catalog(Path(sys.argv[1]))
catalog.commit(files=[FileRow(b"/late/file.xyz", 1, 1, None, "committed just before the kill", 1)])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("shared_memory_too", [True, False])
def test_what_a_killed_writer_had_committed_is_there(home: Path, shared_memory_too: bool) -> None:
    catalog = collection_of(home).catalog_file
    died = subprocess.run([sys.executable, "-c", _COMMIT_AND_DIE, str(catalog)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert catalog.with_name("catalog.sqlite-wal").stat().st_size > 0
    if not shared_memory_too:
        catalog.with_name("catalog.sqlite-shm").unlink()
    done = revsearch_read_only(home, "collections", "skipped")
    assert done.returncode == 0, done.stderr
    assert b"committed just before the kill" in done.stdout


def _make_older(catalog: Path, version: int) -> None:
    with sqlite3.connect(catalog) as connection:
        connection.execute("DROP TABLE failures")
        for column in ("ctime_ns", "device", "inode", "note"):
            connection.execute(f"ALTER TABLE files DROP COLUMN {column}")
        if version == 1:
            connection.execute("DROP TABLE evaluations")
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


@pytest.mark.drill
@pytest.mark.parametrize("version", [1, 2])
def test_an_older_catalog_can_be_read(indexed: Path, home: Path, version: int) -> None:
    _make_older(collection_of(home).catalog_file, version)
    query = indexed / "pictures" / "0007.png"
    for arguments in (("collections", "skipped"), ("search", query, "-m", "phash", "--under", indexed, "-f", "paths")):
        done = revsearch_read_only(home, *arguments)
        assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[0] == str(query)


def test_a_newer_catalog_is_refused_there_too(home: Path) -> None:
    with sqlite3.connect(collection_of(home).catalog_file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    done = revsearch_read_only(home, "collections", "skipped")
    assert done.returncode == 3
    assert b"newer revsearch" in done.stderr


_WRITE = """
import sys
from pathlib import Path
from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.base.lock import is_writing
file = Path(sys.argv[1])
with Catalog(file) as catalog:
    assert catalog.image_ids()
    assert not is_writing(file.parent)
    try:
        catalog.clear_stale_metadata()
    except StorageError as error:
        print(error)
"""


@pytest.mark.parametrize("version", [1, 3])
def test_a_change_of_a_catalog_that_can_only_be_read_is_an_error_not_lost(home: Path, version: int) -> None:
    catalog = collection_of(home).catalog_file
    if version < 3:
        _make_older(catalog, version)
    done = run_read_only(home, sys.executable, "-c", _WRITE, catalog)
    assert done.returncode == 0, done.stderr
    assert f"cannot write to {catalog}" in done.stdout.decode()


_HOLD = """
import sys, time
from pathlib import Path
from revsearch_tui.core.base.lock import writer_lock
with writer_lock(Path(sys.argv[1]), "testing"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_writer_elsewhere_is_noticed_without_writing(home: Path) -> None:
    folder = collection_of(home).home
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None and holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        done = revsearch_read_only(home, "collections", "list", "-f", "json")
        assert json.loads(done.stdout)[0]["writing"] is True
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()
    done = revsearch_read_only(home, "collections", "list", "-f", "json")
    assert json.loads(done.stdout)[0]["writing"] is False


def test_a_home_that_is_written_elsewhere_can_be_searched(indexed: Path, home: Path) -> None:
    with Catalog(collection_of(home).catalog_file) as writer:
        writer.commit(files=[FileRow(b"/late/file.xyz", 1, 1, None, "committed a moment ago", 1)])
        query = indexed / "pictures" / "0042.png"
        done = revsearch_read_only(home, "search", query, "-m", "phash", "-k", "1", "-f", "paths")
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode().split() == [str(query)]
        assert b"committed a moment ago" in revsearch_read_only(home, "collections", "skipped").stdout


def test_a_home_that_can_be_written_again_goes_on(indexed: Path, home: Path) -> None:
    assert revsearch_read_only(home, "collections", "list").returncode == 0
    draw(indexed / "pictures" / "late.png", 999, side=16)
    try:
        assert revsearch(home, "index", "--quiet").returncode == 0
        assert len(journals(home)["phash"]) == PICTURES + 1
    finally:
        (indexed / "pictures" / "late.png").unlink()
