"""Where query pictures come from: a file, standard input, a URL the user typed, a list of these; or a file that is gone
and of which much is stored.
"""

from __future__ import annotations

import os
import selectors
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from revsearch_tui.api import Control, NullControl, PictureError, UsageError
from revsearch_tui.core.base.files import open_at_once
from revsearch_tui.core.base.paths import path_of
from revsearch_tui.core.images.crop import parse_crop

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.images.pool import DecodePool

_CHUNK_BYTES = 64 * 1024
_PLAIN_TYPES = ("application/octet-stream", "binary/octet-stream", "")

_BLOCK = 1 << 16
_LONGEST = 1 << 20
"""Bytes of a name; what is longer is none."""
_LONGEST_WORDS = 100
_MOST_EMPTY = 4096
"""Names of one block that may all be empty."""


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


class HeldQuery(str):
    """The name of a query whose bytes are here already: standard input can be read once only."""

    picture: QueryPicture

    def __new__(cls, picture: QueryPicture) -> HeldQuery:
        held = super().__new__(cls, picture.name)
        held.picture = picture
        return held


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
    """The bytes behind a path or `file://` address, `-` (standard input) or an http(s) URL.

    While one is fetched `control` is told the bytes that are there, and may stop it. Raises `UsageError`: `GoneError`
    where there is no such file, `FolderError` for a folder; and `Cancelled`.
    """
    limits = limits or FetchLimits()
    if isinstance(source, HeldQuery):
        return source.picture
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
        return QueryPicture(source, fetch(source, limits, control))
    path = Path(os.path.expanduser(path_of(source)))  # noqa: PTH111 - leaves a home that is nobody's as it is
    try:
        if path.is_dir():
            raise FolderError(f"'{source}' is a folder; give a picture as the query")
        if path.is_socket():
            raise UsageError(f"'{source}' is a socket; give a picture as the query")
        with open(path, "rb", opener=open_at_once) as stream:  # noqa: PTH123 - pathlib takes no opener
            _await_contents(stream.fileno(), f"'{source}'", limits.timeout_s)
            return QueryPicture(source, _read(stream, f"'{source}'", limits))
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name that no file can have
        lacks = "matches no file" if "*" in source or "?" in source else "does not exist"
        raise GoneError(f"'{source}' {lacks}; give a picture file, a URL or '-'{_or_words(source)}") from None
    except OSError as error:
        raise UsageError(f"'{source}' cannot be read: {error.strerror or error}") from None


def _or_words(source: str) -> str:
    """How to search for words, where somebody may have meant to."""
    is_name = any(mark in source for mark in (os.sep, "/", ".", '"')) or len(source) > _LONGEST_WORDS
    return "" if is_name else f"; words to search for stand in quotes: '\"{source}\"'"


def query_pixels(decoder: DecodePool, query: QueryPicture, crop: str | None) -> Picture:
    """The picture of a query, or that part of it. Raises `UsageError`."""
    part = parse_crop(crop) if crop is not None else None
    try:
        return decoder.decode(query.data, query.name, part).picture
    except PictureError as error:
        raise UsageError(f"'{query.name}' cannot be used as a query: {error.reason}") from None


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


def fetch(url: str, limits: FetchLimits, control: Control | None = None) -> bytes:
    """The picture at a URL; progress is told in bytes, and `control` is asked every 0.1 s whether to stop.

    Raises `UsageError`: not reachable, not a picture, too large, too slow; `Cancelled`.
    """
    from revsearch_tui.core.base.web import TooLongError, WebError, open_url

    control = control or NullControl()
    headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        with open_url(url, limits.timeout_s, headers, total_s=limits.total_s, control=control) as response:
            kind = response.header("Content-Type").partition(";")[0].strip().lower()
            if not kind.startswith("image/") and kind not in _PLAIN_TYPES:
                raise UsageError(f"'{url}' is of type {kind}, not a picture; give the address of the picture itself")
            packed = response.header("Content-Encoding").strip().lower()
            if packed not in ("", "identity"):
                raise WebError(f"the server sends it compressed ({packed}), although it was asked not to")
            length = response.length
            if length is not None and length > limits.max_bytes:
                raise UsageError(_too_large(url, limits))
            data = bytearray()
            while chunk := response.read(_CHUNK_BYTES):
                data += chunk
                if len(data) > limits.max_bytes:
                    raise UsageError(_too_large(url, limits))
                control.progress(len(data), length, "fetching")
            if length is not None and len(data) < length:
                raise UsageError(f"'{url}' broke off after {len(data):,} of {length:,} bytes; try again")
            return bytes(data)
    except TooLongError:
        raise UsageError(f"'{url}' takes longer than {limits.total_s:g} s; download it and search the file") from None
    except WebError as error:
        raise UsageError(f"'{url}' cannot be fetched: {error}") from None


def _too_large(url: str, limits: FetchLimits) -> str:
    return f"'{url}' is larger than {limits.max_bytes // 1_000_000} MB (network.max_mb)"


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
