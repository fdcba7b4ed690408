"""A journal of rows in segments: the shared part of vectors and blobs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from revsearch_tui.api import StorageError
from revsearch_tui.core.journal.segment import Segment

FORMAT = 1
ID_BYTES = 32
SEGMENT_BYTES = 256 * 1024 * 1024
"""A segment that has reached this size is followed by a new one."""


class RowJournal:
    """Rows with 32-byte ids, in a folder of segments. `meta` is fixed when the folder is made."""

    def __init__(self, folder: Path, kind: str, streams: Sequence[str], meta: Mapping[str, Any] | None = None) -> None:
        """Open for reading. With `meta`, make the folder where there is none.

        Raises `StorageError` where the folder is missing, of another kind, or made by a newer program.
        """
        self.folder = folder
        self.streams = ("ids", *streams)
        _finish_swap(folder)
        if meta is not None and not (folder / "meta.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / "meta.json", {"format": FORMAT, "kind": kind, **meta})
        try:
            self.meta: dict[str, Any] = json.loads((folder / "meta.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise StorageError(
                f"the journal in {folder} cannot be read ({error}); index again to make it anew"
            ) from None
        if self.meta.get("format", 0) > FORMAT:
            raise StorageError(f"the journal in {folder} was made by a newer revsearch; use that version or index anew")
        if self.meta.get("kind") != kind:
            raise StorageError(f"{folder} holds a journal of {self.meta.get('kind')}, not of {kind}")
        self.segments = [self._segment(number) for number in range(self._count())] or [self._segment(0)]

    @property
    def rows(self) -> int:
        return sum(segment.rows for segment in self.segments)

    def recover(self) -> None:
        """For the writer, once, before the first append: undo whatever an interrupted run left half done."""
        for segment in self.segments:
            segment.recover()

    def truncate(self, rows: int) -> None:
        """For the writer: undo commits from the end until at most `rows` rows remain."""
        excess = self.rows - rows
        for segment in reversed(self.segments):
            if excess <= 0:
                return
            before = segment.rows
            segment.truncate(max(0, before - excess))
            excess -= before - segment.rows

    def append_rows(self, ids: Sequence[bytes], parts: Mapping[str, bytes | memoryview]) -> None:
        """Commit rows. Raises `StorageError` where the disk does not take them; nothing is changed then."""
        if not ids:
            return
        if max(self.segments[-1].ends) >= SEGMENT_BYTES:
            self.segments.append(self._segment(len(self.segments)))
        try:
            self.segments[-1].append(len(ids), {"ids": b"".join(ids), **parts})
        except OSError as error:
            raise StorageError(
                f"cannot write to {self.folder}: {error.strerror or error}; what was stored before is safe"
            ) from error

    def ids(self) -> list[bytes]:
        """The id of every row, in order."""
        found: list[bytes] = []
        for segment in self.segments:
            if segment.rows:
                data = segment.path("ids").read_bytes()
                found.extend(data[start : start + ID_BYTES] for start in range(0, segment.rows * ID_BYTES, ID_BYTES))
        return found

    def damaged(self) -> int:
        """How many commits do not have their checksum. Reads everything."""
        return sum(len(segment.damaged_commits()) for segment in self.segments)

    def _segment(self, number: int) -> Segment:
        return Segment(self.folder / f"segment-{number:04d}", self.streams)

    def _count(self) -> int:
        return len(list(self.folder.glob("segment-*.log")))


def replace_folder(folder: Path, replacement: Path) -> None:
    """Put `replacement` in the place of `folder`; an interruption is mended when the folder is next opened."""
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    replacement.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _finish_swap(folder: Path) -> None:
    old = folder.with_name(f"{folder.name}.old")
    if old.exists() and not folder.exists():
        old.rename(folder)


def write_json(path: Path, value: object) -> None:
    """Write a small JSON file so that a reader sees the old or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
