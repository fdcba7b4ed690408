"""The nearest rows of many queries at once, and whole galleries in order: exact, in blocks of queries.

Distances are bits (hamming), 1 - cosine (of unit vectors) or squared lengths (l2). Ties are broken by the caller's
order. A row that is excluded for a query is not in that query's gallery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.storage.distances import UNIT, kth_at_most, lengths, product_error, rounded

if TYPE_CHECKING:
    import numpy.typing as npt

_BLOCK_BYTES = 48_000_000
_ROWS_AT_ONCE = 4096


def nearest(
    queries: npt.NDArray[Any],
    gallery: npt.NDArray[Any],
    k: int,
    metric: str,
    *,
    exclude: Sequence[Sequence[int]] | None,
    order: npt.NDArray[Any],
    block: int | None = None,
    plain_rows: bool = False,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The k rows nearest to each query: positions (queries, k) and distances (queries, k), nearest first.

    `queries` (queries, dim) and `gallery` (n, dim) are uint8 zeros and ones for hamming, else float32. `exclude` gives
    the positions that are not in each query's gallery, `order` (n,) the numbers by which ties are broken, least first,
    `block` the queries worked on at a time, else what some 50 MB hold. With `plain_rows` rows of zeros alone are in no
    gallery, and near nothing as queries. Where fewer than k rows are left, the rest has position -1 and an infinite
    distance.

    Distances are float64 sums, at least 0, rounded to float32; what is alike then is a tie. They depend neither on the
    block nor on where a row lies: a float32 matrix product only finds which rows can be among the nearest.
    """
    position = np.argsort(order, kind="stable")
    space = _space(metric, queries, gallery[position])
    positions = np.full((len(queries), k), -1, np.int64)
    distances = np.full((len(queries), k), np.inf, np.float32)
    plain = _plain(queries, gallery[position]) if plain_rows else None
    for start, rough in _blocks(space.rough, len(queries), position, exclude, block, plain):
        bounds = kth_at_most(rough, k)
        for query, row in enumerate(rough, start):
            near = np.flatnonzero(row <= bounds[query - start] + space.margins[query])
            near = near[np.isfinite(row[near])]
            exact = space.exact(query, near, row[near])
            best = np.argsort(exact, kind="stable")[:k]  # stable: rows lie in the order of ties
            positions[query, : len(best)] = position[near[best]]
            distances[query, : len(best)] = exact[best]
    return positions, distances


def full_orders(
    queries: npt.NDArray[Any],
    gallery: npt.NDArray[Any],
    metric: str,
    *,
    exclude: Sequence[Sequence[int]] | None,
    order: npt.NDArray[Any],
    block: int | None = None,
    plain_rows: bool = False,
) -> Iterator[npt.NDArray[np.int64]]:
    """For each query in turn the positions of its whole gallery, nearest first, without those that are excluded.

    Arguments and ranking are those of `nearest`; distances come of a float64 matrix product.
    """
    position = np.argsort(order, kind="stable")
    distances = _fine(metric, queries, gallery[position])
    places = np.arange(len(gallery), dtype=np.uint64)
    plain = _plain(queries, gallery[position]) if plain_rows else None
    for _, fine in _blocks(distances, len(queries), position, exclude, block, plain):
        for row in fine:
            # Distance and place in the order of ties in one number: sorting such numbers is several times faster than
            # finding an order. The bits of floats from 0 up are in the order of the floats, infinite ones last.
            keys = row.view(np.uint32).astype(np.uint64) << np.uint64(32) | places
            keys.sort()
            kept = keys[: int(np.isfinite(row).sum())]
            yield position[(kept & np.uint64(0xFFFFFFFF)).astype(np.int64)]


def all_distances(
    queries: npt.NDArray[Any], gallery: npt.NDArray[Any], metric: str, *, plain_rows: bool = False
) -> Iterator[npt.NDArray[np.float32]]:
    """For each query in turn the distances (n,) of the whole gallery, those of `full_orders`; infinite where a plain
    picture is near nothing."""
    plain = _plain(queries, gallery) if plain_rows else None
    for _, found in _blocks(_fine(metric, queries, gallery), len(queries), np.arange(len(gallery)), None, None, plain):
        yield from found


@dataclass(frozen=True, slots=True)
class _Space:
    """Two ways to the distances of queries to a gallery. `rough` gives (some queries, n); the difference of two is off
    by the query's share of `margins` (queries,) at most. `exact` gives those of one query to some rows, from the rough
    ones where there is nothing to better."""

    margins: npt.NDArray[np.float64]
    rough: Callable[[slice], npt.NDArray[np.float32]]
    exact: Callable[[int, npt.NDArray[np.int64], npt.NDArray[np.float32]], npt.NDArray[np.float32]]


def _space(metric: str, queries: npt.NDArray[Any], rows: npt.NDArray[Any]) -> _Space:
    if metric == "hamming":
        return _Space(np.zeros(len(queries)), _bits(queries, rows), lambda query, near, known: known)
    queries, rows = np.ascontiguousarray(queries, np.float32), np.ascontiguousarray(rows, np.float32)
    return (_cosine if metric == "cosine" else _squared)(queries, rows)


