"""All pairs of unit vectors whose cosine is high enough, and the nearest few of each, by products of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, NullControl
from revsearch_tui.core.groups.near_hashes import MOST_PAIRS, Near

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

_BLOCK_BYTES = 64_000_000
_ROWS = 4096


def near_vectors(
    rows: Floats,
    least: float,
    *,
    others: Floats | None = None,
    nearest: int = 0,
    most: int = MOST_PAIRS,
    control: Control | None = None,
) -> Near:
    """The pairs of `rows` (n, dim) of length 1 whose cosine is at least `least`; distances are 1 - cosine.

    With `others` (m, dim): the pairs of one of each. With `nearest`, of these pairs only those in which one is among so
    many nearest of the other. In memory there is one block of products, and what was found. A row of zeros is near
    nothing.
    """
    control = control or NullControl()
    is_one = others is None
    right = rows if others is None else others
    found: list[tuple[Any, Any, Any]] = []
    within, count = 1 - least, 0
    step = max(1, min(_ROWS, _BLOCK_BYTES // (4 * max(1, len(right)))))
    for start in range(0, len(rows), step):
        control.check()
        control.progress(start, len(rows), "comparing embeddings")
        products = rows[start : start + step] @ right[0 if nearest or not is_one else start :].T
        part = _few(products, least, nearest, start if is_one else None) if nearest else np.nonzero(products >= least)
        first, second = part[0] + start, part[1] + (0 if nearest or not is_one else start)
        distance = 1 - products[part]
        if is_one and not nearest:
            upper = first < second
            first, second, distance = first[upper], second[upper], distance[upper]
        found.append((first, second, distance))
        count += len(first)
        if count > most:
            found, within = _nearest_half(found, most)
            count, least = len(found[0][0]), 1 - within
    nothing = np.zeros(0, np.int64)
    first, second = (np.concatenate([nothing, *(part[place] for part in found)]) for place in (0, 1))
    distance = np.concatenate([np.zeros(0, np.float32), *(part[2] for part in found)])
    if is_one and nearest:
        keys = np.minimum(first, second) * len(rows) + np.maximum(first, second)
        keys, places = np.unique(keys, return_index=True)
        first, second, distance = keys // len(rows), keys % len(rows), distance[places]
    return Near(first, second, np.maximum(distance, 0).astype(np.float32), float(within))


def _few(products: Floats, least: float, nearest: int, diagonal: int | None) -> tuple[Any, Any]:
    """Places of the highest products of each row, as many as `nearest`, without that of a row and itself."""
    if diagonal is not None:
        each = np.arange(len(products))
        products[each, each + diagonal] = -np.inf
    width = products.shape[1]
    if nearest >= width:
        rows, columns = np.nonzero(products >= least)
        return rows, columns
    top = np.argpartition(products, width - nearest, axis=1)[:, width - nearest :]
    kept = np.take_along_axis(products, top, axis=1) >= least
    return np.nonzero(kept)[0], top[kept]


def _nearest_half(found: list[tuple[Any, Any, Any]], most: int) -> tuple[list[tuple[Any, Any, Any]], float]:
    """Of what was found the nearer half of what may be kept, and how far apart these are."""
    first, second, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    within = float(np.partition(distance, most // 2)[most // 2])
    near = distance < within
    return [(first[near], second[near], distance[near])], within
