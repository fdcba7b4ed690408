"""Embeddings in a quarter of their size, kept beside the journal: which rows can be near a query is read off these.

A file `<segment>.codes` stands for the first rows of a segment. It is derived: where it is missing, damaged or about
other rows, it is not used, and searches read the embeddings themselves. Little endian: magic, dim (u32), rows (u64),
commits (u64), the greatest length of a coded row (f64), the SHA-256 of these commits' records in the segment's log,
the CRC-32 of what begins at byte 128 (u32), that of all this (u32), zeros up to byte 128; then per row its step and its
error as float32, and dim numbers as int8. A row is its step times its numbers, but for a remainder that is at most as
long as its error.

The records hold the checksums of the rows, so codes of rows that were cut off and replaced are told from those of the
rows that are there. `codes.json` remembers which files had their checksum, as `checked.json` does for the journal.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.core.base.files import sync_folder, write_quickly

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.storage.journal.segment import Segment
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

FEWEST_ROWS = 20_000
"""What is fewer is gone through in a millisecond or two anyway."""
_MOST_UNCODED = 8_192
"""So many rows of a segment may have none before its codes are made anew."""

_MAGIC = b"RVC1"
_HEAD = struct.Struct("<4sIQQd32sI")
_START = 128
_MEMORY = "codes.json"
GREATEST = 127
_ROWS_AT_ONCE = 8_192
_BYTES_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Codes:
    """Of some rows, memory-mapped: steps (n,), errors (n,), numbers (n, dim); and the greatest length among them.

    The step and the error of a row of zeros are 0. A row that is no finite vector has an error of minus infinity.
    """

    steps: npt.NDArray[np.float32]
    errors: npt.NDArray[np.float32]
    numbers: npt.NDArray[np.int8]
    longest: float

    def part(self, start: int, stop: int) -> Codes:
        """Of the rows from one to another."""
        part = slice(start, stop)
        return Codes(self.steps[part], self.errors[part], self.numbers[part], self.longest)


def coded(rows: npt.NDArray[np.float32]) -> Codes:
    """The codes of rows (n, dim)."""
    finite: npt.NDArray[np.bool_] = np.asarray(np.isfinite(rows).all(axis=1))
    if not finite.all():
        rows = np.where(finite[:, None], rows, np.float32(0))
    steps = np.maximum(rows.max(axis=1, initial=0), -rows.min(axis=1, initial=0)) / np.float32(GREATEST)
    rest = rows / np.where(steps > 0, steps, np.float32(1))[:, None]
    numbers = np.clip(np.rint(rest, out=rest), -GREATEST, GREATEST, out=rest).astype(np.int8)
    lengths = _length(np.multiply(rest, steps[:, None], out=rest))
    # A little more than what they are, for all that float32 rounds away.
    errors = _length(np.subtract(rows, rest, out=rest)) * np.float32(1.001) + lengths * np.float32(2.0**-20)
    longest = float(lengths.max(initial=0)) * 1.001
    return Codes(steps, np.where(finite, errors, np.float32(-np.inf)), numbers, longest)


def _length(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)))


def build_codes(journal: VectorJournal, check: Callable[[], object]) -> None:
    """For the writer, after a run: make the codes that are missing, or that stand for too few rows.

    Only for cosine, and where there are many rows. A disk that does not take them is let be: they are a convenience.
    `check` is called before each segment, which takes about a quarter of a second, and may raise.
    """
    if journal.metric != "cosine" or journal.rows < FEWEST_ROWS:
        return
    unsound = journal.unsound()
    memory = _read_memory(journal.place)
    for leftover in journal.place.glob(".*codes.*.tmp"):  # of a run that was killed; readers write their memory anew
        with contextlib.suppress(OSError):
            leftover.unlink()
    for number, segment in enumerate(journal.segments):
        known = _mapped(journal.place, segment, journal.dim, memory)
        left = segment.rows - (known[0].rows if known else 0)
        # Codes of rows that are damaged would be wrong once these are mended.
        check()
        if number not in unsound and left >= (_MOST_UNCODED if known else 1):
            with contextlib.suppress(OSError):
                _write(journal, segment)
                _mapped(journal.place, segment, journal.dim, memory)  # which remembers that they are sound


def read_codes(journal: VectorJournal) -> list[Codes | None]:
    """Of each segment the codes of its first rows; None where there are none that can be relied on."""
    memory = _read_memory(journal.place)
    found: list[Codes | None] = []
    for segment in journal.segments:
        known = _mapped(journal.place, segment, journal.dim, memory)
        if known is None:
            found.append(None)
            continue
        head, content = known
        ends = np.cumsum([_START, 4 * head.rows, 4 * head.rows]).tolist()
        steps, errors = (content[start:end].view(np.float32) for start, end in zip(ends[:-1], ends[1:], strict=True))
        numbers = content[ends[2] :].view(np.int8).reshape(head.rows, journal.dim)
        found.append(Codes(steps, errors, numbers, head.longest))
    return found


class _Head(NamedTuple):
    magic: bytes
    dim: int
    rows: int
    commits: int
    longest: float
    records: bytes
    checksum: int


def _mapped(
    place: Path, segment: Segment, dim: int, memory: dict[str, Any]
) -> tuple[_Head, npt.NDArray[np.uint8]] | None:
    """The head and the content of a segment's codes, as they lie on the disk, if they are sound; remembers that."""
    path = segment.path("codes")
    try:
        with path.open("rb") as file:  # once, for they may be replaced at any time
            start = file.read(_START)
            head = _Head(*_HEAD.unpack(start[: _HEAD.size]))
            status = os.fstat(file.fileno())
            if start != _with_checksum(start[: _HEAD.size]):
                return None
            if (head.magic, head.dim, status.st_size) != (_MAGIC, dim, _START + head.rows * (8 + dim)):
                return None
            if not 0 < head.commits <= len(segment.commits) or head.records != _records(segment, head.commits):
                return None
            if segment.rows_of(head.commits - 1)[1] != head.rows:
                return None
            state = [status.st_size, status.st_mtime_ns, status.st_ino, head.checksum]
            if memory.get(path.name) != state:
                found = 0
                while part := file.read(_BYTES_AT_ONCE):
                    found = zlib.crc32(part, found)
                if found != head.checksum:
                    return None
                memory[path.name] = state
                with contextlib.suppress(OSError):
                    write_quickly(place / _MEMORY, json.dumps(memory))
            return head, np.asarray(np.memmap(file, np.uint8, "r"))
    except (OSError, ValueError, struct.error):
        return None


