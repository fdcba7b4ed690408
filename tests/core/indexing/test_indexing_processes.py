"""Indexing as a process among others: one writer, readers beside it, interruption, and the disk and memory it takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import finish, kill_group, processes_of, start, wait_until
from tests.support.program import revsearch, revsearch_json
from tests.support.stored import assert_sound, collection_of, journals
from tests.support.texture import draw, draw_many

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

_SHRINK = """
import sys
from pathlib import Path
from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
import revsearch_tui.core.indexing.indexer as indexer

original = indexer.survey

def survey(*arguments):
    found = original(*arguments)
    for path in Path(sys.argv[1]).glob("shrinks*.png"):
        path.write_bytes(path.read_bytes()[:100])
    for path in Path(sys.argv[1]).glob("goes*.png"):
        path.unlink()
    return found

indexer.survey = survey
report = index_collection(Workspace(), "pictures", [Path(sys.argv[1])], ["phash"], control=NullControl())
print({path.name: reason for path, reason in report.skipped}, report.pictures)
"""


def _writer(home: Path) -> Path:
    return collection_of(home).home / "writer.json"


@pytest.mark.drill
def test_one_writer_at_a_time_readers_beside_it_and_an_interrupted_run_is_sound(tmp_path: Path) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    paths = draw_many(pictures, 30, side=48)
    assert revsearch(home, "index", pictures, "-m", "phash", "-m", "sift", "-q").returncode == 0
    draw_many(pictures / "more", 120, side=120, first_seed=1000)
    first = start(home, "index", commit=16)
    assert wait_until(lambda: _writer(home).exists() and _rows(home) > 30), "the first run has stored something"
    first.send_signal(signal.SIGSTOP)  # it stays in the middle of its work for as long as is looked at it

    done = revsearch(home, "index", "-q")
    assert done.returncode == 3
    assert f"process {first.pid}".encode() in done.stderr
    assert len(done.stderr.splitlines()) == 1
    other = tmp_path / "other"
    other.mkdir()
    assert revsearch(home, "index", other, "-c", "pictures", "-q").returncode == 3
    assert len(json.loads((collection_of(home).home / "collection.json").read_text())["roots"]) == 1

    for approximate in ((), ("--approximate",)):
        done = revsearch(home, "search", paths[3], "-m", "phash", "-k", "1", "-f", "paths", *approximate)
        assert (done.returncode, done.stdout) == (0, os.fsencode(paths[3]) + b"\n"), done.stderr

    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    first.send_signal(signal.SIGCONT)
    code, _, err = finish(first)
    assert code == 130
    assert err.splitlines()[-1] == "interrupted; what was done so far is kept, run the command again to go on"
    assert wait_until(lambda: not processes_of(home), 10)
    kept = _rows(home)
    assert 30 < kept < 150

    done = revsearch(home, "index", "-q")
    assert done.returncode == 0, done.stderr
    calm = tmp_path / "calm"
    assert revsearch(calm, "index", pictures, "-m", "phash", "-m", "sift", "-q").returncode == 0
    assert_sound([home], journals(calm), tmp_path)


def _rows(home: Path, method: str = "phash") -> int:
    from revsearch_tui.core.storage.journal.folders import journal_rows

    folders = [place for place in (collection_of(home).home / "journal").glob(f"{method}-*") if place.is_dir()]
    return journal_rows(folders[0]) if folders else 0


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    draw_many(pictures, 40, side=120)
    process = start(home, "index", pictures, "-m", "sift", commit=4)
    assert wait_until(lambda: _rows(home, "sift") > 0)
    assert kill_group(process)
    assert _writer(home).exists(), "the killed holder's note is still there"
    done = revsearch(home, "index", "-q", "-m", "phash")
    assert done.returncode == 0, done.stderr
    assert not _writer(home).exists()


def test_dropping_a_method_frees_its_disk(tmp_path: Path) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    paths = draw_many(pictures, 8)
    assert revsearch(home, "index", pictures, "-m", "phash", "-m", "sift", "-q").returncode == 0
    assert revsearch(home, "collections", "drop", "pictures", "-m", "sift", "-y").returncode == 0
    left = [path for path in (home / "data").rglob("*") if "sift" in path.name]
    assert left == []
    assert revsearch(home, "search", paths[0], "-m", "phash", "-q").returncode == 0
    assert revsearch(home, "search", paths[0], "-m", "sift", "-q").returncode == 3
    assert revsearch(home, "index", "-m", "sift", "-q").returncode == 0
    assert revsearch(home, "collections", "drop", "pictures", "-y").returncode == 0
    assert list((home / "data" / "collections").iterdir()) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are text here")
def test_names_that_are_not_text_are_printed_escaped_and_given_as_bytes(tmp_path: Path) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    os.rename(draw(pictures / "a.png", 1), os.fsencode(pictures) + b"/caf\xe9\x1b[2J.png")  # noqa: PTH104
    (pictures / os.fsdecode(b"bad\xff\n.png")).write_bytes(b"\x89PNG\r\n\x1a\n")
    done = revsearch(home, "index", pictures, "-m", "phash")
    assert done.returncode == 0
    assert b"bad\\xff\\x0a.png" in done.stderr
    query = os.fsencode(pictures) + b"/caf\xe9\x1b[2J.png"
    done = revsearch(home, "search", query, "-m", "phash")
    assert b"caf\\xe9\\x1b[2J.png" in done.stdout
    assert b"\x1b" not in done.stdout
    assert revsearch(home, "search", query, "-m", "phash", "-0").stdout == query + b"\0"
    done = revsearch(home, "collections", "skipped")
    assert b"bad\\xff\\x0a.png" in done.stdout
    assert b"damaged" in done.stdout or b"cut short" in done.stdout


@pytest.mark.drill
def test_a_file_that_shrinks_or_goes_between_the_walk_and_the_read_is_one_skipped_file(tmp_path: Path) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    draw_many(pictures, 5)
    for name in ("shrinks1.png", "goes1.png"):
        draw(pictures / name, len(name) + 200)
    done = subprocess.run(
        [sys.executable, "-c", _SHRINK, str(pictures)],
        env={**os.environ, "REVSEARCH_HOME": str(home)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"'shrinks1.png': 'cut short" in done.stdout
    assert b"'goes1.png': 'cannot be read: No such file or directory'" in done.stdout
    assert done.stdout.endswith(b" 5\n")
    report = revsearch_json(home, "index")
    assert (report["pictures"], report["decoded"], report["removed"]) == (5, 0, 0)


_MEASURE = """
import os, resource, sys
from pathlib import Path
from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
import revsearch_tui.core.indexing.indexer as indexer

indexer.COMMIT_PICTURES = 16
for root in sys.argv[1:]:
    index_collection(Workspace(), Path(root).name, [Path(root)], ["phash"], control=NullControl())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.drill
def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path: Path) -> None:
    # Each picture is 3 MB decoded: keeping what the second folder has more of would take 240 MB. Of those that are read
    # ahead or wait for their batch, on two cores 44, the first folder has but 10: 100 MB.
    few, many = tmp_path / "few", tmp_path / "many"
    sources = [path.read_bytes() for path in draw_many(few, 10, side=1000)]
    many.mkdir()
    for number in range(90):
        # Bytes after the end of a PNG do not count, and make it another file.
        (many / f"{number:04d}.png").write_bytes(sources[number % 10] + bytes([number]))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(few), str(many)],
        env={**os.environ, "REVSEARCH_HOME": str(tmp_path / "home")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    peaks = [int(line) * (1 if sys.platform == "darwin" else 1024) for line in done.stdout.split()]
    assert peaks[1] - peaks[0] < 160_000_000
