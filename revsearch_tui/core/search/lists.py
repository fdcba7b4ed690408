"""Queries that a file or standard input lists by name, read as far as they are asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from revsearch_tui.api import UsageError

_BLOCK = 1 << 16
_LONGEST = 1 << 20
"""Bytes of a name; what is longer is none."""
_MOST_EMPTY = 4096
"""Names of one block that may all be empty."""


def listed_queries(source: str) -> Iterator[str]:
    """The names in a file, or in what `-` (standard input) gives: paths and URLs. Raises `UsageError`.

    A name is a line, without further meaning of blanks and quotes, or ends with NUL where the list holds any
    (`find -print0`). Empty ones are passed over. Names are bytes, and need not be text.
    """
    what = "standard input" if source == "-" else f"'{source}'"
    if source == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("standard input is a terminal; pipe a list of pictures into '--from -'")
        yield from _names(sys.stdin.buffer, what)
        return
    try:
        opened = Path(source).open("rb")  # noqa: SIM115 - what is raised while it is read is told elsewhere
    except OSError as error:
        raise UsageError(
            f"{what} cannot be read: {error.strerror or error}; give --from a file that lists pictures, or '-'"
        ) from None
    with opened as stream:
        yield from _names(stream, what)


def _names(stream: BinaryIO, what: str) -> Iterator[str]:
    end, rest = b"", b""
    while block := _block(stream, what):
        rest += block
        if not end:
            end = b"\0" if b"\0" in block else b"\n" if b"\n" in block else b""
        if end:
            *names, rest = rest.split(end)
            if len(names) > _MOST_EMPTY and not any(names):
                raise UsageError(f"{what} is no list of pictures: there are no names in it")
            yield from (_decoded(name) for name in names if name)
        if len(rest) > _LONGEST:
            raise UsageError(f"{what} is no list of pictures: it holds a name of more than a million bytes")
    if rest:
        yield _decoded(rest)


def _block(stream: BinaryIO, what: str) -> bytes:
    """What there is to read, once there is any."""
    try:
        return stream.read1(_BLOCK)  # type: ignore[attr-defined, no-any-return]
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror or error}") from None


def _decoded(name: bytes) -> str:
    # In a list each is a name: standard input has been read, or nobody thought of it.
    return "./-" if name == b"-" else os.fsdecode(name)
