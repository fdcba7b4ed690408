"""Download files whose checksum is known: whole or not at all, going on where an earlier attempt broke off."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO, TypeAlias

from revsearch_tui.api import Control, Download, RevsearchError, StorageError
from revsearch_tui.core.base.web import WebError, WebResponse, open_url

ErrorKind: TypeAlias = type[RevsearchError]
"""What is raised where a download fails: ModelError for models, UsageError for data sets."""

TIMEOUT_S = 30.0
PART = ".part"
"""Added to the name of a file that is not complete yet."""

_CHUNK_BYTES = 256 * 1024
_ALGORITHMS = {"sha256": "sha256", "sha256-prefix": "sha256", "md5": "md5"}
_PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE = 206, 416


def fetched(
    item: Download, folder: Path, control: Control, *, error: ErrorKind, elsewhere: str, timeout_s: float = TIMEOUT_S
) -> Path:
    """The downloaded file in `folder`, verified; one that is there already is not downloaded again.

    `elsewhere` says what to do with a file that was fetched on another machine, such as `--file FILE`. Raises `error`
    where the file cannot be had or is not the one that was published, `StorageError` where it cannot be written and
    `Cancelled`; what has arrived by then is kept as `FILE.part` for the next attempt, unless its checksum is wrong.
    """
    if Path(item.file).name != item.file:
        raise error(f"'{item.file}' is no name for a downloaded file")
    target = folder / item.file
    part = folder / f"{item.file}{PART}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.is_file():
            if matches(target, item.checksum, control):
                return target
            target.unlink()
        if not _is_complete(part, item):
            _receive(item, part, control, error, elsewhere, timeout_s)
        if not matches(part, item.checksum, control):
            part.unlink()
            raise error(
                f"what '{item.url}' gives is not the file that was published (its {_kind(item)} differs) and was "
                f"removed; try again, or fetch {item.file} elsewhere and give it with {elsewhere}"
            )
        part.replace(target)
    except OSError as failure:
        raise StorageError(f"'{item.file}' cannot be stored in {folder}: {failure.strerror or failure}") from failure
    return target


def side_loaded(item: Download, file: Path, control: Control, *, error: ErrorKind) -> Path:
    """A file the user fetched by other means, verified. Raises `error` where it is absent or another file."""
    try:
        if file.is_file() and matches(file, item.checksum, control):
            return file
    except OSError as failure:
        raise error(f"{file} cannot be read: {failure.strerror or failure}") from None
    if not file.is_file():
        raise error(f"there is no file {file}; it should be {item.file} from {item.url}")
    size = file.stat().st_size
    sizes = (
        f"{size:,} bytes instead of {item.bytes:,}" if item.bytes and size != item.bytes else f"another {_kind(item)}"
    )
    raise error(f"{file} is not {item.file} from {item.url}, or is damaged: it has {sizes}")


def matches(file: Path, checksum: str, control: Control) -> bool:
    """Whether a file has a checksum written as `Download.checksum` is. Raises ValueError for one written otherwise."""
    kind, _, expected = checksum.partition(":")
    if kind not in _ALGORITHMS or not expected:
        raise ValueError(f"{checksum!r} is not a checksum: sha256:HEX, sha256-prefix:HEX or md5:HEX")
    digest = hashlib.new(_ALGORITHMS[kind], usedforsecurity=False)
    total, done = file.stat().st_size, 0
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            control.check()
            digest.update(block)
            done += len(block)
            control.progress(done, total, f"checking {file.name.removesuffix(PART)}")
    found = digest.hexdigest()
    expected = expected.lower()
    return found.startswith(expected) if kind == "sha256-prefix" else found == expected


def _kind(item: Download) -> str:
    return item.checksum.partition("-")[0].partition(":")[0]


def _is_complete(part: Path, item: Download) -> bool:
    return bool(item.bytes) and part.is_file() and part.stat().st_size == item.bytes


def _receive(item: Download, part: Path, control: Control, error: ErrorKind, elsewhere: str, timeout_s: float) -> None:
    """Have the whole file in `part`."""
    have = part.stat().st_size if part.is_file() else 0
    try:
        if have:
            try:
                return _ask(item, part, have, control, error, timeout_s)
            except WebError as failure:
                if failure.status != _RANGE_NOT_SATISFIABLE:
                    raise
        return _ask(item, part, 0, control, error, timeout_s)
    except WebError as failure:
        kept = "; what has arrived is kept, run it again to go on from there" if _has_bytes(part) else ""
        raise error(
            f"'{item.url}' cannot be fetched: {failure}{kept}; without a network, fetch {item.file} elsewhere and "
            f"give it with {elsewhere}, or put it into {part.parent}"
        ) from None


def _ask(item: Download, part: Path, have: int, control: Control, error: ErrorKind, timeout_s: float) -> None:
    """Ask for all bytes from `have` on and write them behind what is there, or for all where the server sends all."""
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with open_url(item.url, timeout_s, headers, control=control) as response:
        goes_on = response.status == _PARTIAL_CONTENT and response.header("Content-Range").startswith(f"bytes {have}-")
        if have and not goes_on and response.status == _PARTIAL_CONTENT:
            raise WebError("the server sends another part than was asked for", _RANGE_NOT_SATISFIABLE)
        start = have if goes_on else 0
        length = response.length
        total = start + length if length is not None else item.bytes or None
        with part.open("ab" if goes_on else "wb") as file:
            done = _copy(response, file, start, total, item, control)
    too_long = bool(item.bytes) and done > item.bytes  # the checksum will say so
    if total is not None and done < total and not too_long:
        raise error(
            f"'{item.url}' broke off after {done:,} of {total:,} bytes; they are kept in {part}: run it again to go on"
        )


def _copy(response: WebResponse, file: BinaryIO, done: int, total: int | None, item: Download, control: Control) -> int:
    """Write what comes; the number of bytes in the file then. Stops where there is more than there should be."""
    most = item.bytes or total
    while chunk := response.read(_CHUNK_BYTES):
        file.write(chunk)
        done += len(chunk)
        control.progress(done, total, f"downloading {item.file}")
        control.check()
        if most and done > most:
            break
    return done


def _has_bytes(part: Path) -> bool:
    return part.is_file() and part.stat().st_size > 0
