"""Searching a collection while another process indexes it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.lock import holder_of
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw_folder
from tests.support.processes import finish, kill_group, start, wait_until
from tests.support.program import revsearch
from tests.support.stored import keys_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_folder(tmp_path / "folder", range(60))
    return tmp_path / "folder"


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An indexing run that stands still in the middle of its work."""
    home = tmp_path / "home"
    process = start(home, "index", folder, "-m", "phash", "--workers", "1", commit=5)

    def has_begun() -> bool:
        holder = holder_of(home / "data" / "collections" / "pictures")
        return holder is not None and holder.done >= 5

    assert wait_until(has_begun)
    os.kill(process.pid, signal.SIGSTOP)
    assert not keys_of(home)[0].complete, "it was stopped in the middle"
    yield process
    if process.poll() is None:
        kill_group(process)


def test_a_search_says_that_the_collection_is_being_indexed(
    tmp_path: Path, folder: Path, run: subprocess.Popen[bytes]
) -> None:
    home, queries = tmp_path / "home", sorted(folder.iterdir())[:2]
    said = revsearch(home, "search", *queries, "-m", "phash").stderr.decode()
    notes = re.findall(r"'pictures' is being indexed since \d\d:\d\d, (\d+) of 60 new files so far; what is not", said)
    assert len(notes) == 1, "once for both queries"
    assert 0 < int(notes[0]) < 60
    os.kill(run.pid, signal.SIGCONT)
    assert finish(run)[0] == 0
    assert b"being indexed" not in revsearch(home, "search", *queries, "-m", "phash").stderr


def test_what_is_not_indexed_yet_is_waited_for(tmp_path: Path, folder: Path, run: subprocess.Popen[bytes]) -> None:
    done = revsearch(tmp_path / "home", "search", next(folder.iterdir()), "-m", "sift")
    assert done.returncode == 3
    assert b"is not indexed by 'sift'; 'pictures' is being indexed since" in done.stderr
    assert b"wait for that, and if it is not indexed then, run: revsearch index -c pictures -m sift" in done.stderr


def test_a_run_that_was_killed_is_not_told_of(tmp_path: Path, folder: Path, run: subprocess.Popen[bytes]) -> None:
    kill_group(run)
    assert b"being indexed" not in revsearch(tmp_path / "home", "search", next(folder.iterdir()), "-m", "phash").stderr


def test_an_engine_that_stays_open_tells_of_a_run_once(
    tmp_path: Path, folder: Path, run: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVSEARCH_HOME", str(tmp_path / "home"))
    workspace = Workspace()
    collection = workspace.collection("pictures")
    engine = open_engine(workspace, collection, NullControl(), print)
    try:
        request = search_request(workspace, workspace.choose_to_search(collection, note=print))
        query = read_query(str(next(folder.iterdir())))
        told = [[note for note in engine.search([query], request)[0].notes if "indexed" in note] for _ in range(3)]
    finally:
        engine.close()
    assert [len(notes) for notes in told] == [1, 0, 0]
