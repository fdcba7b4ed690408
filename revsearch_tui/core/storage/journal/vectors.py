"""The journal of embeddings, which exact search reads as it lies on the disk, and that of local features, one blob a
picture.
"""

from __future__ import annotations

import mmap
import shutil
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.journal.folders import new_folder, replace_folder
from revsearch_tui.core.storage.journal.rows import ID_BYTES, RowJournal
from revsearch_tui.core.storage.journal.segment import Segment, is_remembered, read_memory

if TYPE_CHECKING:
    import numpy.typing as npt

_SAFE_NORMS = (1e-15, 1e18)


class VectorJournal(RowJournal):
    """Embeddings of one index key: float32 rows, of unit length for cosine, or packed bits for hamming."""

    def __init__(self, folder: Path, *, metric: str | None = None, dim: int | None = None) -> None:
        """Open; with metric and dim, make it where it is missing. Raises `StorageError`."""
        meta = None if metric is None else {"metric": metric, "dim": dim}
        super().__init__(folder, "vectors", ("vec",), meta)
        self.metric: str = self.meta["metric"]
        self.dim: int = self.meta["dim"]

    @property
    def width(self) -> int:
        """Numbers a stored row: bytes of packed bits, padded to whole 64-bit words, or floats."""
        return -(-self.dim // 64) * 8 if self.metric == "hamming" else self.dim

    @property
    def dtype(self) -> npt.DTypeLike:
        return np.uint8 if self.metric == "hamming" else np.float32

    @property
    def row_bytes(self) -> int:
        """Bytes of one stored row."""
        return self.width * np.dtype(self.dtype).itemsize

    def pack(self, embeddings: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Embeddings (n, dim) as a method makes them, in the stored form (n, width)."""
        if self.metric == "hamming":
            packed = np.zeros((len(embeddings), self.width), np.uint8)
            bits = np.packbits(embeddings.astype(bool), axis=1)
            packed[:, : bits.shape[1]] = bits
            return packed
        rows = np.ascontiguousarray(embeddings, np.float32)
        if self.metric == "cosine":
            with np.errstate(all="ignore"):
                norms = np.sqrt(np.add.reduce(rows * rows, axis=1, keepdims=True))
                if _SAFE_NORMS[0] < norms.min(initial=1) and norms.max(initial=1) < _SAFE_NORMS[1]:
                    return rows / norms
                # Squares of very small or large numbers are no float32 any more.
                norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
                return (rows / np.where(norms > 0, norms, 1)).astype(np.float32, copy=False)
        return rows

    def unpack(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Stored rows as float32 (n, dim), bits as zeros and ones: the form ChromaDB keeps."""
        if self.metric == "hamming":
            return np.unpackbits(rows, axis=1)[:, : self.dim].astype(np.float32)
        return np.asarray(rows, np.float32)

    def append(self, ids: Sequence[bytes], embeddings: npt.NDArray[Any]) -> None:
        """Commit embeddings (n, dim). Raises `StorageError` where the disk does not take them."""
        rows = self.pack(embeddings)
        self.append_rows(ids, {"vec": rows.tobytes()})

    def blocks(self) -> list[npt.NDArray[Any]]:
        """The stored rows (n_i, width), memory-mapped, one array a segment."""
        return [rows for rows, _ in self.all_blocks()]

    def rows_at(self, numbers: Sequence[int]) -> npt.NDArray[Any]:
        """The stored rows (n, width) of these numbers, which are in ascending order."""
        chosen = np.asarray(numbers, np.int64)
        found = np.empty((len(chosen), self.width), self.dtype)
        first = 0
        for block in self.blocks():
            begin, end = np.searchsorted(chosen, (first, first + len(block)))
            found[begin:end] = block[chosen[begin:end] - first]
            first += len(block)
        return found

    def all_blocks(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[np.void]]]:
        """As `blocks`, each with its ids (n_i,) of 32-byte voids."""
        return [self.mapped(segment) for segment in self.segments if segment.rows]

    def sound_blocks(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[np.void]]]:
        """As `all_blocks`, without the rows of damaged commits."""
        found = []
        for segment, start, stop in self.sound_ranges():
            rows, ids = self.mapped(segment)
            found.append((rows[start:stop], ids[start:stop]))
        return found

    def mapped(self, segment: Segment) -> tuple[npt.NDArray[Any], npt.NDArray[np.void]]:
        """A segment's rows and ids, as they lie on the disk."""
        rows = np.memmap(segment.path("vec"), self.dtype, "r", shape=(segment.rows, self.width))
        ids = np.memmap(segment.path("ids"), np.dtype((np.void, ID_BYTES)), "r", shape=(segment.rows,))
        return np.asarray(rows), np.asarray(ids)

    def compact(self, keep: set[bytes] | None) -> None:
        """For the writer: rewrite without damaged rows, those whose id is not in `keep`, and repeated ids.

        Raises `StorageError` or OSError, and then the journal is as it was.
        """
        replacement = new_folder(self.folder)
        try:
            self._copy_to(VectorJournal(replacement, metric=self.metric, dim=self.dim), keep)
            replace_folder(self.folder, replacement)
        finally:
            shutil.rmtree(replacement, ignore_errors=True)
        self.reopen()

    def _copy_to(self, target: VectorJournal, keep: set[bytes] | None) -> None:
        seen: set[bytes] = set()
        for block, id_block in self.sound_blocks():
            ids = [bytes(value) for value in id_block.tolist()]
            chosen = []
            for row, image_id in enumerate(ids):
                if (keep is None or image_id in keep) and image_id not in seen:
                    seen.add(image_id)
                    chosen.append(row)
            for start in range(0, len(chosen), 8192):
                part = chosen[start : start + 8192]
                target.append_rows([ids[row] for row in part], {"vec": block[part].tobytes()})


