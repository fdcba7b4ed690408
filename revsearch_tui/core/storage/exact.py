"""Exact nearest neighbours over a vector journal, read as it lies on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.journal.vectors import VectorJournal

if TYPE_CHECKING:
    import numpy.typing as npt


_FEW_WORDS = 8
_FEW_LOOKUPS = 8
_SECONDS_A_ROW = 7e-9
_SECONDS_A_BYTE = {"hamming": 5e-10, "cosine": 1e-10, "l2": 4e-10}


class ExactIndex:
    """The rows of one index key that are as they were stored. Distances are bits (hamming), squared lengths (l2) or
    1 - cosine; with `plain_rows` those of a row of zeros alone, and to one, are infinite."""

    def __init__(self, journal: VectorJournal, *, unchecked: bool = False, plain_rows: bool = False) -> None:
        """Reads what changed since it was last looked at; not so where `unchecked` rows may be among them."""
        self.journal, self._plain_rows = journal, plain_rows
        found = journal.consistent(journal.all_blocks if unchecked else journal.sound_blocks)
        self._blocks, self._ids = [rows for rows, _ in found], [ids for _, ids in found]
        self._rows_by_id: dict[bytes, int] | None = None
        self._lookups = 0
        self._sampled: tuple[int, npt.NDArray[Any]] | None = None
        if journal.metric == "hamming":
            self._blocks = [block.view(np.uint64) for block in self._blocks]
        self.rows = sum(len(block) for block in self._blocks)

    def nearest(
        self, query: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> list[tuple[bytes, float]]:
        """The k rows nearest to one embedding (dim,): (image id, distance), nearest first, of those within reach.

        `allowed` (rows,) restricts the rows. Ties are broken by image id: a hash, so by chance but always alike.
        """
        if self.rows == 0 or k <= 0:
            return []
        return self._nearest(self.distances(query), k, allowed)

    def nearest_of_many(
        self, queries: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> list[list[tuple[bytes, float]]]:
        """The same for each of several embeddings (n, dim); the stored rows are gone through once for all of them."""
        if self.rows == 0 or k <= 0:
            return [[] for _ in queries]
        if len(queries) == 1 or self.journal.metric != "cosine" or self._plain_rows:
            return [self.nearest(query, k, allowed) for query in queries]
        return [self._nearest(distances, k, allowed) for distances in self.distances_of_many(queries)]

    def _nearest(
        self, distances: npt.NDArray[np.float32], k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> list[tuple[bytes, float]]:
        if allowed is not None:
            distances = np.where(allowed, distances, np.inf)
        if k < self.rows:
            nearest = np.argpartition(distances, k - 1)[:k]
            if self.journal.metric == "hamming":  # whole numbers: many rows may share the k-th distance
                nearest = np.flatnonzero(distances <= distances[nearest].max())
        else:
            nearest = np.arange(self.rows)
        found = [(self.id_of(int(row)), float(distances[row])) for row in nearest if np.isfinite(distances[row])]
        found.sort(key=lambda pair: (pair[1], pair[0]))
        return found[:k]

    def distances(self, query: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The distance of every row to one embedding (dim,): (rows,) float32."""
        if self.is_plain(query):
            return np.full(self.rows, np.inf, np.float32)
        packed = self.journal.pack(query[None])[0]
        if self.journal.metric == "hamming":
            words = packed.view(np.uint64)
            parts = [_differing_bits(block, words) for block in self._blocks]
        elif self.journal.metric == "cosine":
            parts = [np.float32(1) - block @ packed for block in self._blocks]
        else:
            parts = [np.square(block - packed).sum(axis=1) for block in self._blocks]
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if self._plain_rows:
            found[self.plain] = np.inf
        return found

    def is_plain(self, embedding: npt.NDArray[Any]) -> bool:
        """Whether an embedding (dim,) says that its picture is too plain to tell."""
        return self._plain_rows and not embedding.any()

    @cached_property
    def plain(self) -> npt.NDArray[np.bool_]:
        """(rows,) true where the picture is too plain to tell."""
        if not self._plain_rows:
            return np.zeros(self.rows, np.bool_)
        return np.concatenate([~block.any(axis=1) for block in self._blocks] or [np.zeros(0, np.bool_)])

    def distances_of_many(self, queries: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The distance of every row to each of several embeddings (n, dim): (n, rows) float32."""
        if self.journal.metric != "cosine":
            return np.array([self.distances(query) for query in queries], np.float32).reshape(len(queries), self.rows)
        packed = self.journal.pack(queries)
        parts = [np.float32(1) - packed @ block.T for block in self._blocks]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(queries), 0), np.float32)

    def sample(self, most: int) -> npt.NDArray[Any]:
        """At most so many stored embeddings (n, dim), evenly spaced over the rows; bits as zeros and ones."""
        if self._sampled is None or self._sampled[0] != most:
            wanted = np.linspace(0, self.rows - 1, min(most, self.rows)).astype(np.intp)
            parts, start = [], 0
            for block in self._blocks:
                within = wanted[(wanted >= start) & (wanted < start + len(block))] - start
                stored = block[within]
                parts.append(stored.view(np.uint8) if self.journal.metric == "hamming" else stored)
                start += len(block)
            self._sampled = most, self.journal.unpack(np.concatenate(parts))
        return self._sampled[1]

    def id_of(self, row: int) -> bytes:
        """The image id of a row."""
        for block in self._ids:
            if row < len(block):
                return bytes(block[row])
            row -= len(block)
        raise IndexError(row)

    def ids(self) -> set[bytes]:
        """The ids of all rows."""
        return {value for block in self._ids for value in block.tolist()}

    def row_of(self, image_id: bytes) -> int | None:
        """The row of an image id."""
        if self._rows_by_id is None and self._lookups < _FEW_LOOKUPS:
            self._lookups += 1
            return self._find(image_id)
        return self._table().get(image_id)

    def _find(self, image_id: bytes) -> int | None:
        start = 0
        for block in self._ids:
            # The first 8 bytes of the ids narrow it down without the table, which takes a while to make.
            words = block.view(np.uint64).reshape(len(block), -1)[:, 0]
            for row in np.flatnonzero(words == np.frombuffer(image_id, np.uint64, 1)[0]):
                if bytes(block[row]) == image_id:
                    return start + int(row)
            start += len(block)
        return None

    def _table(self) -> dict[bytes, int]:
        if self._rows_by_id is None:
            ids = [bytes(value) for block in self._ids for value in block.tolist()]
            self._rows_by_id = {value: row for row, value in enumerate(ids)}
        return self._rows_by_id

    def stored(self, image_ids: Sequence[bytes]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """The stored rows (n, width) of pictures, bits as 64-bit words; and (n,) true where there is one, others being
        zeros."""
        found_at = (self.row_of(image_id) for image_id in image_ids)
        rows = np.array([-1 if row is None else row for row in found_at], np.int64)
        kind = np.uint64 if self.journal.metric == "hamming" else np.float32
        width = self._blocks[0].shape[1] if self._blocks else 1
        found = np.zeros((len(rows), width), kind)
        start = 0
        for block in self._blocks:
            within = (rows >= start) & (rows < start + len(block))
            found[within] = block[rows[within] - start]
            start += len(block)
        return found, rows >= 0

    def embeddings(self, image_ids: Sequence[bytes]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """As `stored`, but embeddings (n, dim), bits as zeros and ones."""
        rows, has = self.stored(image_ids)
        return self.journal.unpack(rows.view(np.uint8) if self.journal.metric == "hamming" else rows), has

    def mask(self, image_ids: set[bytes]) -> npt.NDArray[np.bool_]:
        """(rows,) true where the row is one of these pictures."""
        chosen = np.zeros(self.rows, bool)
        for image_id in image_ids:
            row = self._table().get(image_id)
            if row is not None:
                chosen[row] = True
        return chosen

    def embedding(self, image_id: bytes) -> npt.NDArray[Any] | None:
        """The stored embedding (dim,) of a picture, bits as zeros and ones."""
        row = self.row_of(image_id)
        if row is None:
            return None
        for block in self._blocks:
            if row < len(block):
                stored = block[row : row + 1]
                if self.journal.metric == "hamming":
                    stored = stored.view(np.uint8)
                found: npt.NDArray[Any] = self.journal.unpack(stored)[0]
                return found
            row -= len(block)
        return None


def exact_seconds(metric: str, dim: int, rows: int) -> float:
    """About how long an exact search of so many embeddings in memory takes: see `benchmarks approximate`."""
    width = -(-dim // 64) * 8 if metric == "hamming" else dim * 4
    return rows * (_SECONDS_A_ROW + width * _SECONDS_A_BYTE[metric])


def _differing_bits(block: npt.NDArray[np.uint64], words: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
    """(rows,) float32: in how many bits each row of (rows, n) differs from (n,)."""
    if len(words) > _FEW_WORDS:
        return np.asarray(np.einsum("ij->i", np.bitwise_count(block ^ words), dtype=np.float32))
    # Short rows are added column by column: summing along them was measured to take up to eight times as long.
    total: npt.NDArray[np.float32] = np.bitwise_count(block[:, 0] ^ words[0]).astype(np.float32)
    for column in range(1, len(words)):
        total += np.bitwise_count(block[:, column] ^ words[column])
    return total
