"""The only place that writes to stdout and stderr. stdout is data, stderr is narration."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import shortened
from revsearch_tui.core.plugins.strays import kept_apart

_NOTE_MOST = 10_000  # notes list folders and files as well, which people want to read
_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}
_ESCAPES.update({0x2028: "\\u2028", 0x2029: "\\u2029", 0x202A: "\\u202a", 0x202B: "\\u202b", 0x202D: "\\u202d"})
_ESCAPES.update({0x202E: "\\u202e", 0x2066: "\\u2066", 0x2067: "\\u2067", 0x2068: "\\u2068"})


_data: TextIO | None = None
"""Where data goes while `sys.stdout` stands for what plugins print; else `sys.stdout` itself."""


def data() -> TextIO:
    """The stream that is stdout to whoever called the program."""
    return sys.stdout if _data is None else _data


@contextlib.contextmanager
def data_apart() -> Iterator[None]:
    """Within, stdout carries what this module writes and nothing else.

    What anybody else prints becomes a note; what is written to descriptor 1 past Python goes to stderr.
    """
    global _data  # noqa: PLW0603 - there is one stdout
    if sys.stdout is None or _data is not None:
        yield
        return
    saved = -1
    try:
        sys.stdout.flush()
        saved = os.dup(sys.stdout.fileno())
        os.dup2(2, sys.stdout.fileno())
        _data = open(saved, "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, closefd=False)  # noqa: PTH123, SIM115
    except (OSError, ValueError):  # stdout or stderr is closed, or no file at all
        _data = sys.stdout
    try:
        with kept_apart(_data, note):
            yield
    finally:
        stream, _data = _data, None
        with contextlib.suppress(OSError):
            stream.flush()
        if saved >= 0:
            os.dup2(saved, sys.stdout.fileno())
            os.close(saved)


@contextlib.contextmanager
def data_as_narration() -> Iterator[None]:
    """Within, data goes to stderr too: it is another command's, run for the sake of something else."""
    global _data  # noqa: PLW0603 - as above
    before, _data = _data, sys.stderr
    try:
        yield
    finally:
        _data = before


class ReaderGoneError(Exception):
    """Nobody reads stdout any more. No OSError, which the parser would turn into an exit status of its own."""


def printable(text: str | Path) -> str:
    """Text fit for a terminal: control characters and bytes that are not text are shown escaped."""
    plain = str(text).translate(_ESCAPES)
    return plain.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def held(text: str, stream: TextIO | None) -> str:
    """The text with what a stream's encoding cannot hold escaped, so that its width is known before it is written.

    Without a stream it goes to a file in UTF-8, which holds all."""
    encoding = (stream.encoding if stream is not None else None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def write(text: str) -> None:
    """Data to stdout; what its encoding cannot hold is written escaped."""
    try:
        data().write(text)
    except UnicodeEncodeError:
        encoding = data().encoding or "ascii"
        write_bytes(text.encode(encoding, "backslashreplace"))
    except BrokenPipeError:
        raise ReaderGoneError from None


def write_bytes(content: bytes) -> None:
    """Data to stdout that need not be text, file names for one."""
    try:
        data().flush()
        data().buffer.write(content)
    except BrokenPipeError:
        raise ReaderGoneError from None


def stdout_is_terminal() -> bool:
    """Whether data goes to a terminal, which obeys control characters."""
    return data().isatty()


def write_lines(text: str) -> None:
    """Lines of data to stdout, escaped where that is a terminal."""
    write("\n".join(map(printable, text.split("\n"))) if stdout_is_terminal() else text)


def flush() -> None:
    """Have what was written to stdout reach who reads it."""
    try:
        data().flush()
    except BrokenPipeError:
        raise ReaderGoneError from None


def confirm(question: str) -> bool:
    """Ask on stderr and read yes or no from standard input. Raises `UsageError` where nobody answers."""
    sys.stderr.write(f"{printable(shortened(question))} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer:
        sys.stderr.write("\n")
        raise UsageError("nobody is there to answer; say --yes")
    return answer.strip().lower() in ("y", "yes")


def note(text: str) -> None:
    """One line of narration to stderr."""
    sys.stderr.write(f"{printable(shortened(text, _NOTE_MOST))}\n")


def error_line(text: str) -> None:
    """The one line that says what went wrong."""
    red, plain = ("\x1b[31m", "\x1b[0m") if use_colour(sys.stderr) else ("", "")
    sys.stderr.write(f"{red}revsearch:{plain} {printable(shortened(text))}\n")


def use_colour(stream: object) -> bool:
    """Whether to colour what goes to a stream: a terminal, and neither NO_COLOR nor a dumb TERM."""
    isatty = getattr(stream, "isatty", lambda: False)
    return bool(isatty()) and not os.environ.get("NO_COLOR") and not is_dumb()


def is_dumb() -> bool:
    """Whether the terminal knows no codes; one that says nothing of itself counts as that. Windows sets no TERM."""
    unset = "" if sys.platform != "win32" else "windows"
    return os.environ.get("TERM", unset).lower() in ("", "dumb", "unknown")