class BlobJournal(RowJournal):
    """Features of one index key, by image id. `damaged_ids`: asked for, and not what was stored."""

    FORMAT = 2
    """1 had no compact form of features."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open; with `create`, make it where it is missing. Raises `StorageError`."""
        super().__init__(folder, "blobs", ("blob", "end"), {} if create else None)
        self.damaged_ids: set[bytes] = set()
        self._index: _Index | None = None

    def append(self, ids: Sequence[bytes], blobs: Sequence[bytes]) -> None:
        """Commit blobs. Raises `StorageError` where the disk does not take them."""
        if not ids:
            return
        start = 0 if self.is_full() else self.segments[-1].ends[1]
        ends: npt.NDArray[np.uint64] = start + np.cumsum([len(blob) for blob in blobs], dtype=np.uint64)
        self.append_rows(ids, {"blob": b"".join(blobs), "end": ends.tobytes()})
        self._index = None

    def get(self, image_id: bytes) -> memoryview | None:
        """The blob of a picture, or None where there is none that is as it was stored."""
        if self._index is None:
            self._index = self.consistent(self._read_index)
        place = self._index.places.get(image_id)
        if place is None:
            return None
        number, row, start, end = place
        part = self._index.parts[number]
        if not part.is_sound(row):
            self.damaged_ids.add(image_id)
            return None
        return memoryview(part.mapped)[start:end]

    def has(self) -> set[bytes]:
        """The ids of all blobs but those in damaged commits, as far as these are known."""
        if self._index is None:
            self._index = self.consistent(self._read_index)
        return set(self._index.places)

    def truncate(self, rows: int) -> None:
        """For the writer: undo commits from the end until at most `rows` rows remain."""
        self._index = None
        super().truncate(rows)

    def compact(self, keep: set[bytes] | None) -> None:
        """For the writer: rewrite without damaged blobs, and those whose id is not in `keep`; in the order of first
        appearance.

        Raises `StorageError` or OSError, and then the journal is as it was.
        """
        replacement = new_folder(self.folder)
        try:
            target = BlobJournal(replacement, create=True)
            wanted = self.has() if keep is None else self.has() & keep
            chosen = [image_id for image_id in dict.fromkeys(self.ids()) if image_id in wanted]
            for start in range(0, len(chosen), 256):
                found = [(image_id, self.get(image_id)) for image_id in chosen[start : start + 256]]
                sound = [(image_id, bytes(blob)) for image_id, blob in found if blob is not None]
                target.append([image_id for image_id, _ in sound], [blob for _, blob in sound])
            self._index = None
            replace_folder(self.folder, replacement)
        finally:
            shutil.rmtree(replacement, ignore_errors=True)
        self.reopen()

    def _read_index(self) -> _Index:
        """Every segment's blobs, memory-mapped, and the place of every blob.

        All files are opened here, so that blobs are those of their ids even if a compaction replaces the files later.
        """
        memory = read_memory(self.place)
        index = _Index([], {})
        for number, segment in enumerate(self.segments):
            if not segment.rows:
                index.parts.append(_Part(segment, b"", {}))
                continue
            with segment.path("blob").open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            known: dict[int, bool] = {}
            if is_remembered(memory, segment):
                known = dict.fromkeys(range(len(segment.commits)), True)
                unsound = memory[segment.stem.name]["unsound"]
            else:  # the blobs themselves may be many: each commit is looked at when it is used
                unsound = segment.damaged_commits(("ids", "end"))
            known |= dict.fromkeys(unsound, False)
            part = _Part(segment, mapped, known)
            index.parts.append(part)
            ids = segment.path("ids").read_bytes()
            ends = np.fromfile(segment.path("end"), np.uint64, segment.rows).tolist()
            start = 0
            for commit, state in enumerate(segment.commits):
                if commit not in unsound:
                    for row in range(*segment.rows_of(commit)):
                        index.places[ids[row * ID_BYTES : (row + 1) * ID_BYTES]] = (number, row, start, ends[row])
                        start = ends[row]
                start = state.ends[1]  # what a damaged commit says of its own ends means nothing
        return index


@dataclass(slots=True)
class _Part:
    """The blobs of a segment, and of which of its commits it is known whether they are sound."""

    segment: Segment
    mapped: mmap.mmap | bytes
    known: dict[int, bool]

    def is_sound(self, row: int) -> bool:
        """Whether the blobs that were stored together with this row's are as they were."""
        commits = self.segment.commits
        number = bisect_right(commits, row, key=lambda commit: commit.rows)
        if number not in self.known:
            start = commits[number - 1].ends[1] if number else 0
            stored = memoryview(self.mapped)[start : commits[number].ends[1]]
            self.known[number] = zlib.crc32(stored) == commits[number].sums[1]
        return self.known[number]


@dataclass(frozen=True, slots=True)
class _Index:
    """`places`: image id -> number of its part, row, start and end of its blob."""

    parts: list[_Part]
    places: dict[bytes, tuple[int, int, int, int]]


def without_blobs(journal: VectorJournal, blobs: BlobJournal) -> set[bytes] | None:
    """For the writer: cut off blobs of no embedding. Where embeddings lack theirs, the ids to keep; else None.

    Blobs are written first, so an interruption leaves too many at the end.
    """
    ids, blob_ids = journal.ids(), blobs.ids()
    if blob_ids[: len(ids)] == ids:
        blobs.truncate(len(ids))
        return None
    kept = set(blob_ids)
    return None if kept.issuperset(ids) else kept
