"""Work in the background: one job after another, with progress and a way to stop it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from textual.message import Message

from revsearch_tui.api import Cancelled, Control, RevsearchError
from revsearch_tui.core.base.pace import Pace
from revsearch_tui.tui.messages import CollectionFollowed, JobDone, JobFailed, JobMessage, JobProgress

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

_REPORT_EVERY_S = 0.1
_RATE_WINDOW_S = 5.0
_REMARK_S = 30.0
_MOST_KEPT = 100
_NUMBERS = itertools.count(1)


class Telling(Control, Protocol):
    """A control that takes remarks beside the progress."""

    def remark(self, text: str) -> None:
        """Have a line seen for a while."""

    def followed(self, collection: str, text: str) -> None:
        """Tell that a collection is up to date again, while the work goes on."""


class Order(Protocol):
    """What a job is to do."""

    @property
    def when_stopped(self) -> str:
        """What to tell where the work raised `Cancelled`."""

    @property
    def kept(self) -> str:
        """What becomes of it when it is stopped now: a sentence."""

    @property
    def values(self) -> Mapping[str, Any] | None:
        """What a process of its own makes the order of, as JSON values; None where it is done in this one."""

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        """Do it, in the job's thread or process; the message tells how it ended. Raises `RevsearchError`."""


class JobControl:
    """Tells progress at a bearable pace, with rate and time left; stops the work when it was asked to."""

    def __init__(self, title: str, post: Callable[[JobMessage], object], clock: Callable[[], float]) -> None:
        self._title, self._post, self._clock = title, post, clock
        self._stop = threading.Event()
        self._end: Callable[[], None] | None = None
        self._last_report = float("-inf")
        self._what = ""
        self._pace = Pace(_RATE_WINDOW_S)
        self._remark = ""
        self._remarked = float("-inf")

    def stop(self) -> None:
        """Make the next `check` raise, and end what is done elsewhere."""
        self._stop.set()
        if self._end is not None:
            self._end()

    def ends_by(self, end: Callable[[], None]) -> None:
        """Have what is done elsewhere ended by this call, at once where it is to be stopped already."""
        self._end = end
        if self._stop.is_set():
            end()

    def remark(self, text: str) -> None:
        """Have a line seen beside the progress for half a minute."""
        self._remark, self._remarked = text, self._clock()

    def followed(self, collection: str, text: str) -> None:
        """Tell that a collection is up to date again, as `text` says, while the work goes on."""
        self._post(CollectionFollowed(collection, text))

    def check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("stopped")

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        now = self._clock()
        if what != self._what:
            self._what = what
            self._pace.restart()
        self._pace.report(now, done)
        if now - self._last_report < _REPORT_EVERY_S and done != total:
            return
        self._last_report = now
        eta_s = self._pace.seconds_left(done, total)
        remark = self._remark if now - self._remarked < _REMARK_S else ""
        self._post(JobProgress(self._title, what, done, total, self._pace.rate, eta_s, remark))


State: TypeAlias = Literal["waiting", "running", "done", "stopped", "failed"]


@dataclass(slots=True)
class Job:
    """An order that waits, runs, or is over. `began` and `ended` are seconds since 1970, `told` what it said, oldest
    first, `failure` why it could not be done. `is_heard` once the app has taken in how it ended."""

    number: int
    order: Order
    title: str
    state: State = "waiting"
    progress: JobProgress | None = None
    failure: JobFailed | None = None
    told: list[str] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0
    is_heard: bool = False


