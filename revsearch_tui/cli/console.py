"""The only place that writes to stdout and stderr. stdout is data, stderr is narration."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from revsearch_tui.api import UsageError

_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}
_ESCAPES.update({0x2028: "\\u2028", 0x2029: "\\u2029", 0x202A: "\\u202a", 0x202B: "\\u202b", 0x202D: "\\u202d"})
_ESCAPES.update({0x202E: "\\u202e", 0x2066: "\\u2066", 0x2067: "\\u2067", 0x2068: "\\u2068"})


class ReaderGoneError(Exception):
    """Nobody reads stdout any more. No OSError, which the parser would turn into an exit status of its own."""


def printable(text: str | Path) -> str:
    """Text fit for a terminal: control characters and bytes that are not text are shown escaped."""
    plain = str(text).translate(_ESCAPES)
    return plain.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def write(text: str) -> None:
    """Data to stdout; what its encoding cannot hold is written escaped."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        write_bytes(text.encode(encoding, "backslashreplace"))
    except BrokenPipeError:
        raise ReaderGoneError from None


def write_bytes(data: bytes) -> None:
    """Data to stdout that need not be text, file names for one."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    except BrokenPipeError:
        raise ReaderGoneError from None


def confirm(question: str) -> bool:
    """Ask on stderr and read yes or no from standard input. Raises `UsageError` where nobody answers."""
    sys.stderr.write(f"{printable(question)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer:
        sys.stderr.write("\n")
        raise UsageError("nobody is there to answer; say --yes")
    return answer.strip().lower() in ("y", "yes")


def note(text: str) -> None:
    """One line of narration to stderr."""
    sys.stderr.write(f"{printable(text)}\n")


def error_line(text: str) -> None:
    """The one line that says what went wrong."""
    red, plain = ("\x1b[31m", "\x1b[0m") if use_colour(sys.stderr) else ("", "")
    sys.stderr.write(f"{red}revsearch:{plain} {printable(text)}\n")


def use_colour(stream: object) -> bool:
    """Whether to colour what goes to a stream: a terminal, and neither NO_COLOR nor a dumb TERM."""
    isatty = getattr(stream, "isatty", lambda: False)
    return bool(isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
