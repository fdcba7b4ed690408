"""One segment of a journal: parallel streams of bytes that grow together, commit by commit.

On disk a segment is one file per stream plus a log. A commit appends to every stream, flushes them to the disk, and
only then appends one record to the log: the record is what makes the bytes count. A process killed at any instant
leaves at most bytes that no record speaks of; the next writer cuts them off. Record, little endian: magic, rows so
far (u64), per stream its end (u64) and the CRC-32 of what this commit added (u32), CRC-32 of the record (u32).
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.core.base.durable import sync_folder

_MAGIC = b"RVJ1"
_CHUNK_BYTES = 4 << 20


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
