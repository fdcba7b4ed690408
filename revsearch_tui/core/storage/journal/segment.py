"""One segment of a journal: parallel streams of bytes that grow together, commit by commit, and which of the commits
hold what their checksums say.

On disk a segment is one file per stream plus a log. A commit appends to every stream, flushes them to the disk, and
only then appends one record to the log: the record is what makes the bytes count. A process killed at any instant
leaves at most bytes that no record speaks of; the next writer cuts them off. Record, little endian: magic, rows so
far (u64), per stream its end (u64) and the CRC-32 of what this commit added (u32), CRC-32 of the record (u32).

The memory is a file beside the segments: for each of them the size, mtime and inode of its files, and the commits that
were unsound then. It is a convenience: without it, or where it cannot be written, everything is looked at again.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from revsearch_tui.core.base.files import sync_folder, write_quickly

_MAGIC = b"RVJ1"
_CHUNK_BYTES = 4 << 20

MEMORY = "checked.json"
Memory: TypeAlias = dict[str, Any]
"""Name of a segment -> its `files`, `last` commit and `unsound` ones when it was looked at; `complete` is another's."""


@dataclass(frozen=True, slots=True)
class Commit:
    """State of a segment after one commit: rows in all, and per stream its end in bytes and the added bytes' CRC."""

    rows: int
    ends: tuple[int, ...]
    sums: tuple[int, ...]


class Segment:
    """The files `<stem>.<stream>` and `<stem>.log`. Reading needs no lock; there is one writer at a time."""

    def __init__(self, stem: Path, streams: Sequence[str]) -> None:
        self.stem = stem
        self.streams = tuple(streams)
        self._format = struct.Struct("<4sQ" + "QI" * len(self.streams))
        self.commits = self._read_log()

    @property
    def rows(self) -> int:
        return self.commits[-1].rows if self.commits else 0

    @property
    def ends(self) -> tuple[int, ...]:
        return self.commits[-1].ends if self.commits else (0,) * len(self.streams)

    def path(self, stream: str) -> Path:
        """The file of a stream."""
        return self.stem.with_name(f"{self.stem.name}.{stream}")

    def append(self, rows: int, parts: Mapping[str, bytes | memoryview]) -> None:
        """Commit `rows` more rows. Raises OSError (a full disk, say), and then the segment is as before."""
        ends, sums = [], []
        try:
            for stream, end in zip(self.streams, self.ends, strict=True):
                data = parts[stream]
                _append_at(self.path(stream), end, data)
                ends.append(end + memoryview(data).nbytes)
                sums.append(zlib.crc32(data))
            commit = Commit(self.rows + rows, tuple(ends), tuple(sums))
            _append_at(self.path("log"), len(self.commits) * self._record_size, self._pack(commit))
        except OSError:
            with contextlib.suppress(OSError):
                self._cut()
            raise
        self.commits.append(commit)

    def drop_last(self, unsound: Sequence[int]) -> None:
        """For the writer: drop the last commits as far as they are `unsound`, and cut off loose ends."""
        while self.commits and len(self.commits) - 1 in unsound:
            self.commits.pop()
        self._cut()

    def truncate(self, rows: int) -> None:
        """For the writer: undo commits until at most `rows` rows remain."""
        while self.rows > rows:
            self.commits.pop()
        self._cut()

    def damaged_commits(self, streams: Sequence[str] = ()) -> list[int]:
        """Numbers of commits whose bytes do not have their checksum: in these streams, or in all. Reads everything."""
        damaged: set[int] = set()
        for position, stream in enumerate(self.streams):
            if not streams or stream in streams:
                damaged.update(self._damaged(position, self.path(stream)))
        return sorted(damaged)

    def rows_of(self, commit: int) -> tuple[int, int]:
        """The rows that a commit added: first, and one past the last."""
        return (self.commits[commit - 1].rows if commit else 0), self.commits[commit].rows

    def files(self) -> dict[str, list[int]]:
        """What tells whether the files were changed: of each the size, the mtime in ns, and the inode."""
        found = {}
        for name in (*self.streams, "log"):
            try:
                status = self.path(name).stat()
            except OSError:
                continue
            found[name] = [status.st_size, status.st_mtime_ns, status.st_ino]
        return found

    @property
    def _record_size(self) -> int:
        return self._format.size + 4

    def _pack(self, commit: Commit) -> bytes:
        fields = [value for pair in zip(commit.ends, commit.sums, strict=True) for value in pair]
        body = self._format.pack(_MAGIC, commit.rows, *fields)
        return body + struct.pack("<I", zlib.crc32(body))

    def records(self, commits: int) -> bytes:
        """The records of the first commits, as they stand in the log."""
        return b"".join(self._pack(commit) for commit in self.commits[:commits])

    def _read_log(self) -> list[Commit]:
        try:
            data = self.path("log").read_bytes()
        except FileNotFoundError:
            return []
        sizes = [_size(self.path(stream)) for stream in self.streams]
        commits: list[Commit] = []
        for start in range(0, len(data) - self._record_size + 1, self._record_size):
            body = data[start : start + self._format.size]
            (checksum,) = struct.unpack_from("<I", data, start + self._format.size)
            if zlib.crc32(body) != checksum or body[:4] != _MAGIC:
                break
            _, rows, *fields = self._format.unpack(body)
            commit = Commit(rows, tuple(fields[0::2]), tuple(fields[1::2]))
            if any(end > size for end, size in zip(commit.ends, sizes, strict=True)):
                break
            commits.append(commit)
        return commits

    def _damaged(self, position: int, path: Path) -> Iterator[int]:
        """Commits that are damaged in one stream. A file that cannot be read is damaged throughout; one that is no
        more raises FileNotFoundError."""
        if not self.commits:
            return
        buffer = memoryview(bytearray(_CHUNK_BYTES))
        start = 0
        try:
            with path.open("rb", buffering=0) as file:
                for number, commit in enumerate(self.commits):
                    checksum, left = 0, commit.ends[position] - start
                    while left > 0 and (read := file.readinto(buffer[: min(left, _CHUNK_BYTES)])):
                        checksum = zlib.crc32(buffer[:read], checksum)
                        left -= read
                    if left or checksum != commit.sums[position]:
                        yield number
                    start = commit.ends[position]
        except FileNotFoundError:
            raise
        except OSError:
            yield from range(len(self.commits))

    def _cut(self) -> None:
        targets = [*zip(self.streams, self.ends, strict=True), ("log", len(self.commits) * self._record_size)]
        for stream, end in targets:
            if _size(self.path(stream)) > end:
                with self.path(stream).open("rb+") as file:
                    file.truncate(end)
                    os.fsync(file.fileno())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _append_at(path: Path, end: int, data: bytes | memoryview) -> None:
    """Write at a known end, so that leftovers of an interrupted write are overwritten, and flush to the disk."""
    is_new = not path.exists()
    with path.open("wb" if is_new else "rb+") as file:
        file.seek(end)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def read_memory(place: Path) -> Memory:
    """What is remembered; nothing where that cannot be read."""
    try:
        memory = json.loads((place / MEMORY).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}


