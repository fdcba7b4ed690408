"""A workspace whose work stops at a named place until a test lets it go on."""

from __future__ import annotations

import threading

from revsearch_tui.core.workspace import Workspace


class Pause:
    """A place where work stops while the pause is on."""

    def __init__(self) -> None:
        self.reached, self._go_on = threading.Event(), threading.Event()
        self._go_on.set()
        self.after = 0

    def on(self, after: int = 0) -> None:
        """Whoever comes by from now on stops, a job once so many steps are done."""
        self.after = after
        self.reached.clear()
        self._go_on.clear()

    def off(self) -> None:
        """Let everybody go on."""
        self._go_on.set()

    def pass_by(self) -> None:
        if not self._go_on.is_set():
            self.reached.set()
            assert self._go_on.wait(60)


class PausingWorkspace(Workspace):
    """Searches, readings of a collection's facts, and jobs can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.searches, self.readings, self.jobs = Pause(), Pause(), Pause()

    def fetch_limits(self):  # a search asks for these right before it reads the query
        self.searches.pass_by()
        return super().fetch_limits()

    def keys(self, collection):
        if threading.current_thread().name.startswith("engine"):
            self.readings.pass_by()
        return super().keys(collection)

    def index(self, *arguments, control, **named):
        return super().index(*arguments, control=_Paused(self.jobs, control), **named)

    def evaluate(self, request, control):
        return super().evaluate(request, _Paused(self.jobs, control))


class _Paused:
    def __init__(self, pause, control) -> None:
        self._pause, self._control = pause, control

    def progress(self, done, total, what=""):
        self._control.progress(done, total, what)
        if done >= self._pause.after:
            self._pause.pass_by()

    def check(self):
        self._control.check()
