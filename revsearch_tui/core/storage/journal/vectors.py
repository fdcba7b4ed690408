"""The journal of embeddings: exact search reads it as it lies on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.journal.folders import new_folder, replace_folder
from revsearch_tui.core.storage.journal.rows import ID_BYTES, RowJournal
from revsearch_tui.core.storage.journal.segment import Segment

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
                norms = np.linalg.norm(rows, axis=1, keepdims=True)
                if not (_SAFE_NORMS[0] < norms.min(initial=1) and norms.max(initial=1) < _SAFE_NORMS[1]):
                    # Squares of very small or large numbers are no float32 any more.
                    norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
                rows = (rows / np.where(norms > 0, norms, 1)).astype(np.float32, copy=False)
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

    def all_blocks(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[np.void]]]:
        """As `blocks`, each with its ids (n_i,) of 32-byte voids."""
        return [self._mapped(segment) for segment in self.segments if segment.rows]

    def sound_blocks(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[np.void]]]:
        """As `all_blocks`, without the rows of damaged commits."""
        found = []
        for segment, start, stop in self.sound_ranges():
            rows, ids = self._mapped(segment)
            found.append((rows[start:stop], ids[start:stop]))
        return found

    def _mapped(self, segment: Segment) -> tuple[npt.NDArray[Any], npt.NDArray[np.void]]:
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
