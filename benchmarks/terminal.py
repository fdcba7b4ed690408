"""A terminal that waits for a text. Needs a system with pseudo-terminals."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

COLUMNS, ROWS = 160, 48
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<=>:]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\|[()][0-9A-B]|[=>78cM])"
)
# What every terminal answers when asked: its attributes, and where the cursor is.
_ANSWERS = ((b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[6n", b"\x1b[1;1R"))


def seconds_until(shown: str, arguments: list[str], environ: dict[str, str], timeout_s: float = 30.0) -> float:
    """Seconds from starting a program until that text, in one piece, is on the screen; the program is ended then.

    Raises RuntimeError where it does not come.
    """
    environ = {**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        environ.pop(name, None)
    started = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(arguments[0], arguments, environ)
        finally:
            os._exit(127)
    try:
        return _wait(terminal, shown.encode(), started, timeout_s)
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)


def _wait(terminal: int, shown: bytes, started: float, timeout_s: float) -> float:
    seen = b""
    while time.perf_counter() - started < timeout_s:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if not ready:
            continue
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # how Linux says that the program has ended
            part = b""
        if not part:
            break
        for question, answer in _ANSWERS:
            if question in part:
                os.write(terminal, answer)
        seen += part
        if shown in _ESCAPES.sub(b"", seen):
            return time.perf_counter() - started
    text = _ESCAPES.sub(b"", seen).decode("utf-8", "replace")
    raise RuntimeError(f"'{shown.decode()}' was not shown; the screen has: {' '.join(text.split())[:300]}")
