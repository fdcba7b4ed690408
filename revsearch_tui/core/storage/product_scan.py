"""The rows that can be among the nearest of many queries, by matrix products with some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_SIMILARITIES_AT_ONCE = 4_194_304
"""16 MB of them."""
_FEWEST_ROWS = 256
_MOST_NEAR = 16_777_216
"""Pairs of a query and a row; where there are more, very many rows are alike."""


def near_by_product(
    blocks: Sequence[npt.NDArray[np.float32]],
    queries: npt.NDArray[np.float32],
    k: int,
    allowed: npt.NDArray[np.bool_] | None,
    margin: float,
) -> list[npt.NDArray[np.int64]] | None:
    """For each query (n, dim) the numbers of rows among which are the k with the greatest products; None where these
    are too many to be told.

    `blocks` (rows, dim) are numbered one after another, `allowed` (rows,) restricts them, a product is off by `margin`
    at most.
    """
    best = np.full((len(queries), k), -np.inf, np.float32)
    limits = np.full(len(queries), -np.inf, np.float32)
    asked: list[npt.NDArray[np.int64]] = []
    found: list[npt.NDArray[np.int64]] = []
    products: list[npt.NDArray[np.float32]] = []
    for start, rows in _parts(blocks, max(_FEWEST_ROWS, _SIMILARITIES_AT_ONCE // len(queries))):
        similar = queries @ rows.T
        if allowed is not None:
            similar[:, ~allowed[start : start + len(rows)]] = -np.inf
        top = _tops(similar, k)
        if np.isnan(top).any():  # no finite vectors: near nothing
            np.copyto(similar, -np.inf, where=np.isnan(similar))
            top = _tops(similar, k)
        # No more rows have a greater product than that of the k-th of these, which are of different rows.
        best = np.partition(np.concatenate([best, top], axis=1), -k, axis=1)[:, -k:]
        limits = best.min(axis=1) - np.float32(2 * margin)
        at = np.flatnonzero((similar >= np.maximum(limits, np.finfo(np.float32).min)[:, None]).ravel())
        asked.append(at // len(rows))
        found.append(at % len(rows) + start)
        products.append(similar.ravel()[at])
        if sum(map(len, found)) > _MOST_NEAR:
            return None
    which, near = np.concatenate(asked), np.concatenate(found)
    kept = np.concatenate(products) >= limits[which]
    which, near = which[kept], near[kept]
    order = np.argsort(which, kind="stable")
    return np.split(near[order], np.searchsorted(which[order], np.arange(1, len(queries))))


def _parts(blocks: Sequence[npt.NDArray[np.float32]], size: int) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    start = 0
    for block in blocks:
        for first in range(0, len(block), size):
            yield start + first, block[first : first + size]
        start += len(block)


def _tops(similar: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.float32]:
    """(n, some) the greatest of each of some groups of (n, rows)."""
    rows = similar.shape[1]
    size = max(min(rows // (8 * k), 32), 1)
    groups = rows // size
    top: npt.NDArray[np.float32] = similar[:, : size * groups].reshape(len(similar), size, groups).max(axis=1)
    return top
