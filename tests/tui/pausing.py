"""A workspace whose work stops at a named place until a test lets it go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui import answering
from revsearch_tui.tui.jobs import JobControl


class Pause:
    """A place where work stops while the pause is on."""

    def __init__(self) -> None:
        self.reached, self._go_on = threading.Event(), threading.Event()
        self._go_on.set()
        self.after, self.work = 0, ""

    def on(self, after: int = 0, work: str = "") -> None:
        """Whoever comes by from now on stops, a job once so many steps are done of work that begins so."""
        self.after, self.work = after, work
        self.reached.clear()
        self._go_on.clear()

    def off(self) -> None:
        """Let everybody go on."""
        self._go_on.set()

    def pass_by(self) -> None:
        self.reached.set()
        if not self._go_on.is_set():
            assert self._go_on.wait(60)


class PausingWorkspace(Workspace):
    """Searches, readings of a collection's facts, and jobs can be held up, in an app that is opened by `held_up`."""

    def __init__(self) -> None:
        super().__init__()
        self.searches, self.readings, self.jobs = Pause(), Pause(), Pause()

    def keys(self, collection):
        if threading.current_thread().name.startswith("engine"):
            self.readings.pass_by()
        return super().keys(collection)


def paused_at(work: str = "") -> PausingWorkspace:
    """A workspace whose jobs stop at their first report of this work."""
    workspace = PausingWorkspace()
    workspace.jobs.on(work=work)
    return workspace


@contextmanager
def held_up(workspace: Workspace | None) -> Iterator[None]:
    """Let the pauses of the workspace, where it has some, be passed by searches and jobs."""
    if not isinstance(workspace, PausingWorkspace):
        yield
        return
    limits, told = answering.fetch_limits, JobControl.progress

    def fetch_limits(of):  # a search asks for these right before it reads the query
        workspace.searches.pass_by()
        return limits(of)

    def progress(self, done, total, what=""):
        told(self, done, total, what)
        if done >= workspace.jobs.after and what.startswith(workspace.jobs.work):
            workspace.jobs.pass_by()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(answering, "fetch_limits", fetch_limits)
        patched.setattr(JobControl, "progress", progress)
        yield
