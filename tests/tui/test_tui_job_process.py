"""Jobs in processes of their own: what they tell, how they are stopped, and what is left when they or the app die."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from revsearch_tui.api import Cancelled, RevsearchError, UsageError
from revsearch_tui.core.base.paths import user_folders
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui import job_process
from revsearch_tui.tui.job_process import JobProcessError, run_apart
from revsearch_tui.tui.jobs import IndexOrder, JobControl, Jobs
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.screens.accuracy.measuring import MeasuringOrder
from tests.tui.conftest import write_pictures


class Told(NamedTuple):
    """An order that does one thing and tells of it."""

    how: str

    is_apart, when_stopped, kept = True, "", "What is done is kept."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        if self.how == "usage":
            raise UsageError("not so")
        if self.how == "bug":
            raise ZeroDivisionError("by nothing")
        if self.how == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        print("a plugin says hello")
        control.remark("by the way")
        for done in range(1_000_000):
            control.check()
            control.progress(done, 1_000_000, "waiting")
            if self.how == "done":
                break
            time.sleep(0.01)
        return WorkDone("done", f"in process {os.getpid()}, for {workspace.folders.collections}")


class Heard(JobControl):
    """A control that keeps what it was told."""

    def __init__(self) -> None:
        super().__init__("told", lambda _: None, time.monotonic)
        self.steps: list[tuple[int, int | None, str]] = []
        self.remarks: list[str] = []
        self.has_begun = threading.Event()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.steps.append((done, total, what))
        self.has_begun.set()

    def remark(self, text: str) -> None:
        self.remarks.append(text)


def run(how: str, control: JobControl | None = None) -> JobMessage:
    control = control or Heard()
    return run_apart(Told(how), user_folders(), control, control.ends_by)


@pytest.fixture(autouse=True)
def jobs_apart(jobs_in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jobs, "is_apart", True)


def test_a_job_tells_what_it_did_and_how_far_it_is(home: Path) -> None:
    heard = Heard()
    outcome = run("done", heard)
    assert isinstance(outcome, WorkDone)
    assert f"for {user_folders().collections}" in outcome.text
    assert f"in process {os.getpid()}" not in outcome.text
    assert heard.steps == [(0, 1_000_000, "waiting")]
    assert heard.remarks == ["by the way"]


def test_what_goes_wrong_is_told_as_it_is_in_a_thread(home: Path) -> None:
    with pytest.raises(RevsearchError, match="not so") as caught:
        run("usage")
    assert caught.value.title == UsageError.title
    with pytest.raises(RevsearchError, match="ZeroDivisionError: by nothing"):
        run("bug")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_process_that_dies_is_told_of_in_a_sentence(home: Path) -> None:
    with pytest.raises(JobProcessError, match=r"its process was ended by SIGKILL\. What is done is kept\."):
        run("dies")


def test_a_process_that_does_not_start_is_told_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_process.sys, "executable", "/nowhere/python")
    with pytest.raises(JobProcessError, match="no process can be started for it"):
        run("done")


def test_a_job_is_stopped_from_another_thread(home: Path) -> None:
    heard = Heard()
    threading.Thread(target=lambda: heard.has_begun.wait(60) and heard.stop()).start()
    with pytest.raises(Cancelled):
        run("waits", heard)


def test_a_job_stopped_before_it_began_does_not_begin(home: Path) -> None:
    heard = Heard()
    heard.stop()
    with pytest.raises(Cancelled):
        run("waits", heard)


def test_a_job_ends_in_order_where_its_app_is_gone(new_home: Path) -> None:
    write_pictures(new_home / "Pictures", 60)
    order = IndexOrder("many", (new_home / "Pictures",), ("phash", "sift"))
    process = subprocess.Popen(
        [sys.executable, "-m", "revsearch_tui.tui.job_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    pickle.dump((user_folders(), order), process.stdin)
    process.stdin.flush()
    pickle.load(process.stdout)  # noqa: S301 (it has begun)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0, "it did not end in order"
    with Catalog(Workspace().collection("many").catalog_file) as catalog:
        assert catalog.counts()[1] < 60


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes of jobs that were started."""
    processes: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def popen(command, **options):
        process = start(command, **options)
        if job_process.__name__ in command:
            processes.append(process)
        return process

    monkeypatch.setattr(job_process.subprocess, "Popen", popen)
    return processes


async def test_the_app_indexes_and_measures_in_processes_of_their_own(new_home: Path, opened, started) -> None:
    for place, path in enumerate(write_pictures(new_home / "Pictures", 8)):
        path.parent.joinpath(f"class-{place % 2}").mkdir(exist_ok=True)
        path.rename(path.parent / f"class-{place % 2}" / path.name)
    async with opened() as driver:
        driver.search.start_indexing(IndexOrder("first", (new_home / "Pictures",), ("phash",)))
        await driver.press()
        assert driver.search.session.facts.pictures == 8
        request = EvalRequest(
            data=str(new_home / "Pictures"), methods=("phash",), parts="all", protocols=("neighbour",)
        )
        driver.search.start_job(MeasuringOrder(request), "Measuring")
        await driver.press()
        assert any("Best: phash" in note for note in driver.notes)
    assert [process.returncode for process in started] == [0, 0]


async def test_quitting_stops_the_process_of_the_job(new_home: Path, opened, started) -> None:
    write_pictures(new_home / "Pictures", 60)
    async with opened() as driver:
        driver.search.start_indexing(IndexOrder("first", (new_home / "Pictures",), ("phash", "sift")))
        await driver.until(lambda: driver.search.progress is not None)
    assert [process.returncode for process in started] == [0]
    with Catalog(Workspace().collection("first").catalog_file) as catalog:
        assert catalog.counts()[1] < 60