class Jobs:
    """Runs one job after another, in a thread or a process of its own; tells `post` what happens."""

    is_apart = True
    """Whether jobs may have a process of their own."""

    def __init__(self, workspace: Workspace, ready: threading.Event, post: Callable[[Message], object]) -> None:
        self._workspace, self._ready, self._post = workspace, ready, post
        self._control: JobControl | None = None
        self._thread: threading.Thread | None = None
        self.all: list[Job] = []
        """What was ordered, oldest first; of what is over the last ones."""

    @property
    def is_running(self) -> bool:
        """Whether a job is under way."""
        return any(job.state == "running" for job in self.all)

    @property
    def last(self) -> Job | None:
        """The job that began last."""
        return next((job for job in reversed(self.all) if job.state != "waiting"), None)

    @property
    def order(self) -> Order | None:
        """That of the job that began last."""
        return self.last.order if self.last is not None else None

    @property
    def title(self) -> str:
        """What the job that began last is called, also when it is over."""
        return self.last.title if self.last is not None else ""

    @property
    def number(self) -> int:
        """The number of the job that began last."""
        return self.last.number if self.last is not None else 0

    @property
    def failure(self) -> JobFailed | None:
        """Why the job that began last could not be done; None where it was, was stopped, or is running."""
        return self.last.failure if self.last is not None else None

    @property
    def waiting(self) -> list[Job]:
        """Those that have not begun, the next one first."""
        return [job for job in self.all if job.state == "waiting"]

    @property
    def is_idle(self) -> bool:
        """Whether none runs or waits, and how each ended was taken in."""
        return all(job.is_heard for job in self.all)

    def add(self, order: Order, title: str) -> Job | None:
        """Have it done, now or when those before it are over; None where the same waits or runs already."""
        under_way = [job.order for job in self.all if job.state in ("waiting", "running")]
        if any(type(each) is type(order) and each == order for each in under_way):
            return None
        job = Job(next(_NUMBERS), order, title)
        self.all.append(job)
        over = [each.number for each in self.all if each.state not in ("waiting", "running")]
        self.all = [each for each in self.all if each.number not in over[:-_MOST_KEPT]]
        self.begin_next()
        return job

    def begin_next(self) -> Job | None:
        """Begin what waits, unless a job is under way; what began. From the thread that orders."""
        if self.is_running or not self.waiting:
            return None
        job = self.waiting[0]
        job.state, job.began = "running", time.time()
        post = partial(self._tell, job.number)
        self._control = JobControl(job.title, post, time.monotonic)
        self._thread = threading.Thread(target=self._run, args=(job, self._control, post), name="job")
        self._thread.start()
        return job

    def stop(self) -> None:
        """Ask the running job to stop; it keeps what is done."""
        if self._control is not None:
            self._control.stop()

    def drop(self, job: Job) -> None:
        """Forget one that waits."""
        if job.state == "waiting":
            self.all.remove(job)

    def close(self) -> None:
        """Stop and wait, so that the index is left sound; what waits is forgotten."""
        for job in self.waiting:
            self.drop(job)
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _tell(self, job: int, message: JobMessage) -> None:
        message.job = job
        self._post(message)

    def _run(self, job: Job, control: JobControl, post: Callable[[JobMessage], object]) -> None:
        outcome = self._outcome(job.order, control)
        job.failure = outcome if isinstance(outcome, JobFailed) and not outcome.stopped else None
        job.ended, job.state = time.time(), _state_of(outcome)
        post(outcome)

    def _outcome(self, order: Order, control: JobControl) -> JobMessage:
        try:
            values = order.values if self.is_apart else None
            if values is not None:
                from revsearch_tui.tui.apart import run_apart

                return run_apart(values, order.kept, self._workspace.folders, control)
            self._ready.wait()
            return order.run(self._workspace, control)
        except Cancelled:
            return JobFailed("Stopped", order.when_stopped, stopped=True)
        except RevsearchError as error:
            return JobFailed(error.title, str(error))
        except Exception as error:  # a plugin's bug ends the job, not the app
            return JobFailed("Unexpected error", f"{type(error).__name__}: {error}")


def _state_of(outcome: JobMessage) -> State:
    if isinstance(outcome, JobFailed):
        return "stopped" if outcome.stopped else "failed"
    is_stopped = outcome.report.cancelled if isinstance(outcome, JobDone) else False
    return "stopped" if is_stopped else "done"