def _write(journal: VectorJournal, segment: Segment) -> None:
    """Replace the codes of a segment whole. Raises OSError, and then those that were there are there still."""
    rows, _ = journal.mapped(segment)
    made = [coded(rows[start : start + _ROWS_AT_ONCE]) for start in range(0, len(rows), _ROWS_AT_ONCE)]
    content = [
        part for parts in zip(*((one.steps, one.errors, one.numbers) for one in made), strict=True) for part in parts
    ]
    checksum = 0
    for part in content:
        checksum = zlib.crc32(part, checksum)
    commits = len(segment.commits)
    longest = max(one.longest for one in made)
    head = _HEAD.pack(_MAGIC, journal.dim, len(rows), commits, longest, _records(segment, commits), checksum)
    path = segment.path("codes")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(_with_checksum(head))
            for part in content:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _with_checksum(head: bytes) -> bytes:
    return (head + struct.pack("<I", zlib.crc32(head))).ljust(_START, b"\0")


def _records(segment: Segment, commits: int) -> bytes:
    """What tells the first commits of a segment from all others: the SHA-256 of their records."""
    return hashlib.sha256(segment.records(commits)).digest()


def _read_memory(place: Path) -> dict[str, Any]:
    try:
        memory = json.loads((place / _MEMORY).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}
