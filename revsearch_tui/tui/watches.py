"""Collections that are kept current while the app is open, beside the jobs, which go one after another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from revsearch_tui.tui.jobs import Job, Jobs
from revsearch_tui.tui.messages import CollectionFollowed, JobFailed, JobMessage, JobProgress
from revsearch_tui.tui.orders import WatchOrder

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

_MOST_TOLD = 200


class Watches:
    """A queue of one job for each; `post` is told what happens."""

    def __init__(self, workspace: Workspace, ready: threading.Event, post: Callable[[Message], object]) -> None:
        self._workspace, self._ready, self._post = workspace, ready, post
        self._queues: dict[str, Jobs] = {}

    @property
    def all(self) -> list[Job]:
        """Those under way and, of each collection, those that are over, in the order they began."""
        return sorted((job for queue in self._queues.values() for job in queue.all), key=lambda job: job.number)

    def of(self, collection: str) -> Job | None:
        """What watches the collection now."""
        queue = self._queues.get(collection)
        return queue.last if queue is not None and queue.is_running else None

    @property
    def watched(self) -> list[str]:
        """The names of the collections that are watched now."""
        return sorted(name for name in self._queues if self.of(name) is not None)

    def begin(self, collection: str) -> Job | None:
        """Watch it from now on; None where that is so."""
        queue = self._queues.setdefault(collection, Jobs(self._workspace, self._ready, self._post))
        return queue.add(WatchOrder(collection), f"Watching {collection}")

    def end(self, job: Job) -> None:
        """Watch no more by this job."""
        for queue in self._queues.values():
            if queue.last is job:
                queue.stop()

    def hear(self, message: JobMessage) -> Job | None:
        """Write down what one of the watches tells; which one, None where it is no watch that tells."""
        job = next((job for job in self.all if job.number == message.job), None)
        if job is None:
            return None
        text = ""
        if isinstance(message, JobProgress):
            job.progress, text = message, message.remark
        elif isinstance(message, CollectionFollowed):
            job.progress, text = None, message.text
        elif isinstance(message, JobFailed):
            text = f"{message.title}: {message.text}"
        line = f"{time.strftime('%H:%M:%S')}  {text}"
        if text and (not isinstance(message, JobProgress) or not any(told.endswith(text) for told in job.told)):
            job.told = [*job.told, line][-_MOST_TOLD:]
        return job

    def stop(self) -> None:
        """Ask all to end; returns at once."""
        for queue in self._queues.values():
            queue.stop()

    def close(self) -> None:
        """Stop and wait."""
        self.stop()
        for queue in self._queues.values():
            queue.close()
