"""What plugins print and warn of: kept from stdout, and shown line by line under the name of who said it."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TextIO

_SHOWN_LINES = 5


_LONGEST = 300
_SLOW_S = 2.0
"""Who takes longer to say what it offers is named."""


_lock = threading.Lock()


_owners: list[tuple[int, str]] = []
"""Who is at work, with the thread in which: the latest last."""


_asked = threading.Event()
"""Set once a plugin was asked for anything."""


@contextlib.contextmanager
def owned(who: str) -> Iterator[None]:
    """What is printed within, by this thread or one that it starts, is ascribed to `who`."""
    entry = (threading.get_ident(), who)
    _asked.set()
    with _lock:
        _owners.append(entry)
    try:
        yield
    finally:
        with _lock:
            _owners.remove(entry)


def _owner() -> str:
    """Who is at work in this thread, or else in any; empty where nobody is."""
    here = threading.get_ident()
    with _lock:
        mine = [who for thread, who in _owners if thread == here] or [who for _, who in _owners]
    return mine[-1] if mine else ""


class StrayStream(io.TextIOBase):
    """A stand-in for `sys.stdout`: what is printed goes to the real one until a plugin is first asked for something,
    for only the parser prints until then; from there on each line goes to `tell`, a few of each owner only."""

    def __init__(self, real: TextIO, tell: Callable[[str], None]) -> None:
        self._real, self._tell = real, tell
        self._told: Counter[str] = Counter()
        self._begun: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)  # encoding, buffer and the like, which `TextIOBase` has not

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._real.isatty()

    def fileno(self) -> int:
        return self._real.fileno()

    def flush(self) -> None:
        self._real.flush()

    def write(self, text: str) -> int:
        if not _asked.is_set():
            return self._real.write(text)
        who = _owner()
        *lines, rest = (self._begun.pop(who, "") + text).split("\n")
        self._begun[who] = rest[-_LONGEST:]
        for line in lines:
            self.show(who, "printed", line)
        return len(text)

    def finish(self) -> None:
        """Show what did not end with a line."""
        for who, rest in self._begun.items():
            self.show(who, "printed", rest)
        self._begun.clear()

    def show(self, who: str, did: str, line: str) -> None:
        """One line of somebody's; after a few only that there are more."""
        if not line.strip():
            return
        self._told[who] += 1
        if self._told[who] <= _SHOWN_LINES:
            self._tell(f"{who or 'a library'} {did}: {line.strip()[:_LONGEST]}")
        elif self._told[who] == _SHOWN_LINES + 1:
            self._tell(f"{who or 'a library'} {did} more, which is not shown")


@contextlib.contextmanager
def kept_apart(real: TextIO, tell: Callable[[str], None]) -> Iterator[None]:
    """Within, what is printed by others than the holder of `real`, and warnings, go to `tell`."""
    before, shown = sys.stdout, warnings.showwarning
    _asked.clear()
    stream = StrayStream(real, tell)

    def show(message: Warning | str, *_details: object, **_more: object) -> None:
        # Without the line of source, which says nothing to a user.
        stream.show(_owner(), "warned", " ".join(str(message).split()))

    sys.stdout, warnings.showwarning = stream, show
    try:
        yield
    finally:
        sys.stdout, warnings.showwarning = before, shown
        stream.finish()


def say(who: str, text: str, did: str = "failed") -> None:
    """A line on somebody's behalf, shown like a print of theirs where those are shown."""
    if isinstance(sys.stdout, StrayStream):
        sys.stdout.show(who, did, text)


@contextlib.contextmanager
def told_if_slow(who: str) -> Iterator[None]:
    """Within, somebody says what it offers, which takes no time; who takes long is named while it does."""
    timer = threading.Timer(_SLOW_S, say, (who, f"it has not said what it offers after {_SLOW_S:g} s", "is slow"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
