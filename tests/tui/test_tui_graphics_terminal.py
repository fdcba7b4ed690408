"""In a terminal with graphics, real pictures are sent. The terminal is played by this test over a pty."""

from __future__ import annotations

import contextlib
import os
import re
import select
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty")

PROGRAM = """
import sys
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import run
sys.exit(run(Workspace()))
"""
_DEVICE_QUERY = re.compile(rb"\x1b\[c")
_KITTY_QUERY = re.compile(rb"\x1b_Gi=(\d+),[^\x1b]*a=q[^\x1b]*\x1b\\")


class Terminal:
    """Reads what the program writes and answers its questions as a terminal of that kind does."""

    def __init__(self, kind: str, environment: dict[str, str]) -> None:
        import fcntl
        import termios

        self.kind, self.output = kind, b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 1200, 800))
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True
        )
        os.close(slave)
        self._answered = 0

    def until(self, pattern: bytes, since: int = 0, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.output[since:], re.DOTALL):
            assert time.monotonic() < deadline, f"{pattern!r} never came; the end of the output: {self.output[-800:]!r}"
            self._read()

    def send(self, keys: bytes) -> int:
        os.write(self.master, keys)
        return len(self.output)

    def close(self) -> int:
        deadline = time.monotonic() + 60
        with contextlib.suppress(OSError):
            self.send(b"\x11")
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read()
        self.process.kill()
        os.close(self.master)
        return self.process.wait()

    def _read(self) -> None:
        if not select.select([self.master], [], [], 0.1)[0]:
            return
        with contextlib.suppress(OSError):
            self.output += os.read(self.master, 65536)
        fresh = self.output[self._answered :]
        if _DEVICE_QUERY.search(fresh):
            self._answered = len(self.output)
            os.write(self.master, b"\x1b[?62;4c" if self.kind == "sixel" else b"\x1b[?62c")
        elif asked := _KITTY_QUERY.search(fresh):
            self._answered = len(self.output)
            os.write(self.master, b"\x1b_Gi=" + asked[1] + b";OK\x1b\\")


by_kind = pytest.mark.parametrize(("kind", "sent"), [("sixel", rb"\x1bP[0-9;]*q"), ("kitty", rb"\x1b_Gf=100,i=\d+")])


def a_terminal(kind: str) -> Terminal:
    environment = {key: value for key, value in os.environ.items() if key not in ("TMUX", "COLUMNS", "LINES")}
    environment.update(TERM="xterm-256color", TERM_PROGRAM="WezTerm", COLORTERM="truecolor")
    return Terminal(kind, environment)


@by_kind
def test_pictures_are_sent_as_graphics(home: Path, kind: str, sent: bytes) -> None:
    terminal = a_terminal(kind)
    try:
        terminal.until(rb"Find pictures like")
        terminal.until(rb"12 pictures")
        since = terminal.send(b"/")
        terminal.send(b"~/Pictures/shapes-03.png\r")
        terminal.until(sent, since)
        terminal.until(rb"1\.000", since)
    finally:
        code = terminal.close()
    assert code == 0


@pytest.mark.drill
@by_kind
def test_groups_of_duplicates_and_two_of_them_are_sent_as_graphics(twins: Path, kind: str, sent: bytes) -> None:
    terminal = a_terminal(kind)
    try:
        terminal.until(rb"8 pictures")
        since = terminal.send(b"\x1b[15~")
        terminal.until(sent, since)
        terminal.until(rb"of 3 groups", since)
        since = terminal.send(b"c")
        terminal.until(rb"side by side", since)
        terminal.until(sent, since)
    finally:
        code = terminal.close()
    assert code == 0
