"""Waiting for a server, bounded: its blocking calls are made in a thread, which is left behind when time is up.

A timeout of a socket bounds one wait for one byte. What it does not bound is a server that sends a byte now and then
within a header, a chunk's head or a trailer, and looking up a name has no timeout at all.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from revsearch_tui.api import Control

_POLL_S = 0.1


class StepTookTooLong(Exception):  # noqa: N818 - what happened
    """One step took longer than one step may."""


class AllTookTooLong(Exception):  # noqa: N818 - what happened
    """All steps together took longer than they may."""


class Waiting:
    """The steps of one exchange, each at most `step_s` seconds, all from now on at most `total_s`."""

    def __init__(self, step_s: float, total_s: float, control: Control) -> None:
        self._step_s, self._control = step_s, control
        self._end = time.monotonic() + total_s
        self._asked: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._sockets: list[socket.socket] = []
        self._closed = False
        threading.Thread(target=self._work, name="web", daemon=True).start()

    def step(self, work: Callable[[], Any]) -> Any:
        """What `work` gives back or raises; or `StepTookTooLong`, `AllTookTooLong`, and what `control.check` raises.

        After any of these three nothing more can be asked.
        """
        step_end = time.monotonic() + self._step_s
        self._asked.put(work)
        while True:
            self._control.check()
            now = time.monotonic()
            if now >= self._end:
                raise AllTookTooLong
            if now >= step_end:
                raise StepTookTooLong
            with contextlib.suppress(queue.Empty):
                value, error = self._done.get(timeout=min(_POLL_S, self._end - now, step_end - now))
                if error is not None:
                    raise error
                return value

    def watch(self, connected: socket.socket) -> None:
        """Shut this socket at the end, so that a call that is left behind ends too. Called within steps."""
        self._sockets.append(connected)
        if self._closed:
            _shut(connected)

    def close(self) -> None:
        """End the thread, or have it end as soon as the call it is in lets it."""
        self._closed = True
        for each in self._sockets:
            _shut(each)
        self._asked.put(None)

    def _work(self) -> None:
        while (work := self._asked.get()) is not None:
            try:
                outcome: tuple[Any, BaseException | None] = (work(), None)
            except BaseException as error:
                outcome = (None, error)
            self._done.put(outcome)
            del outcome, work  # a response that nobody waited for is closed as it goes


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not an SSLSocket's own, which would take its state away from the thread that reads from it.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
