"""A terminal that waits for a text. Needs a system with pseudo-terminals."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path
from typing import NamedTuple

COLUMNS, ROWS = 160, 48
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<=>:]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\|[()][0-9A-B]|[=>78cM])"
)
# What every terminal answers when asked: its attributes, and where the cursor is.
_ANSWERS = ((b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[6n", b"\x1b[1;1R"))


class Terminal:
    """A program in a terminal of its own. Ended by `close`, whatever state it is in."""

    def __init__(self, arguments: list[str], environ: dict[str, str]) -> None:
        environ = {**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environ.pop(name, None)
        self.started = time.perf_counter()
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                os.execvpe(arguments[0], arguments, environ)
            finally:
                os._exit(127)
        self._seen, self._exited = b"", False

    def press(self, keys: str, shown: str, timeout_s: float = 30.0) -> float:
        """Seconds from pressing these until the text, in one piece, is written anew. Raises as `wait` does."""
        self._read_what_is_there()
        self._seen = b""
        pressed = time.perf_counter()
        os.write(self._terminal, keys.encode())
        return self.wait(shown, timeout_s) - pressed

    def press_and_wait(self, keys: str, first: str, then: str, timeout_s: float = 30.0) -> float:
        """Seconds from pressing these until the second text is written, after the first. Raises as `wait` does."""
        until_first = self.press(keys, first, timeout_s)
        began = time.perf_counter()
        plain = _ESCAPES.sub(b"", self._seen)
        self._seen = plain[plain.index(first.encode()) :]
        return until_first + self.wait(then, timeout_s) - began

    def wait(self, shown: str, timeout_s: float = 30.0) -> float:
        """When that text was on the screen. Raises RuntimeError where it does not come."""
        waited = time.perf_counter()
        while True:
            if shown.encode() in _ESCAPES.sub(b"", self._seen):
                return time.perf_counter()
            if time.perf_counter() - waited > timeout_s or not self._read(0.5):
                break
        text = _ESCAPES.sub(b"", self._seen).decode("utf-8", "replace")
        raise RuntimeError(f"'{shown}' was not shown; the screen has: {' '.join(text.split())[:300]}")

    def leave(self, keys: str, timeout_s: float = 30.0) -> float:
        """Seconds from pressing these until the program has ended. Raises RuntimeError where it does not."""
        self._read_what_is_there()
        pressed = time.perf_counter()
        os.write(self._terminal, keys.encode())
        while time.perf_counter() - pressed < timeout_s:
            if not self._read(0.02):  # its end of the terminal is closed
                os.waitpid(self.process, 0)
                self._exited = True
                return time.perf_counter() - pressed
        raise RuntimeError(f"the program has not ended {timeout_s:g} s after {keys!r}")

    def before(self, text: str) -> str:
        """The word before this text, where it was written last since the last keys; empty where it was not."""
        words = _ESCAPES.sub(b"", self._seen).decode("utf-8", "replace").rpartition(text)[0].split()
        return words[-1] if words else ""

    def has_started(self, module: str) -> bool:
        """Whether a process that the program started runs this module, where the system tells; else it is believed."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process and module in (folder / "cmdline").read_text():
                    return True
        return not Path("/proc").exists()

    def processor_seconds(self) -> float:
        """Spent so far by the program itself, where the system tells."""
        total = 0
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{self.process}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self) -> int:
        """Bytes that the program has in memory, where the system tells; else 0."""
        try:
            return int(Path(f"/proc/{self.process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0

    def close(self) -> None:
        """End it, and what it started that reads from it."""
        if not self._exited:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self._terminal)

    def _read_what_is_there(self) -> None:
        while select.select([self._terminal], [], [], 0)[0] and self._read(0):
            pass

    def _read(self, patience_s: float) -> bool:
        """Take what is written; False at the end."""
        if not select.select([self._terminal], [], [], patience_s)[0]:
            return True
        try:
            part = os.read(self._terminal, 1 << 16)
        except OSError:  # how Linux says that the program has ended
            part = b""
        for question, answer in _ANSWERS:
            if question in part:
                os.write(self._terminal, answer)
        self._seen += part
        return bool(part)


class Started(NamedTuple):
    """Seconds on the wall, and of a processor, from the start of a program until a text was on the screen."""

    seconds: float
    processor_seconds: float


def started_until(shown: str, arguments: list[str], environ: dict[str, str], timeout_s: float = 30.0) -> Started:
    """Start a program, wait for that text, in one piece, and end it. Raises RuntimeError where it does not come."""
    program = Terminal(arguments, environ)
    try:
        seconds = program.wait(shown, timeout_s) - program.started
        return Started(seconds, program.processor_seconds())
    finally:
        program.close()
