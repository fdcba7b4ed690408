"""The rows of a vector journal that are as they were stored, as one long list: read by number, found by image id."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.journal.codes import Codes, read_codes
from revsearch_tui.core.storage.journal.rows import ID_BYTES

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.storage.journal.vectors import VectorJournal

_ID = np.dtype((np.void, ID_BYTES))
_FEW_LOOKUPS = 8
_FEW_READS = 4_096


@dataclass(frozen=True, slots=True)
class Block:
    """Rows (n, width) that lie one after another on the disk, memory-mapped, with their ids (n,)."""

    start: int
    """The number of the first row."""
    rows: npt.NDArray[Any]
    ids: npt.NDArray[np.void]
    codes: Codes | None
    """Of the first of the rows."""
    file: _File | None
    """That of the rows, where it is wanted."""


class _File:
    """A file, open until it is let go of; the first byte of the block's rows."""

    def __init__(self, path: os.PathLike[str], offset: int) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        self.offset = offset
        weakref.finalize(self, os.close, self.descriptor)


class StoredRows:
    """Opened once; what is committed later is not among them. Hamming rows are whole 64-bit words, others float32."""

    def __init__(self, journal: VectorJournal, *, unchecked: bool, with_codes: bool) -> None:
        """All rows where `unchecked`, else those of sound commits; with their codes, as far as there are some."""
        self._journal = journal
        self.blocks = journal.consistent(lambda: list(self._read(unchecked, with_codes)))
        self.count = sum(len(block.rows) for block in self.blocks)
        self._starts = np.array([block.start for block in self.blocks], np.int64)
        self._lookups = 0
        files = [(block.file.descriptor, block.file.offset) for block in self.blocks if block.file is not None]
        self._files, self._offsets = np.array(files, np.int64).reshape(-1, 2).T

    def _read(self, unchecked: bool, with_codes: bool) -> Iterator[Block]:
        journal = self._journal
        kind = np.uint64 if journal.metric == "hamming" else np.float32
        ranges = [(each, 0, each.rows) for each in journal.segments if each.rows]
        codes: dict[str, Codes | None] = {}
        if with_codes:
            codes = dict(zip((each.stem.name for each in journal.segments), read_codes(journal), strict=True))
        total = 0
        for segment, start, stop in ranges if unchecked else journal.sound_ranges():
            rows, ids = journal.mapped(segment)
            coded, file = codes.get(segment.stem.name), None
            coded = coded.part(start, stop) if coded is not None and len(coded.steps) > start else None
            # Where there are codes rows are read from their file, if the system can do that at a place: of a map, pages
            # about each of them would stay in memory.
            if any(each is not None for each in codes.values()) and hasattr(os, "pread"):
                file = _File(segment.path("vec"), start * rows.strides[0])
            yield Block(total, rows[start:stop].view(kind), ids[start:stop], coded, file)
            total += stop - start

    def _block_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        at: npt.NDArray[np.intp] = self._starts.searchsorted(rows, side="right")
        return at - 1

    def by_block(self, rows: npt.NDArray[np.int64]) -> Iterator[tuple[Block, npt.NDArray[np.intp]]]:
        """Each block that holds some of the rows, and which of them; rows below 0 are in none."""
        at = self._block_of(rows)
        for number in np.unique(at[rows >= 0]):
            yield self.blocks[number], np.flatnonzero(at == number)

    def read(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """These rows (n, width), zeros for numbers below 0."""
        if 0 < len(rows) <= _FEW_READS * len(self._files):
            found = self._read_from_files(np.maximum(rows, 0))
            if found is not None:
                found[rows < 0] = 0
                return found
        width = self.blocks[0].rows.shape[1] if self.blocks else 1
        found = np.zeros((len(rows), width), np.uint64 if self._journal.metric == "hamming" else np.float32)
        for block, places in self.by_block(rows):
            found[places] = block.rows[rows[places] - block.start]
        return found

    def _read_from_files(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any] | None:
        """These rows (n, width); None where a file ends before one of them."""
        at, (_, width), size = self._block_of(rows), self.blocks[0].rows.shape, self.blocks[0].rows.strides[0]
        starts = self._offsets[at] + (rows - self._starts[at]) * size
        content = bytearray().join(map(os.pread, self._files[at].tolist(), repeat(size), starts.tolist()))
        found = np.frombuffer(content, self.blocks[0].rows.dtype)
        return found.reshape(-1, width) if len(content) == size * len(rows) else None

    def ids_of(self, rows: npt.NDArray[np.int64]) -> list[bytes]:
        """The image ids of rows."""
        blocks = [self.blocks[number] for number in self._block_of(rows).tolist()]
        return [block.ids[row - block.start].tobytes() for block, row in zip(blocks, rows.tolist(), strict=True)]

    def _ids_at(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
        found = np.zeros(len(rows), _ID)
        for block, places in self.by_block(rows):
            found[places] = block.ids[rows[places] - block.start]
        return found

    def first_words(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """The first 8 bytes of the image ids of rows, as numbers in the order of the ids."""
        found = np.zeros(len(rows), np.uint64)
        for block, places in self.by_block(rows):
            found[places] = _words(block)[rows[places] - block.start].byteswap()
        return found

    def row_of(self, image_id: bytes) -> int | None:
        """The row of an image id."""
        self._lookups += 1
        row = int(self.rows_of([image_id])[0]) if self._lookups > _FEW_LOOKUPS else self._find(image_id)
        return None if row < 0 else row

    def rows_of(self, image_ids: Sequence[bytes]) -> npt.NDArray[np.int64]:
        """(n,) the row of each image id, -1 where there is none."""
        rows = np.full(len(image_ids), -1, np.int64)
        if not self.count or not len(image_ids):
            return rows
        order, words = self._sorted
        ids = b"".join(image_ids)
        asked = np.frombuffer(ids, np.uint64).reshape(len(rows), -1)[:, 0]
        at = np.searchsorted(words, asked, side="right") - 1
        likely = np.flatnonzero((at >= 0) & (words[at] == asked))
        rows[likely] = order[at[likely]]
        same = self._ids_at(rows[likely]) == np.frombuffer(ids, _ID)[likely]
        for place in likely[~same].tolist():  # two ids that begin alike
            rows[place] = self._find(image_ids[place])
        return rows

    def _find(self, image_id: bytes) -> int:
        # The first 8 bytes of the ids narrow it down without sorting them, which takes a while.
        (asked,) = np.frombuffer(image_id, np.uint64, 1)
        for block in reversed(self.blocks):
            for row in np.flatnonzero(_words(block) == asked)[::-1]:
                if bytes(block.ids[row]) == image_id:
                    return block.start + int(row)
        return -1

    @cached_property
    def _sorted(self) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint64]]:
        """The rows in the order of the first 8 bytes of their ids, and these. Of equal ids the last row is found."""
        words = np.concatenate([_words(block) for block in self.blocks])
        order = np.argsort(words, kind="stable")
        return order.astype(np.int32 if self.count < 1 << 31 else np.int64), words[order]


def _words(block: Block) -> npt.NDArray[np.uint64]:
    return block.ids.view(np.uint64).reshape(len(block.ids), -1)[:, 0]
