"""Jobs in processes of their own: what they tell, how they are stopped, and what is left when they or the app die."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from revsearch_tui.api import Cancelled, MethodUnavailableError, RevsearchError
from revsearch_tui.core.base.paths import user_folders
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.models.model_store import list_models
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.training.runs import Request
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.apart import JobProcessError, run_apart
from revsearch_tui.tui.jobs import JobControl, Jobs
from revsearch_tui.tui.measuring_jobs import MeasuringOrder
from revsearch_tui.tui.messages import JobDone, JobMessage, WorkDone
from revsearch_tui.tui.model_orders import AddOrder, FitOrder, ModelOrder, PullOrder, TrainOrder
from revsearch_tui.tui.orders import IndexOrder, WatchOrder, read_order
from tests.support.hostile_onnx import in_the_run
from tests.support.labelled import draw_classes
from tests.tui.conftest import write_pictures

MODULE = "revsearch_tui.tui.job_process"


class Heard(JobControl):
    """A control that keeps what it was told."""

    def __init__(self) -> None:
        super().__init__("told", lambda _: None, time.monotonic)
        self.steps: list[tuple[int, int | None, str]] = []
        self.has_begun = threading.Event()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self.steps.append((done, total, what))
        self.has_begun.set()


@pytest.fixture(autouse=True)
def jobs_apart(jobs_in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jobs, "is_apart", True)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes of jobs that were started."""
    processes: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def popen(command, **options):
        process = start(command, **options)
        if MODULE in command:
            processes.append(process)
        return process

    monkeypatch.setattr(subprocess, "Popen", popen)
    return processes


@pytest.fixture
def many(new_home: Path) -> IndexOrder:
    """Pictures that take a while to index."""
    write_pictures(new_home / "Pictures", 60)
    return IndexOrder("many", (new_home / "Pictures",), ("phash", "sift"))


def run(order: IndexOrder, heard: Heard | None = None) -> JobMessage:
    return run_apart(order.values, order.kept, user_folders(), heard or Heard())


def pictures_in(collection: str) -> int:
    with Catalog(Workspace().collection(collection).catalog_file) as catalog:
        return catalog.counts()[1]


@pytest.mark.parametrize(
    "order",
    [
        IndexOrder("name", (Path("/a b"), Path(os.fsdecode(b"/not-utf-8-\xff"))), ("phash",)),
        IndexOrder(None, sample=True),
        WatchOrder("name"),
        MeasuringOrder(EvalRequest("/data", ["phash"], options={"size": 8}, protocols=("neighbour",))),
        MeasuringOrder(RobustnessRequest(collection="c", sample=4, wrong_rate=0.05)),
        AddOrder("/a b.onnx", "onnx", "name", replace=True),
        PullOrder("published", "/file.pth"),
        FitOrder("sift", "pictures", "name", 100),
        TrainOrder("name", asdict(Request("svm", "/data", {"mirror": False, "c": 0.5}, {"min_per_class": 3}))),
    ],
)
def test_another_process_makes_the_same_order_of_its_values(
    order: IndexOrder | WatchOrder | MeasuringOrder | ModelOrder,
) -> None:
    assert read_order(json.loads(json.dumps(order.values))).values == order.values


def test_a_job_tells_how_far_it_is_and_what_it_did(new_home: Path) -> None:
    write_pictures(new_home / "Pictures", 3)
    broken = new_home / "Pictures" / os.fsdecode(b"broken-\xff.png")
    broken.write_bytes((new_home / "Pictures" / "shapes-00.png").read_bytes()[:100])
    heard = Heard()
    outcome = run(IndexOrder("some", (new_home / "Pictures",), ("phash",)), heard)
    assert isinstance(outcome, JobDone)
    assert (outcome.report.collection, outcome.report.pictures, outcome.report.embedded) == ("some", 3, {"phash": 3})
    assert [path for path, _ in outcome.report.skipped] == [broken]
    assert any(what == "indexing" and total == 4 for _, total, what in heard.steps), heard.steps


def test_what_goes_wrong_is_told_as_it_is_in_a_thread(new_home: Path) -> None:
    write_pictures(new_home / "Pictures", 1)
    with pytest.raises(RevsearchError, match="no method 'no-such'") as caught:
        run(IndexOrder("some", (new_home / "Pictures",), ("no-such",)))
    assert caught.value.title == MethodUnavailableError.title


@pytest.mark.drill
@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_process_that_dies_is_told_of_in_a_sentence(many: IndexOrder, started) -> None:
    heard = Heard()
    threading.Thread(target=lambda: heard.has_begun.wait(60) and started[0].kill()).start()
    with pytest.raises(JobProcessError, match=r"its process was ended by SIGKILL\. What is done is kept"):
        run(many, heard)


def test_a_process_that_does_not_start_is_told_of(many: IndexOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(JobProcessError, match="no process can be started for it"):
        run(many)


@pytest.mark.drill
def test_a_job_is_stopped_from_another_thread(many: IndexOrder) -> None:
    heard = Heard()
    threading.Thread(target=lambda: heard.has_begun.wait(60) and heard.stop()).start()
    outcome = run(many, heard)
    assert isinstance(outcome, JobDone)
    assert outcome.report.cancelled
    assert pictures_in("many") < 60


def test_a_job_stopped_before_it_began_is_stopped(many: IndexOrder) -> None:
    heard = Heard()
    heard.stop()
    with contextlib.suppress(Cancelled):
        outcome = run(many, heard)
        assert isinstance(outcome, JobDone)
        assert outcome.report.cancelled


@pytest.mark.drill
def test_a_job_ends_in_order_where_its_app_is_gone(many: IndexOrder) -> None:
    process = subprocess.Popen([sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps({"order": many.values, "folders": asdict(user_folders())}, default=str).encode())
    process.stdin.write(b"\n")
    process.stdin.flush()
    assert process.stdout.readline()  # it has begun
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0, "it did not end in order"
    assert pictures_in("many") < 60


@pytest.mark.drill
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


def test_a_model_that_never_ends_is_stopped_and_not_stored(new_home: Path, tmp_path: Path) -> None:
    file, heard = in_the_run(tmp_path / "endless.onnx"), Heard()
    order = AddOrder(str(file), "onnx")
    threading.Thread(target=lambda: heard.has_begun.wait(60) and heard.stop()).start()
    with pytest.raises(Cancelled):
        run_apart(order.values, order.kept, user_folders(), heard)
    assert [record.name for record in list_models(user_folders().models)] == []


@pytest.mark.drill
def test_a_model_is_trained_in_a_process_of_its_own(new_home: Path) -> None:
    pytest.importorskip("sklearn")
    options = {"features": "hog", "components": 40, "side": 32, "mirror": False}
    request = asdict(Request("svm", str(draw_classes(new_home / "patterns")), options))
    order = TrainOrder("patterns", request)
    heard = Heard()
    outcome = run_apart(order.values, order.kept, user_folders(), heard)
    assert isinstance(outcome, WorkDone) and outcome.made == "patterns"
    assert any(what == "training" for _, _, what in heard.steps), heard.steps
    assert [record.name for record in list_models(user_folders().models)] == ["patterns"]


@pytest.mark.drill
async def test_quitting_stops_the_process_of_the_job(many: IndexOrder, opened, started) -> None:
    async with opened() as driver:
        driver.search.start_indexing(many)
        await driver.until(lambda: driver.search.jobs.last.progress is not None)
    assert [process.returncode for process in started] == [0]
    assert pictures_in("many") < 60
