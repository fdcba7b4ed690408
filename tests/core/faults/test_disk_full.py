"""A disk that is full, for real (a small file system) or by a limit of the system on the size of files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import revsearch, revsearch_json
from tests.support.stored import Rows, assert_sound, collection_of, journals
from tests.support.texture import draw_many

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")

METHODS = ("-m", "phash", "-m", "sift")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared") / "pictures"
    draw_many(folder, 60)
    return folder


@pytest.fixture(scope="module")
def expected(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """What an undisturbed index holds."""
    home = tmp_path_factory.mktemp("calm")
    done = revsearch(home, "index", pictures, *METHODS, "-q")
    assert done.returncode == 0, done.stderr
    return journals(home)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        pytest.skip("mounting a small file system takes Linux")
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(disk: Path, leave: int) -> Path:
    """Take all room on a disk but `leave` bytes."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    with ballast.open("wb") as file:
        file.write(bytes(max(0, free - leave)))
    return ballast


def _assert_clear(done: subprocess.CompletedProcess[bytes]) -> None:
    assert done.returncode == 3, done.stderr.decode()
    print(done.stderr.decode())
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("revsearch: ")
    assert "Traceback" not in line
    assert any(word in line for word in ("No space left", "is full", "File too large", "disk", "could not be written"))


# Bytes left: nothing at all; not enough for the catalog; for the first commit; for ChromaDB's database; for its index.
@pytest.mark.parametrize(
    "leave", [60_000, *(pytest.param(size, marks=pytest.mark.drill) for size in (0, 150_000, 500_000, 1_000_000))]
)
def test_a_full_disk_is_said_in_a_sentence_and_the_index_goes_on_when_there_is_room(
    small_disk: Path, pictures: Path, expected: dict[str, Rows], tmp_path: Path, leave: int
) -> None:
    home = small_disk / "home"
    home.mkdir()
    ballast = _fill(small_disk, leave)
    done = revsearch(home, "index", pictures, *METHODS, "-q")
    _assert_clear(done)
    done = revsearch(home, "index", pictures, *METHODS, "-q")  # still no room
    _assert_clear(done)
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=12m", str(small_disk)], check=True)
    done = revsearch(home, "index", pictures, *METHODS, "-q")
    assert done.returncode == 0, done.stderr.decode()
    assert_sound([home], expected, tmp_path)


def test_a_disk_that_fills_up_under_an_index_leaves_it_searchable(
    small_disk: Path, pictures: Path, expected: dict[str, Rows], tmp_path: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=12m", str(small_disk)], check=True)
    home, later = small_disk / "home", tmp_path / "later"
    assert revsearch(home, "index", pictures, *METHODS, "-q").returncode == 0
    draw_many(later, 60, first_seed=300)
    ballast = _fill(small_disk, 0)
    _assert_clear(revsearch(home, "index", later, "-c", "pictures", "-q"))
    query = pictures / "0007.png"
    hits = revsearch_json(home, "search", query, "-m", "phash", "-k", "1")[0]["hits"]
    assert (hits[0]["path"], hits[0]["score"]) == (str(query), 1.0)
    # Damage that there is no room to mend does not keep the journal from answering.
    shutil.rmtree(collection_of(home).home / "chroma")
    with ballast.open("ab") as file:
        file.write(bytes(shutil.disk_usage(small_disk).free))
    done = revsearch(home, "search", query, "-m", "phash", "-k", "1", "-f", "paths")
    assert (done.returncode, done.stdout) == (0, os.fsencode(query) + b"\n"), done.stderr
    assert b"Traceback" not in done.stderr
    # Dropping is how room is made, so it must work on a full disk.
    done = revsearch(home, "collections", "drop", "pictures", "-y")
    assert done.returncode == 0, done.stderr
    assert not collection_of(home).home.exists()


@pytest.mark.drill
def test_a_folder_whose_changes_find_no_room_is_searched_as_it_was(small_disk: Path, tmp_path: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=12m", str(small_disk)], check=True)
    home, folder = small_disk / "home", tmp_path / "folder"
    draw_many(folder, 20)
    query = folder / "0007.png"
    asked = ("search", query, folder, "-m", "quick", "-k", "1", "-f", "paths")
    _fill(small_disk, 0)
    _assert_clear(revsearch(home, *asked))
    (small_disk / "ballast").unlink()
    assert revsearch(home, *asked).returncode == 0
    assert [place.name for place in (home / "data" / "collections").glob("*/")] == ["folder"]
    draw_many(folder / "more", 40, first_seed=300)
    _fill(small_disk, 0)
    done = revsearch(home, *asked, "-q")
    assert (done.returncode, done.stdout) == (3, os.fsencode(query) + b"\n"), done.stderr
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("revsearch: ") and "Traceback" not in line


_LIMITED = """
import resource, sys
from revsearch_tui.__main__ import main

limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
sys.argv = ["revsearch", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    "limit", [20_000, *(pytest.param(size, marks=pytest.mark.drill) for size in (0, 100_000, 250_000))]
)
def test_a_limit_on_the_size_of_files_ends_a_run_in_a_sentence_and_the_next_run_completes_it(
    pictures: Path, expected: dict[str, Rows], tmp_path: Path, limit: int
) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(limit), "index", str(pictures), *METHODS, "-q"],
        env={**os.environ, "REVSEARCH_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    _assert_clear(done)
    done = revsearch(home, "index", pictures, *METHODS, "-q")
    assert done.returncode == 0, done.stderr.decode()
    assert_sound([home], expected, tmp_path)
