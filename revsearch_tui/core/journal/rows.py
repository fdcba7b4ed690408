"""A journal of rows in segments: the shared part of vectors and blobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from revsearch_tui.api import StorageError
from revsearch_tui.core.durable import write_json
from revsearch_tui.core.journal.folders import (
    META,
    TRIES,
    finish_replacement,
    generation,
    read_generation,
    rewritten_too_often,
)
from revsearch_tui.core.journal.segment import Segment

FORMAT = 1
ID_BYTES = 32
SEGMENT_BYTES = 256 * 1024 * 1024
"""A segment that has reached this size is followed by a new one."""

Found = TypeVar("Found")


class RowJournal:
    """Rows with 32-byte ids, in a folder of segments. `meta` is fixed when the folder is made."""

    def __init__(self, folder: Path, kind: str, streams: Sequence[str], meta: Mapping[str, Any] | None = None) -> None:
        """Open for reading. With `meta`, which only the writer may give, make the folder where there is none.

        Raises `StorageError` where the folder is missing, of another kind, or made by a newer program.
        """
        self.folder = folder
        self.streams = ("ids", *streams)
        self._kind = kind
        if meta is not None:
            self._prepare(meta)
        self.reopen()

    @property
    def rows(self) -> int:
        return sum(segment.rows for segment in self.segments)

    def reopen(self) -> None:
        """See what is on the disk now."""
        self._generation, (self.meta, self.segments) = read_generation(self.folder, self._read_description)

    def is_current(self) -> bool:
        """Whether these are still the files of the journal; a compaction replaces them all."""
        return generation(self.folder) == self._generation

    def consistent(self, read: Callable[[], Found]) -> Found:
        """What `read` finds in the journal's files, all of one generation: read anew where they were replaced."""
        for _ in range(TRIES):
            try:
                found = read()
            except (OSError, ValueError):
                if self.is_current():
                    raise
            else:
                if self.is_current():
                    return found
            self.reopen()
        raise rewritten_too_often(self.folder)

    def recover(self) -> None:
        """For the writer, once, before the first append: undo whatever an interrupted run left half done."""
        try:
            for segment in self.segments:
                segment.recover()
        except OSError as error:
            raise StorageError(f"cannot write to {self.folder}: {error.strerror or error}") from error

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
        if self.is_full():
            self.segments.append(self._segment(self._generation.place, len(self.segments)))
        try:
            self.segments[-1].append(len(ids), {"ids": b"".join(ids), **parts})
        except OSError as error:
            raise StorageError(
                f"cannot write to {self.folder}: {error.strerror or error}; what was stored before is safe, "
                "so make room or mend that, and run the command again"
            ) from error

    def is_full(self) -> bool:
        """Whether the next rows begin a new segment."""
        return max(self.segments[-1].ends) >= SEGMENT_BYTES

    def ids(self) -> list[bytes]:
        """The id of every row, in order."""
        return self.consistent(self._read_ids)

    def damaged(self) -> int:
        """How many commits do not have their checksum. Reads everything."""
        return sum(len(segment.damaged_commits()) for segment in self.segments)

    def _read_ids(self) -> list[bytes]:
        found: list[bytes] = []
        for segment in self.segments:
            if segment.rows:
                data = segment.path("ids").read_bytes()
                found.extend(data[start : start + ID_BYTES] for start in range(0, segment.rows * ID_BYTES, ID_BYTES))
        return found

    def _prepare(self, meta: Mapping[str, Any]) -> None:
        try:
            finish_replacement(self.folder)
            if not _is_json(self.folder / META):
                self.folder.mkdir(parents=True, exist_ok=True)
                write_json(self.folder / META, {"format": FORMAT, "kind": self._kind, **meta})
        except OSError as error:
            raise StorageError(
                f"cannot write to {self.folder}: {error.strerror or error}; make room or mend that, "
                "and run the command again"
            ) from error

    def _read_description(self, place: Path) -> tuple[dict[str, Any], list[Segment]]:
        meta = self._read_meta(place)
        count = len(list(place.glob("segment-*.log")))
        return meta, [self._segment(place, number) for number in range(max(1, count))]

    def _read_meta(self, place: Path) -> dict[str, Any]:
        try:
            meta: dict[str, Any] = json.loads((place / META).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise StorageError(
                f"the journal in {self.folder} cannot be read ({error}); run: revsearch index, to make it anew"
            ) from None
        if meta.get("format", 0) > FORMAT:
            raise StorageError(
                f"the journal in {self.folder} was made by a newer revsearch; use that version, or drop and index anew"
            )
        if meta.get("kind") != self._kind:
            raise StorageError(f"{self.folder} holds a journal of {meta.get('kind')}, not of {self._kind}")
        return meta

    def _segment(self, place: Path, number: int) -> Segment:
        return Segment(place / f"segment-{number:04d}", self.streams)


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text("utf-8")), dict)
    except (OSError, ValueError):
        return False
