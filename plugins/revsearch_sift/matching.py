"""Which keypoints of two pictures look the same, before any geometry."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from revsearch_sift.products import times

Indices = npt.NDArray[np.intp]

PLACE = 2.0
"""Pixels of a picture of 640 within which points are at one place."""


def tentative(query: npt.NDArray[Any], candidate: npt.NDArray[Any], ratio: float) -> tuple[Indices, Indices]:
    """Indices of matching rows of two uint8 descriptor arrays, (n, 128) and (m, 128).

    A pair is kept where each is the other's nearest and, seen from the query, the second nearest is farther by the
    ratio of Lowe (IJCV 2004). Descriptors are small whole numbers, so their products are exact in float32 and equal
    descriptors are at distance 0, whatever library multiplies.
    """
    none = np.zeros(0, np.intp)
    if not len(query) or not len(candidate):
        return none, none
    ours, theirs = query.astype(np.float32), candidate.astype(np.float32)
    # Squared distances less the query's own squared length, which the second step adds where it matters.
    apart = times(ours, theirs)
    apart *= -2.0
    apart += np.einsum("ij,ij->i", theirs, theirs)
    own = np.einsum("ij,ij->i", ours, ours)
    rows = np.arange(len(ours))
    nearest = apart.argmin(axis=1)
    first = apart[rows, nearest]
    apart[rows, nearest] = np.inf
    second = apart.min(axis=1)
    rows = np.flatnonzero(first + own <= ratio * ratio * (second + own))
    apart[np.arange(len(ours)), nearest] = first
    nearest = nearest[rows]
    mutual = (apart[:, nearest] + own[:, None]).argmin(axis=0) == rows
    return rows[mutual], nearest[mutual]


def distinct_places(query: npt.NDArray[Any], candidate: npt.NDArray[Any]) -> Indices:
    """Which of the matched points, (n, 2) pixels each, to keep so that one pair of places counts once; ascending.

    A corner often has keypoints of several sizes and orientations. Were each a vote of its own, four corners, which
    some homography always fits, could look like eight matches that agree.
    """
    cells = (np.concatenate([query, candidate], axis=1) / PLACE).astype(np.int64)
    return np.sort(np.unique(cells @ (1 << np.array([48, 32, 16, 0])), return_index=True)[1])
