"""Distances as searches and evaluations tell them, and how far below them a float32 product may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

UNIT = 2.0**-24
"""The largest relative error of one float32 operation."""


def exact_distances(metric: str, rows: npt.NDArray[Any], query: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """The distances of stored rows (n, dim) to one embedding (dim,): 1 - cosine of unit vectors, or squared lengths.

    Of float64 sums rounded to float32, and at least 0: the same for the same row wherever it lies, and whatever else is
    asked for. Cosines are rounded, not what is left of 1: the last digits of that would be those of the order of a sum.
    """
    wide, asked = rows.astype(np.float64), query.astype(np.float64)
    with np.errstate(all="ignore"):
        if metric == "cosine":
            found = np.float32(1) - np.einsum("ij,j->i", wide, asked).astype(np.float32)
            return np.asarray(np.maximum(found, np.float32(0)))
        wide -= asked
        return rounded(np.einsum("ij,ij->i", wide, wide))


FARTHEST = float(np.finfo(np.float32).max)
"""The greatest distance that is finite as it is told."""


def rounded(distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Float64 distances, which are overwritten, as they are told."""
    return np.maximum(distances, 0, out=distances).astype(np.float32)


def kth_at_most(rough: npt.NDArray[Any], k: int, floor: float = 0) -> npt.NDArray[np.float64]:
    """(some,) distances from a floor up, of which each is at least that of the k-th nearest row of `rough` (some, n),
    and little more.

    Rows are put in groups; the k-th least of the groups' least distances has k rows at or below it. Taking those is
    far faster than a partial sort of all rows.
    """
    rows = rough.shape[1]
    if k >= rows:
        return np.full(len(rough), np.inf)
    size = max(min(rows // (8 * max(k, 1)), 32), 1)
    groups = rows // size
    least = rough[:, : size * groups].reshape(len(rough), size, groups).min(axis=1)
    kth = max(k, 1) - 1
    return np.maximum(np.partition(least, kth, axis=1)[:, kth], floor).astype(np.float64)


def kth(distances: npt.NDArray[np.float32], k: int) -> float:
    """The k-th least of some distances (n,), infinite where there are fewer finite ones."""
    known = distances[np.isfinite(distances)]
    return float(np.partition(known, k - 1)[k - 1]) if len(known) >= k else np.inf


def product_error(dim: int) -> float:
    """How far a float32 dot product of so many terms may be off, as a share of the product of the two lengths.

    Whatever the order of the sum: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 3.1.
    """
    return (dim + 4) * UNIT


def lengths(rows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The lengths (n,) of rows (n, dim)."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64)))