def _bits(queries: npt.NDArray[Any], rows: npt.NDArray[Any]) -> Callable[[slice], npt.NDArray[np.float32]]:
    """Differing bits, (some queries, n)."""
    asked, words = _packed(queries), _packed(rows).T.copy()

    def counted(part: slice) -> npt.NDArray[np.float32]:
        found = np.zeros((len(asked[part]), words.shape[1]), np.uint16)
        for row, query in enumerate(asked[part]):
            for word, column in zip(query, words, strict=True):
                found[row] += np.bitwise_count(column ^ word)
        return found.astype(np.float32)

    return counted


def _packed(bits: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """(n, dim) zeros and ones as (n, words)."""
    packed = np.packbits(bits.astype(bool), axis=1)
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.uint64)


def _cosine(queries: npt.NDArray[Any], rows: npt.NDArray[Any]) -> _Space:
    def rough(part: slice) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = queries[part] @ rows.T
        return np.subtract(np.float32(1), found, out=found)

    def exact(query: int, near: npt.NDArray[np.int64], _: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return rounded(1 - np.einsum("ij,j->i", rows[near], queries[query], dtype=np.float64))

    # A dot product of n terms is off by n units of the product of lengths at most; twice, for two are compared.
    products = lengths(queries) * lengths(rows).max(initial=0)
    return _Space(2 * (product_error(queries.shape[1]) * products + 2 * UNIT), rough, exact)


def _squared(queries: npt.NDArray[Any], rows: npt.NDArray[Any]) -> _Space:
    asked, row_lengths = lengths(queries), lengths(rows)
    squares, row_squares = (asked**2)[:, None].astype(np.float32), (row_lengths**2).astype(np.float32)

    def rough(part: slice) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = queries[part] @ rows.T
        found *= np.float32(-2)
        found += row_squares
        found += squares[part]
        return found

    def exact(query: int, near: npt.NDArray[np.int64], _: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        differences = np.subtract(rows[near], queries[query], dtype=np.float64)
        return rounded(np.square(differences).sum(axis=1))

    longest = row_lengths.max(initial=0)
    return _Space(2 * UNIT * (queries.shape[1] + 8) * (asked + longest) ** 2, rough, exact)


def _fine(metric: str, queries: npt.NDArray[Any], rows: npt.NDArray[Any]) -> Callable[[slice], npt.NDArray[np.float32]]:
    """Distances (some queries, n), computed in float64 and rounded once."""
    if metric == "hamming":
        return _bits(queries, rows)
    products = _products(np.ascontiguousarray(queries, np.float32), np.ascontiguousarray(rows, np.float32))
    squares, row_squares = lengths(queries)[:, None] ** 2, lengths(rows) ** 2

    def cosine(part: slice) -> npt.NDArray[np.float32]:
        found = products(part)
        return rounded(np.subtract(1, found, out=found))

    def squared(part: slice) -> npt.NDArray[np.float32]:
        found = products(part)
        found *= -2
        found += row_squares
        found += squares[part]
        return rounded(found)

    return cosine if metric == "cosine" else squared


def _products(
    queries: npt.NDArray[np.float32], rows: npt.NDArray[np.float32]
) -> Callable[[slice], npt.NDArray[np.float64]]:
    """Dot products (some queries, n) in float64, the same for rows that are the same.

    A matrix product rounds its last rows otherwise than those before, so equal rows would not tie.
    """
    _, first, which = np.unique(_as_bytes(rows), return_index=True, return_inverse=True)
    twin = None if len(first) == len(rows) else first[which]

    def products(part: slice) -> npt.NDArray[np.float64]:
        asked = queries[part].astype(np.float64)
        found = np.empty((len(asked), len(rows)))
        for start in range(0, len(rows), _ROWS_AT_ONCE):  # the whole gallery in float64 may not fit
            found[:, start : start + _ROWS_AT_ONCE] = asked @ rows[start : start + _ROWS_AT_ONCE].astype(np.float64).T
        return found if twin is None else found[:, twin]

    return products


def _as_bytes(rows: npt.NDArray[Any]) -> npt.NDArray[np.void]:
    """(n,) one opaque value a row."""
    return rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize)))[:, 0]


def _inverse(position: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    place = np.empty_like(position)
    place[position] = np.arange(len(position))
    return place


def _blocks(
    distances: Callable[[slice], npt.NDArray[np.float32]],
    queries: int,
    position: npt.NDArray[np.int64],
    exclude: Sequence[Sequence[int]] | None,
    block: int | None,
    plain: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None,
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """The first query of each block and its distances (some, n), infinite for excluded rows.

    The rows lie in the order of ties; `position` (n,) is where each came from. `plain` tells queries (queries,) and
    rows (n,) that are near nothing.
    """
    place = _inverse(position)
    step = block or max(_BLOCK_BYTES // max(4 * len(place), 1), 1)
    for start in range(0, queries, step):
        found = distances(slice(start, start + step))
        if exclude is not None:
            for row, gone in zip(found, exclude[start : start + step], strict=True):
                row[place[np.asarray(gone, np.int64)]] = np.inf
        if plain is not None:
            found[plain[0][start : start + step]] = np.inf
            found[:, plain[1]] = np.inf
        yield start, found


def _plain(
    queries: npt.NDArray[Any], rows: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None:
    """Queries and rows of zeros alone; None where there is none."""
    asked, held = (np.asarray(~part.any(axis=1), np.bool_) for part in (queries, rows))
    return (asked, held) if asked.any() or held.any() else None