def write_memory(place: Path, memory: Memory) -> None:
    """Remember, where the folder can be written to."""
    with contextlib.suppress(OSError):
        write_quickly(place / MEMORY, json.dumps(memory, separators=(",", ":")))


def is_remembered(memory: Memory, segment: Segment) -> bool:
    """Whether a segment was looked at as it is now."""
    entry = memory.get(segment.stem.name)
    return (
        isinstance(entry, dict)
        and entry.get("files") == segment.files()
        and entry.get("last") == _last(segment)
        and isinstance(entry.get("unsound"), list)
    )


def remember(memory: Memory, segment: Segment, files: Mapping[str, Sequence[int]], unsound: Sequence[int]) -> None:
    """Put into the memory what a segment was like when its files were as `files` says."""
    memory[segment.stem.name] = {"files": files, "last": _last(segment), "unsound": list(unsound)}
    memory.pop("complete", None)


def _last(segment: Segment) -> list[int]:
    """What tells a segment's last commit from all others: files that were changed may be described by another log."""
    return [len(segment.commits), *segment.ends, *segment.commits[-1].sums] if segment.commits else []


def unsound_commits(
    place: Path, segments: Sequence[Segment], is_current: Callable[[], bool], *, anew: bool = False
) -> dict[int, list[int]]:
    """Number of a segment -> its commits that are not what their checksums say; without those that are sound.

    Reads segments that changed since they were last looked at; with `anew`, all. About 2 GB are read in a second.
    """
    memory = read_memory(place)
    looked = False
    found: dict[int, list[int]] = {}
    for number, segment in enumerate(segments):
        if anew or not is_remembered(memory, segment):
            files = segment.files()  # before they are read: what changes meanwhile is looked at again
            remember(memory, segment, files, segment.damaged_commits())
            looked = True
        if unsound := memory[segment.stem.name]["unsound"]:
            found[number] = unsound
    if looked and is_current():  # else these are another journal's files by now
        write_memory(place, memory)
    return found


def unchecked_bytes(place: Path, segments: Sequence[Segment]) -> int:
    """How much would have to be read to know of every commit."""
    memory = read_memory(place)
    return sum(sum(segment.ends) for segment in segments if not is_remembered(memory, segment))
