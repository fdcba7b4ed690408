"""What is found is on the screen before anything else is done: threads wait for its frame, with which they would take
turns, and a frame that it would have to wait for, which takes as long as to find it, is left out.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

_LONGEST_S = 0.1
"""So long they wait at most: what is found may be of a page that is not in sight."""


class FrameFirst:
    """For one thread that paints and any number of others."""

    def __init__(self) -> None:
        self._is_out = threading.Event()
        self._is_out.set()

    def due(self) -> None:
        """There is something to be painted. From any thread."""
        self._is_out.clear()

    def out(self) -> None:
        """It was painted."""
        self._is_out.set()

    def wait(self) -> None:
        """Wait for what is to be painted, if there is anything."""
        self._is_out.wait(_LONGEST_S)


_HELD_S = 0.08
"""Longer, and whoever pressed a key would wonder."""


class HeldFrame:
    """Has a screen paint nothing for a moment in which there may be more to paint."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen, self._held = screen, ExitStack()
        self._timer: Timer | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it paints what there is."""
        return self._timer is None

    def hold(self) -> None:
        """Paint nothing until `show`, or until the moment is over."""
        if self._timer is None and self._screen.is_current:
            self._timer = self._screen.set_timer(_HELD_S, self.show)
            self._held.enter_context(self._screen.app.batch_update())

    def show(self) -> None:
        """Paint from now on."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._held.close()
