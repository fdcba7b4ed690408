"""Progress of long work on stderr: a bar with rate and remaining time on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

from revsearch_tui.api import Cancelled
from revsearch_tui.cli.console import held, is_dumb, note, printable
from revsearch_tui.core.base.pace import Pace, duration_text

_REDRAW_S = 0.1
_LINE_EVERY_S = 10.0
_RATE_WINDOW_S = 60.0
_PLAIN_WIDTH = 200
_BAR_WIDTH = 24
_BLOCKS, _ASCII = ("█", "░"), ("#", "-")


class ProgressBar:
    """A `Control` for the command line. As a context it turns the first Ctrl-C into an orderly stop."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and not is_dumb()
        self._blocks = _BLOCKS if held(_BLOCKS[0], sys.stderr) == _BLOCKS[0] else _ASCII
        self._stage = ""
        self._drawn = time.monotonic()
        self._pace = Pace(_RATE_WINDOW_S)
        self._shown = False
        self._stop = threading.Event()
        self._at_once = False
        self._previous: object = None

    def __enter__(self) -> ProgressBar:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)  # type: ignore[arg-type]
        self.clear()

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        """Take a report; draw it if the last drawing is long enough ago. What follows a colon in `what` may change
        from report to report; other words begin a new stage, whose speed is counted anew."""
        if self._quiet:
            return
        now = time.monotonic()
        stage = what.partition(":")[0]
        if stage != self._stage:
            self._stage = stage
            self._pace.restart()
            self._pace.report(now, done)
            self._drawn = now - (2 * _REDRAW_S if self._terminal else 0)
        if now - self._drawn < (_REDRAW_S if self._terminal else _LINE_EVERY_S):
            return
        self._drawn = now
        self._pace.report(now, done)
        width = shutil.get_terminal_size().columns if self._terminal else _PLAIN_WIDTH
        line = _line(held(printable(what), sys.stderr), done, total, self._pace, width, self._blocks)
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{line[: width - 1]}")
            sys.stderr.flush()
            self._shown = True
        else:
            sys.stderr.write(f"{line}\n")

    def check(self) -> None:
        """Raise `Cancelled` once Ctrl-C was pressed."""
        if self._stop.is_set():
            raise Cancelled("interrupted; what was done so far is kept")

    @contextlib.contextmanager
    def ending_at_once(self) -> Iterator[None]:
        """Within, Ctrl-C raises `Cancelled` at once: for waits that cannot ask `check`."""
        self._at_once = True
        try:
            self.check()
            yield
        finally:
            self._at_once = False

    def clear(self) -> None:
        """Take the bar off the screen."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    def note(self, text: str) -> None:
        """A line of narration, which the bar makes room for."""
        if not self._quiet:
            self.clear()
            note(text)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():  # a second Ctrl-C does not wait
            raise KeyboardInterrupt
        self._stop.set()
        if self._at_once:
            self.check()


def _line(what: str, done: int, total: int | None, pace: Pace, width: int, blocks: tuple[str, str]) -> str:
    """One line; the bar, of full and empty `blocks`, is shorter, or left out, where there is no room for it."""
    rate = pace.rate
    speed = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s" if rate else ""
    seconds = pace.seconds_left(done, total)
    if not total:
        return f"{what}  {done:,}  {speed}".rstrip()
    left = f"{duration_text(seconds)} left" if seconds else ""
    rest = f"{done:,} of {total:,}  {speed}  {left}".rstrip()
    room = min(_BAR_WIDTH, width - 1 - len(what) - len(rest) - 4)
    filled = round(room * min(1.0, done / total))
    bar = blocks[0] * filled + blocks[1] * (room - filled) + "  " if room >= 4 else ""
    return f"{what}  {bar}{rest}"
