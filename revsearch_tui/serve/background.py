"""Work that takes long, one after the other: how far it is, what came of it, and how it is stopped."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal, TypeAlias

from revsearch_tui.api import Cancelled, RevsearchError
from revsearch_tui.serve.statuses import NotThereError

Kind: TypeAlias = Literal["dupes", "eval"]
State: TypeAlias = Literal["waiting", "running", "done", "failed", "stopped"]

_MOST_KEPT = 100
"""Jobs that are remembered; of more, those that ended first are forgotten."""


class Job:
    """One piece of work, and the control of it."""

    def __init__(self, number: int, kind: Kind) -> None:
        self.id, self.kind = str(number), kind
        self.state: State = "waiting"
        self.result: dict[str, Any] | None = None
        self.error: RevsearchError | None = None
        self.notes: list[str] = []
        self.future: Future[None] = Future()
        self._done, self._total, self._what = 0, None, ""  # type: tuple[int, int | None, str]
        self._stop = threading.Event()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        self._done, self._total, self._what = done, total, what

    def check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("stopped")

    def note(self, line: str) -> None:
        """Have a line told with the job."""
        self.notes.append(line)

    def stop(self) -> None:
        """Make the next `check` raise; returns at once."""
        self._stop.set()

    def values(self) -> dict[str, Any]:
        """The job as JSON values."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "done": self._done,
            "total": self._total,
            "what": self._what,
            "notes": list(self.notes),
            "result": self.result,
            "error": str(self.error) if self.error is not None else None,
        }

    def do(self, work: Callable[[Job], dict[str, Any]]) -> None:
        """Do it, and keep what comes of it."""
        try:
            self.check()
            self.state = "running"
            self.result = work(self)
        except Cancelled:
            self.state = "stopped"
        except RevsearchError as error:
            self.error, self.state = error, "failed"
        except Exception as error:  # a plugin's bug
            self.error = RevsearchError(f"a bug of revsearch or of a plugin: {type(error).__name__}: {error}")
            self.state = "failed"
        else:
            self.state = "done"


class Jobs:
    """All jobs, the oldest first."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="job")
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()  # a signal has all stopped in a thread that may hold it

    def start(self, kind: Kind, work: Callable[[Job], dict[str, Any]]) -> Job:
        """Have work done when those before it are."""
        with self._lock:
            job = Job(next(self._numbers), kind)
            ended = [old for old in self._jobs.values() if old.state not in ("waiting", "running")]
            for old in ended[: max(0, len(self._jobs) + 1 - _MOST_KEPT)]:
                del self._jobs[old.id]
            self._jobs[job.id] = job
            job.future = self._executor.submit(job.do, work)
        return job

    def all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())

    def find(self, job_id: str) -> Job:
        """Raises `NotThereError` where there is no such job, or none any more."""
        with self._lock:
            job = self._jobs.get(job_id)
        if job is None:
            raise NotThereError(f"there is no job '{job_id}'")
        return job

    def stop(self) -> None:
        """Have all of them stopped; returns at once."""
        for job in self.all():
            job.stop()

    def close(self) -> None:
        """The same, and wait for that."""
        self.stop()
        self._executor.shutdown(wait=True)
