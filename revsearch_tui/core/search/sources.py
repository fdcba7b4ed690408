"""Where query pictures come from: a file, standard input, a URL; or a file that is gone and of which much is stored."""

from __future__ import annotations

import os
import selectors
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.base.ordinary import open_at_once


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A query as bytes, with the name users know it by."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A query whose file is gone: the name users know it by, and the image id that it is stored under."""

    name: str
    image_id: bytes


class GoneError(UsageError):
    """There is no such file, at least not any more."""


class FolderError(UsageError):
    """A folder was given."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds on queries: bytes of a fetched and of a local one, seconds of each wait for a server and of all."""

    max_bytes: int = 50_000_000
    max_file_bytes: int = 512_000_000
    timeout_s: float = 10.0
    total_s: float = 60.0


def is_url(source: str) -> bool:
    """Whether a query is fetched from the web."""
    return source.lower().startswith(("http://", "https://"))


def read_query(source: str, limits: FetchLimits | None = None, control: Control | None = None) -> QueryPicture:
    """The bytes behind a path, `-` (standard input) or an http(s) URL.

    While one is fetched `control` is told the bytes that are there, and may stop it. Raises `UsageError`: `GoneError`
    where there is no such file, `FolderError` for a folder; and `Cancelled`.
    """
    limits = limits or FetchLimits()
    if not source:
        raise UsageError("the query is empty; give a picture file, a URL or '-'")
    if source == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("standard input is a terminal; pipe a picture into '-'")
        data = _read(sys.stdin.buffer, "what came on standard input", limits)
        if not data:
            raise UsageError("nothing came on standard input; pipe a picture into '-'")
        return QueryPicture("-", data)
    if is_url(source):
        from revsearch_tui.core.search.fetch import fetch

        return QueryPicture(source, fetch(source, limits, control))
    path = Path(os.path.expanduser(source))  # noqa: PTH111 - leaves a home that is nobody's as it is
    try:
        if path.is_dir():
            raise FolderError(f"'{source}' is a folder; give a picture as the query")
        if path.is_socket():
            raise UsageError(f"'{source}' is a socket; give a picture as the query")
        with open(path, "rb", opener=open_at_once) as stream:  # noqa: PTH123 - pathlib takes no opener
            _await_contents(stream.fileno(), f"'{source}'", limits.timeout_s)
            return QueryPicture(source, _read(stream, f"'{source}'", limits))
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name that no file can have
        raise GoneError(f"'{source}' does not exist; give a picture file, a URL or '-'") from None
    except OSError as error:
        raise UsageError(f"'{source}' cannot be read: {error.strerror or error}") from None


def _await_contents(descriptor: int, what: str, timeout_s: float) -> None:
    """Wait for what a FIFO, such as a shell's `<(command)`, has to give. Raises `UsageError` where it gives nothing."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISCHR(mode) and os.isatty(descriptor):
        raise UsageError(f"{what} is a terminal; give a picture file, a URL or '-'")
    if not stat.S_ISFIFO(mode):
        return
    with selectors.DefaultSelector() as waiting:
        waiting.register(descriptor, selectors.EVENT_READ)
        if not waiting.select(timeout_s):
            raise UsageError(f"{what} is a FIFO, and nothing comes through it; give a picture file, a URL or '-'")
    os.set_blocking(descriptor, True)


def _read(stream: BinaryIO, what: str, limits: FetchLimits) -> bytes:
    """All of a stream, which may have no end."""
    data = stream.read(limits.max_file_bytes + 1)
    if len(data) > limits.max_file_bytes:
        raise UsageError(f"{what} is larger than {limits.max_file_bytes // 1_000_000} MB (index.max_file_mb)")
    return data
