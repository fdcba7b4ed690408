"""A journal of rows in segments: the shared part of vectors and blobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.files import write_json
from revsearch_tui.core.storage.journal.folders import (
    META,
    TRIES,
    finish_replacement,
    generation,
    read_generation,
    rewritten_too_often,
)
from revsearch_tui.core.storage.journal.segment import (
    Memory,
    Segment,
    is_remembered,
    remember,
    unchecked_bytes,
    unsound_commits,
    write_memory,
)

ID_BYTES = 32
SEGMENT_BYTES = 256 * 1024 * 1024
"""A segment that has reached this size is followed by a new one."""

Found = TypeVar("Found")


class RowJournal:
    """Rows with 32-byte ids, in a folder of segments. `meta` is fixed when the folder is made."""

    FORMAT = 1
    """Of what is stored; whoever writes to a journal of an older format makes it one of this."""

    def __init__(self, folder: Path, kind: str, streams: Sequence[str], meta: Mapping[str, Any] | None = None) -> None:
        """Open for reading. With `meta`, which only the writer may give, make the folder where there is none.

        Raises `StorageError` where the folder is missing, of another kind, or made by a newer program.
        """
        self.folder = folder
        self.streams = ("ids", *streams)
        self._kind = kind
        self._memory: Memory = {}
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

    def recover(self) -> bool:
        """For the writer, once, before the first append: undo whatever an interrupted run left half done, and drop
        commits that are damaged, the others being kept. Gives back whether rows that were stored are gone.
        """
        before = self.rows
        unsound = self.unsound()
        try:
            for number, segment in enumerate(self.segments):
                segment.drop_last(unsound.get(number, ()))
        except OSError as error:
            raise StorageError(f"cannot write to {self.folder}: {error.strerror or error}") from error
        self._remember_all(unsound)
        if self.unsound():
            try:
                self.compact(None)
            except OSError as error:
                raise StorageError(f"cannot write to {self.folder}: {error.strerror or error}") from error
            self._remember_all({})
        return self.rows < before

    def compact(self, keep: set[bytes] | None) -> None:
        """For the writer: rewrite without rows that are damaged or whose id is not in `keep`, where that is given.

        Raises `StorageError` or OSError, and then the journal is as it was.
        """
        raise NotImplementedError

    def unsound(self, *, anew: bool = False) -> dict[int, list[int]]:
        """Number of a segment -> its damaged commits; see `soundness.unsound_commits`."""
        return unsound_commits(self._generation.place, self.segments, self.is_current, anew=anew)

    def unchecked_bytes(self) -> int:
        """How much `unsound` would have to read."""
        return unchecked_bytes(self._generation.place, self.segments)

    def sound_ranges(self) -> list[tuple[Segment, int, int]]:
        """Runs of rows that are as they were stored: the segment, the first row in it, and one past the last."""
        unsound = self.unsound()
        found = []
        for number, segment in enumerate(self.segments):
            start = 0
            for commit in unsound.get(number, ()):
                first, end = segment.rows_of(commit)
                if first > start:
                    found.append((segment, start, first))
                start = end
            if segment.rows > start:
                found.append((segment, start, segment.rows))
        return found

    def files(self) -> object:
        """Something that is another thing once any file of the journal was changed."""
        following = self._generation.place / f"segment-{len(self.segments):04d}.log"
        return generation(self.folder), [segment.files() for segment in self.segments], following.exists()

    def settle(self) -> object:
        """Read the logs until they are those of `files`, which is given back; None where they never stay the same."""
        for _ in range(TRIES):
            seen = self.files()
            self.reopen()
            if self.files() == seen:
                return seen
        return None

    @property
    def place(self) -> Path:
        """Where the files of this generation are."""
        return self._generation.place

    def _remember_all(self, unsound: Mapping[int, Sequence[int]]) -> None:
        memory: Memory = {}
        for number, segment in enumerate(self.segments):
            left = [commit for commit in unsound.get(number, ()) if commit < len(segment.commits)]
            remember(memory, segment, segment.files(), left)
        self._memory = memory
        write_memory(self._generation.place, memory)

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
        segment = self.segments[-1]
        known = not segment.files() or is_remembered(self._memory, segment)
        try:
            segment.append(len(ids), {"ids": b"".join(ids), **parts})
        except OSError as error:
            raise StorageError(
                f"cannot write to {self.folder}: {error.strerror or error}; what was stored before is safe, "
                "so make room or mend that, and run the command again"
            ) from error
        if known:
            remembered = self._memory.get(segment.stem.name, {"unsound": []})
            remember(self._memory, segment, segment.files(), remembered["unsound"])
            write_memory(self._generation.place, self._memory)

    def is_full(self) -> bool:
        """Whether the next rows begin a new segment."""
        return max(self.segments[-1].ends) >= SEGMENT_BYTES

    def ids(self) -> list[bytes]:
        """The id of every row, in order."""
        return self.consistent(self._read_ids)

    def damaged(self) -> int:
        """How many commits do not have their checksum. Reads everything."""
        return sum(len(commits) for commits in self.unsound(anew=True).values())

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
            known = _json(self.folder / META)
            if known is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                write_json(self.folder / META, {"format": self.FORMAT, "kind": self._kind, **meta})
            elif known.get("kind") == self._kind and known.get("format", 0) < self.FORMAT:
                write_json(self.folder / META, {**known, "format": self.FORMAT})
        except OSError as error:
            raise StorageError(
                f"cannot write to {self.folder}: {error.strerror or error}; make room or mend that, "
                "and run the command again"
            ) from error

    def _read_description(self, place: Path) -> tuple[dict[str, Any], list[Segment]]:
        meta = self._read_meta(place)
        numbers = [int(name) for log in place.glob("segment-*.log") if (name := log.stem[8:]).isdigit()]
        # One whose log is lost counts as empty: those after it keep their numbers.
        return meta, [self._segment(place, number) for number in range(max(numbers, default=0) + 1)]

    def _read_meta(self, place: Path) -> dict[str, Any]:
        try:
            meta: dict[str, Any] = json.loads((place / META).read_text("utf-8"))
        except (OSError, ValueError) as error:
            home = self.folder.parent.parent
            which = f" -c {home.name}" if (home / "collection.json").exists() else ""
            raise StorageError(
                f"the journal in {self.folder} cannot be read ({error}); run: revsearch index{which}, to make it anew"
            ) from None
        if meta.get("format", 0) > self.FORMAT:
            raise StorageError(
                f"the journal in {self.folder} was made by a newer revsearch; use that version, or drop and index anew"
            )
        if meta.get("kind") != self._kind:
            raise StorageError(f"{self.folder} holds a journal of {meta.get('kind')}, not of {self._kind}")
        return meta

    def _segment(self, place: Path, number: int) -> Segment:
        return Segment(place / f"segment-{number:04d}", self.streams)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
