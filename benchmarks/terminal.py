"""A terminal that waits for a text. Needs a system with pseudo-terminals."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import threading
import time
from pathlib import Path
from typing import NamedTuple

COLUMNS, ROWS = 160, 48
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<=>:]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\|[()][0-9A-B]|[=>78cM])"
)
_LONGEST = 1 << 16
"""Bytes of an escape that are waited for."""
# What every terminal answers when asked: its attributes, and where the cursor is.
_ANSWERS = ((b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[6n", b"\x1b[1;1R"))


class Terminal:
    """A program in a terminal of its own, which is read all the time: a program whose terminal is full stands still.
    Ended by `close`, whatever state it is in."""

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
        self._more, self._ended = threading.Condition(), False
        self._plain, self._cut = b"", b""
        """What was written since the last keys, without escapes, and the beginning of one that is not all there."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: str, shown: str, timeout_s: float = 30.0) -> float:
        """Seconds from pressing these until the text, in one piece, is written anew. Raises as `wait` does."""
        with self._more:
            self._plain = self._cut = b""
        pressed = time.perf_counter()
        os.write(self._terminal, keys.encode())
        return self.wait(shown, timeout_s) - pressed

    def wait(self, shown: str, timeout_s: float = 30.0) -> float:
        """When that text was on the screen. Raises RuntimeError where it does not come."""
        end = time.perf_counter() + timeout_s
        with self._more:
            while shown.encode() not in self._plain:
                left = end - time.perf_counter()
                if left <= 0 or self._ended or not self._more.wait(left):
                    text = " ".join(self._plain.decode("utf-8", "replace").split())
                    raise RuntimeError(f"'{shown}' was not shown; the screen has: {text[:300]}")
            return time.perf_counter()

    def leave(self, keys: str, timeout_s: float = 30.0) -> float:
        """Seconds from pressing these until the program has ended. Raises RuntimeError where it does not."""
        pressed = time.perf_counter()
        os.write(self._terminal, keys.encode())
        self._reader.join(timeout_s)
        if self._reader.is_alive():
            raise RuntimeError(f"the program has not ended {timeout_s:g} s after {keys!r}")
        return time.perf_counter() - pressed

    def before(self, text: str) -> str:
        """The word before this text, where it was written last since the last keys; empty where it was not."""
        with self._more:
            words = self._plain.decode("utf-8", "replace").rpartition(text)[0].split()
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
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self._reader.join()
        os.close(self._terminal)

    def _read(self) -> None:
        part = b"-"
        while part:
            try:
                part = os.read(self._terminal, 1 << 16)
            except OSError:  # how Linux says that the program has ended
                part = b""
            for question, answer in _ANSWERS:
                if question in part:
                    os.write(self._terminal, answer)
            with self._more:
                self._take(part)
                self._ended = not part
                self._more.notify_all()

    def _take(self, part: bytes) -> None:
        """Each byte is looked at about once: what looked through all of a frame for each part of it would take a core
        from the program that writes it."""
        text = self._cut + part
        end = _begun(text)
        self._plain += _ESCAPES.sub(b"", text[:end])
        self._cut = text[end:]


def _begun(text: bytes) -> int:
    """Where the escape begins that is not all there; the length of the text where there is none."""
    strings = max(text.rfind(b"\x1b" + kind) for kind in (b"P", b"_", b"^", b"]"))
    for start in (strings, text.rfind(b"\x1b")):
        is_end = text.startswith(b"\x1b\\", start)  # of a string
        if max(0, len(text) - _LONGEST) <= start and not is_end and not _ESCAPES.match(text, start):
            return start
    return len(text)


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
