"""Work in the background: one job at a time, with progress and a way to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from textual.message import Message

from revsearch_tui.api import Cancelled, RevsearchError
from revsearch_tui.core.base.pace import Pace
from revsearch_tui.tui.messages import JobDone, JobFailed, JobMessage, JobProgress

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

_REPORT_EVERY_S = 0.1
_RATE_WINDOW_S = 5.0
_REMARK_S = 30.0


class Order(Protocol):
    """What a job is to do."""

    @property
    def when_stopped(self) -> str:
        """What to tell where the work raised `Cancelled`."""

    @property
    def kept(self) -> str:
        """What becomes of it when it is stopped now: a sentence."""

    @property
    def is_apart(self) -> bool:
        """Whether it is done in a process of its own. What it is made of and what it answers is pickled then."""

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        """Do it, in the job's thread or process; the message tells how it ended. Raises `RevsearchError`."""


class IndexOrder(NamedTuple):
    """What to index: folders (none: those the collection has) by methods (none: those it is indexed by)."""

    collection: str | None
    roots: tuple[Path, ...] = ()
    methods: tuple[str, ...] = ()
    sample: bool = False
    """First make the sample pictures and index those."""

    @property
    def is_apart(self) -> bool:
        return True

    @property
    def when_stopped(self) -> str:
        return "Nothing was indexed."

    @property
    def kept(self) -> str:
        return "What is done is kept; the next run goes on from there."

    def target(self, workspace: Workspace) -> str:
        """The collection that is written. Raises `ConfigError`."""
        return self.collection or workspace.config.text("general.collection")

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        from revsearch_tui.core.indexing.start_index import index_collection
        from revsearch_tui.core.indexing.while_running import Listener

        roots: Sequence[Path] = (_sample_folder(workspace, control),) if self.sample else self.roots
        listener = Listener(cost=lambda cost: control.remark(cost.sentence("methods: quick")))
        report = index_collection(workspace, self.collection, roots, self.methods, control=control, listener=listener)
        return JobDone(report)


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


class Jobs:
    """Runs one job at a time, in a thread or a process of its own; tells `post` what happens."""

    is_apart = True
    """Whether jobs may have a process of their own."""

    def __init__(self, workspace: Workspace, ready: threading.Event, post: Callable[[Message], object]) -> None:
        self._workspace, self._ready, self._post = workspace, ready, post
        self._control: JobControl | None = None
        self._thread: threading.Thread | None = None
        self.is_running = False
        """Whether a job is under way."""
        self.order: Order | None = None
        """The job that was started last."""
        self.title = ""
        """What the job is called, also when it is over."""
        self.number = 0
        """The number of the job that was started last."""

    def start(self, order: Order, title: str) -> bool:
        """Begin, unless a job is under way already: then False."""
        if self.is_running:
            return False
        self.is_running, self.order, self.title = True, order, title
        self.number += 1
        post = partial(self._tell, self.number)
        self._control = JobControl(title, post, time.monotonic)
        self._thread = threading.Thread(target=self._run, args=(order, self._control, post), name="job")
        self._thread.start()
        return True

    def stop(self) -> None:
        """Ask the running job to stop; it keeps what is done."""
        if self._control is not None:
            self._control.stop()

    def close(self) -> None:
        """Stop and wait, so that the index is left sound."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _tell(self, job: int, message: JobMessage) -> None:
        message.job = job
        self._post(message)

    def _run(self, order: Order, control: JobControl, post: Callable[[JobMessage], object]) -> None:
        outcome = self._outcome(order, control)
        self.is_running = False
        post(outcome)

    def _outcome(self, order: Order, control: JobControl) -> JobMessage:
        try:
            if order.is_apart and self.is_apart:
                from revsearch_tui.tui.job_process import run_apart

                return run_apart(order, self._workspace.folders, control, control.ends_by)
            self._ready.wait()
            return order.run(self._workspace, control)
        except Cancelled:
            return JobFailed("Stopped", order.when_stopped, stopped=True)
        except RevsearchError as error:
            return JobFailed(error.title, str(error))
        except Exception as error:  # a plugin's bug ends the job, not the app
            return JobFailed("Unexpected error", f"{type(error).__name__}: {error}")


def _sample_folder(workspace: Workspace, control: JobControl) -> Path:
    try:
        from revsearch_tui.core.indexing.sample import sample_folder
    except ImportError:
        raise RevsearchError("The sample pictures are not part of this installation; index a folder instead.") from None

    def progress(done: int, total: int | None, what: str = "making sample pictures") -> None:
        control.check()
        control.progress(done, total, what)

    return Path(sample_folder(workspace, progress))
