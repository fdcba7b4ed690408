"""Exact nearest neighbours over a vector journal, read as it lies on the disk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.code_scan import CodeScan, coded_query, products
from revsearch_tui.core.storage.distances import FARTHEST, UNIT, exact_distances, kth, kth_at_most, product_error
from revsearch_tui.core.storage.journal.codes import FEWEST_ROWS
from revsearch_tui.core.storage.journal.vectors import VectorJournal
from revsearch_tui.core.storage.product_scan import near_by_product
from revsearch_tui.core.storage.stored_rows import Block, StoredRows

if TYPE_CHECKING:
    import numpy.typing as npt

_SECONDS_A_ROW = 1e-9
_SECONDS_A_CODE = 5e-11
_SECONDS_A_BYTE = {"hamming": 2e-10, "cosine": 1e-10, "l2": 4e-10}
_ROWS_AT_ONCE = 16_384
_FEW_QUERIES = 8
_QUERIES_AT_ONCE = 2_048
_FEW_ALLOWED = 4_096
_FEWEST_READ = 8
_FEW_READ = 128


class ExactIndex:
    """The rows of one index key that are as they were stored. Distances are bits (hamming), squared lengths (l2) or
    1 - cosine; with `plain_rows` those of a row of zeros alone, and to one, are infinite.

    What is nearest is told by float64 sums that are rounded once (see `exact_distances`); what is at one distance then
    is a tie, broken by image id: a hash, so by chance but always alike. Which rows can be among the nearest is found by
    bounds below their distances, read off their codes where there are some, so that no row is passed over.
    """

    def __init__(
        self, journal: VectorJournal, *, unchecked: bool = False, plain_rows: bool = False, codes: bool = True
    ) -> None:
        """Reads what changed since it was last looked at; not so where `unchecked` rows may be among them.

        Without `codes` these are not used; the answers are the same.
        """
        self.journal, self._plain_rows = journal, plain_rows
        codes = codes and journal.metric == "cosine" and journal.rows >= FEWEST_ROWS and products() is not None
        self._stored = StoredRows(journal, unchecked=unchecked, with_codes=codes)
        self._blocks = [block.rows for block in self._stored.blocks]
        self._sampled: tuple[int, npt.NDArray[Any]] | None = None
        self.rows = self._stored.count

    @cached_property
    def coded_rows(self) -> int:
        """How many rows are searched by their codes."""
        return sum(len(block.codes.steps) for block in self._stored.blocks if block.codes is not None)

    def nearest(
        self, query: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> list[tuple[bytes, float]]:
        """The k rows nearest to one embedding (dim,): (image id, distance), nearest first, of those within reach.

        `allowed` (rows,) restricts the rows.
        """
        if self.rows == 0 or k <= 0 or self.is_plain(query):
            return []
        packed = self.journal.pack(query[None])[0]
        return self._first(*self._near(packed, k, allowed), k)

    def nearest_of_many(
        self, queries: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> list[list[tuple[bytes, float]]]:
        """The same for each of several embeddings (n, dim); where there are many, the stored rows are gone through once
        for all of them."""
        few = _FEW_QUERIES if self.coded_rows else 1
        if len(queries) <= few or self.journal.metric != "cosine" or not 0 < 8 * k <= self.rows:
            return [self.nearest(query, k, allowed) for query in queries]
        if self._plain_rows:
            allowed = ~self.plain if allowed is None else allowed & ~self.plain
        parts = [queries[start : start + _QUERIES_AT_ONCE] for start in range(0, len(queries), _QUERIES_AT_ONCE)]
        return [found for part in parts for found in self._nearest_by_product(part, k, allowed)]

    def _near(
        self, packed: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Rows among which the k nearest to a stored form (width,) are, and their distances."""
        if allowed is not None and np.count_nonzero(allowed) <= max(k, _FEW_ALLOWED):
            rows = np.flatnonzero(allowed)
            return rows, self._distances_of(packed, rows)
        if self.journal.metric == "cosine" and not packed.any():  # as far from everything
            rows = np.arange(self.rows) if allowed is None else np.flatnonzero(allowed)
            return rows, np.ones(len(rows), np.float32)
        if self._plain_rows and self._some_plain:
            allowed = ~self.plain if allowed is None else allowed & ~self.plain
        if self.coded_rows:
            return self._near_by_codes(packed, k, allowed)
        least = np.empty(self.rows, np.float32)
        for block in self._stored.blocks:
            self._at_least(block.rows, packed, least[block.start : block.start + len(block.rows)])
        if allowed is not None:
            least[~allowed] = np.inf
        bound = float(kth_at_most(least[None], k)[0])
        rows = _between(least, -np.inf, bound)
        if self.journal.metric == "hamming":
            return rows, least[rows]
        distances = self._distances_of(packed, rows)
        # Of those that are left, what may be nearer than the k-th of these.
        limit = kth(distances, k)
        if limit > bound:
            others = _between(least, bound, limit)
            rows = np.concatenate([rows, others])
            distances = np.concatenate([distances, self._distances_of(packed, others)])
        return rows, distances

    def _near_by_codes(
        self, packed: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """As `_near`, by the codes of those rows that have some."""
        limit, margin = np.inf, _margin(len(packed))
        found = [(np.zeros(0, np.int64), np.zeros(0, np.float32))]
        for start, uncoded in self._uncoded:
            least = self._at_least(uncoded, packed, np.empty(len(uncoded), np.float32))
            if allowed is not None:
                least[~allowed[start : start + len(uncoded)]] = np.inf
            limit = min(limit, float(kth_at_most(least[None], k)[0]) + 3 * margin)
            places = _between(least, -np.inf, limit)
            found.append((start + places, least[places]))
        asked = coded_query(packed)
        if asked is not None:
            found.append(self._scan.look(asked, k, allowed=allowed, limit=limit))
        rows, least = (np.concatenate(parts) for parts in zip(*found, strict=True))
        # Some are read, and then what may be nearer than the k-th of these.
        count = max(k, _FEWEST_READ)
        order = least.argpartition(count - 1) if count < len(least) else np.arange(len(least))
        first, rest = order[:count], order[count:]
        distances = self._distances_of(packed, rows[first])
        limit = kth(distances, k)
        others = np.sort(rows[rest[least[rest] <= limit]])
        if asked is not None and len(others) > _FEW_READ:
            others = others[self._scan.look_closer(others, asked) <= limit]
        if len(others):
            distances = np.concatenate([distances, self._distances_of(packed, others)])
        return np.concatenate([rows[first], others]), distances

    @cached_property
    def _scan(self) -> CodeScan:
        return CodeScan([(block.start, block.codes) for block in self._stored.blocks if block.codes is not None])

    @cached_property
    def _uncoded(self) -> list[tuple[int, npt.NDArray[Any]]]:
        """The rows that are not searched by codes, and the number of the first of each."""
        ends = [len(block.codes.steps) if block.codes is not None else 0 for block in self._stored.blocks]
        parts = [(block.start + end, block.rows[end:]) for block, end in zip(self._stored.blocks, ends, strict=True)]
        return [(start, rows) for start, rows in parts if len(rows)]

    def _at_least(
        self, rows: npt.NDArray[Any], packed: npt.NDArray[Any], into: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Put in (n,) what no distance of rows (n, width) to a stored form (width,) is less than; for hamming, the
        distances. Infinite where there is none."""
        metric = self.journal.metric
        _rough_distances(metric, rows, packed, into)
        if metric == "cosine":
            into -= np.float32(_margin(len(packed)))
        elif metric == "l2":
            into *= np.float32(1 - 2 * product_error(len(packed) + 4))
        if metric != "hamming":
            np.copyto(into, np.inf, where=~np.isfinite(into))
        return into

    def _distances_of(self, packed: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The distances of some rows to a stored form (width,)."""
        metric = self.journal.metric
        found = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            stored = self._stored.read(rows[start : start + _ROWS_AT_ONCE])
            into = found[start : start + _ROWS_AT_ONCE]
            if metric == "hamming":
                _rough_distances(metric, stored, packed, into)
            else:
                into[:] = exact_distances(metric, stored, packed)
            if self._plain_rows:
                into[~stored.any(axis=1)] = np.inf
        return found

    def _first(
        self, rows: npt.NDArray[np.int64], distances: npt.NDArray[np.float32], k: int
    ) -> list[tuple[bytes, float]]:
        """The k nearest of some rows, in order."""
        there = np.isfinite(distances)
        rows, distances = rows[there], distances[there]
        if len(rows) > k:
            last = np.partition(distances, k - 1)[k - 1]
            nearer, tied = np.flatnonzero(distances < last), np.flatnonzero(distances == last)
            if len(tied) > 2 * k:  # of many, those whose ids may be the least
                words = self._stored.first_words(rows[tied])
                wanted = k - len(nearer) - 1
                tied = tied[words <= np.partition(words, wanted)[wanted]]
            chosen = np.concatenate([nearer, tied])
            rows, distances = rows[chosen], distances[chosen]
        found = sorted(zip(distances.tolist(), self._stored.ids_of(rows), strict=True))
        return [(image_id, distance) for distance, image_id in found[:k]]

    def _nearest_by_product(
        self, queries: npt.NDArray[Any], k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> list[list[tuple[bytes, float]]]:
        """The k nearest rows of many queries (n, dim) by cosine, by matrix products with some rows at a time."""
        # Each by itself: where it lies among others changes the last digit of its length.
        packed = np.concatenate([self.journal.pack(query[None]) for query in queries])
        near = None
        if packed.any(axis=1).all():  # from zeros everything is as far
            near = near_by_product(self._blocks, packed, k, allowed, _margin(packed.shape[1]))
        if near is None:
            return [self.nearest(query, k, allowed) for query in queries]
        wanted, which = np.unique(np.concatenate(near), return_inverse=True)
        stored = self._stored.read(wanted)
        ends = np.cumsum([len(rows) for rows in near])[:-1]
        return [
            self._first(rows, exact_distances("cosine", stored[places], query), k)
            for rows, places, query in zip(near, np.split(which, ends), packed, strict=True)
        ]

    def distances(self, query: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The distance of every row to one embedding (dim,): (rows,) float32, summed in float32."""
        if self.is_plain(query):
            return np.full(self.rows, np.inf, np.float32)
        packed = self.journal.pack(query[None])[0]
        found = np.empty(self.rows, np.float32)
        for block in self._stored.blocks:
            into = found[block.start : block.start + len(block.rows)]
            _rough_distances(self.journal.metric, block.rows, packed, into)
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
        return np.concatenate([_are_plain(block) for block in self._stored.blocks] or [np.zeros(0, np.bool_)])

    @cached_property
    def _some_plain(self) -> bool:
        return bool(self.plain.any())

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
            wanted = np.linspace(0, self.rows - 1, min(most, self.rows)).astype(np.int64)
            self._sampled = most, self._unpacked(self._stored.read(wanted))
        return self._sampled[1]

    def id_of(self, row: int) -> bytes:
        """The image id of a row."""
        if not 0 <= row < self.rows:
            raise IndexError(row)
        return self._stored.ids_of(np.array([row]))[0]

    def ids(self) -> set[bytes]:
        """The ids of all rows."""
        return {value for block in self._stored.blocks for value in block.ids.tolist()}

    def row_of(self, image_id: bytes) -> int | None:
        """The row of an image id."""
        return self._stored.row_of(image_id)

    def stored(self, image_ids: Sequence[bytes]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """The stored rows (n, width) of pictures, bits as 64-bit words; and (n,) true where there is one, others being
        zeros."""
        rows = self._stored.rows_of(image_ids)
        return self._stored.read(rows), rows >= 0

    def embeddings(self, image_ids: Sequence[bytes]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """As `stored`, but embeddings (n, dim), bits as zeros and ones."""
        rows, has = self.stored(image_ids)
        return self._unpacked(rows), has

    def mask(self, image_ids: Collection[bytes]) -> npt.NDArray[np.bool_]:
        """(rows,) true where the row is one of these pictures."""
        chosen = np.zeros(self.rows, bool)
        rows = self._stored.rows_of(list(image_ids))
        chosen[rows[rows >= 0]] = True
        return chosen

    def embedding(self, image_id: bytes) -> npt.NDArray[Any] | None:
        """The stored embedding (dim,) of a picture, bits as zeros and ones."""
        row = self.row_of(image_id)
        if row is None:
            return None
        found: npt.NDArray[Any] = self._unpacked(self._stored.read(np.array([row])))[0]
        return found

    def _unpacked(self, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self.journal.unpack(stored.view(np.uint8) if self.journal.metric == "hamming" else stored)


def exact_seconds(metric: str, dim: int, rows: int, coded: int = 0) -> float:
    """About how long an exact search of so many embeddings takes, of which some are coded: see `benchmarks approximate`
    and `benchmarks scale`."""
    width = -(-dim // 64) * 8 if metric == "hamming" else dim * 4
    return (rows - coded) * (_SECONDS_A_ROW + width * _SECONDS_A_BYTE[metric]) + coded * dim * _SECONDS_A_CODE


def _margin(dim: int) -> float:
    """How far 1 - the float32 product of two unit vectors may be above their distance."""
    return 1.001 * product_error(dim) + 8 * UNIT


def _between(least: npt.NDArray[np.float32], above: float, up_to: float) -> npt.NDArray[np.int64]:
    """The rows of finite numbers that are greater than one, and at most another."""
    there = least <= min(up_to, FARTHEST)
    if above > -np.inf:
        there &= least > above
    return np.flatnonzero(there)


def _are_plain(block: Block) -> npt.NDArray[np.bool_]:
    coded = len(block.codes.steps) if block.codes is not None else 0
    read: npt.NDArray[np.bool_] = np.asarray(~block.rows[coded:].any(axis=1))
    return read if block.codes is None else np.concatenate([(block.codes.steps == 0) & (block.codes.errors == 0), read])


def _rough_distances(
    metric: str, rows: npt.NDArray[Any], packed: npt.NDArray[Any], into: npt.NDArray[np.float32]
) -> None:
    """Put the distances of rows (n, width) to a stored form (width,), summed in float32, into (n,) numbers."""
    if metric == "cosine":
        np.subtract(np.float32(1), rows @ packed, out=into)
        return
    words = np.tile(packed.view(np.uint64), min(len(rows), _ROWS_AT_ONCE)) if metric == "hamming" else packed
    for start in range(0, len(rows), _ROWS_AT_ONCE):  # what is made of these stays in the cache
        part = rows[start : start + _ROWS_AT_ONCE]
        if metric == "hamming":
            _differing_bits(part, words[: part.size], into[start : start + _ROWS_AT_ONCE])
        else:
            differences = part - packed
            np.einsum("ij,ij->i", differences, differences, out=into[start : start + _ROWS_AT_ONCE])


def _differing_bits(rows: npt.NDArray[np.uint64], words: npt.NDArray[np.uint64], into: npt.NDArray[np.float32]) -> None:
    """Put in how many bits each row of (rows, n) differs from a form, given once a row, into (rows,) numbers."""
    bits: npt.NDArray[Any] = np.bitwise_count(rows.ravel() ^ words)
    width = rows.shape[1]
    # Neighbours are added as halves of one number: numpy is slow along short rows.
    while width % 2 == 0 and bits.itemsize < 8:
        half = bits.itemsize * 8
        pairs = bits.view(f"u{2 * bits.itemsize}")
        bits = (pairs & ((1 << half) - 1)) + (pairs >> half)
        width //= 2
    into[:] = bits if width == 1 else np.einsum("ij->i", bits.reshape(len(rows), width).astype(np.float32))
