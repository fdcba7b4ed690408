"""Which keypoints of two pictures look the same, and the transform that most of these matches agree on."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.opencv import cv2
from revsearch_sift.products import times
from revsearch_tui.api import Features

Doubles: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
UNIT = 640.0
"""Points are compared in pixels of a picture whose longest side is this."""
_LARGEST_AREA = 400.0
_LARGEST_STRETCH = 8.0
_ITERATIONS = 2000

Indices = npt.NDArray[np.intp]
PLACE = 2.0
"""Pixels of a picture of 640 within which points are at one place."""


def points(features: Features) -> Doubles:
    """(k, 2) keypoint positions in pixels of a picture whose longest side is `UNIT`."""
    aspect = features.aspect
    extent = np.array([1.0, 1.0 / aspect] if aspect >= 1 else [aspect, 1.0])
    return np.asarray(features.keypoints[:, :2] * (extent * UNIT), np.float64)


def agree(query: Doubles, candidate: Doubles, within: float, enough: int) -> tuple[Doubles | None, Mask]:
    """The transform (3, 3) from query to candidate points, both (n, 2), and which pairs lie `within` pixels of it.

    A homography by MAGSAC++ (Barath et al., CVPR 2020); where that has fewer than `enough` inliers or bends the
    picture in a way no camera does, a similarity by RANSAC, which needs only two good matches at a time. None and an
    empty mask where neither is plausible. OpenCV seeds both anew at each call, so the result is deterministic.
    """
    best: Doubles | None = None
    kept = np.zeros(len(query), np.bool_)
    for estimate in (_homography, _similarity):
        transform, mask = estimate(query, candidate, within)
        if transform is not None and mask.sum() > kept.sum() and plausible(transform, query[mask]):
            best, kept = transform, mask
        if kept.sum() >= enough:
            break
    return best, kept


def plausible(transform: Doubles, where: Doubles) -> bool:
    """Whether the box around the query points `where` (n, 2) stays a picture under the transform.

    It must not cross the horizon, fold, flip, shrink to nothing or be stretched to a line.
    """
    (left, top), (right, bottom) = where.min(axis=0).tolist(), where.max(axis=0).tolist()
    area = (right - left) * (bottom - top)
    if area <= 0 or not np.isfinite(transform).all():
        return False
    a, b, c, d, e, f, g, h, i = transform.ravel().tolist()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    depths = [g * x + h * y + i for x, y in corners]
    if not (min(depths) > 0 or max(depths) < 0):
        return False
    quad = [
        ((a * x + b * y + c) / depth, (d * x + e * y + f) / depth)
        for (x, y), depth in zip(corners, depths, strict=True)
    ]
    edges = [(x - u, y - v) for (u, v), (x, y) in zip(quad, [*quad[1:], quad[0]], strict=True)]
    if not all(x * v - y * u > 0 for (x, y), (u, v) in zip(edges, [*edges[1:], edges[0]], strict=True)):
        return False
    covered = 0.5 * abs(sum(x * v - u * y for (x, y), (u, v) in zip(quad, [*quad[1:], quad[0]], strict=True)))
    if not 1 / _LARGEST_AREA < covered / area < _LARGEST_AREA:
        return False
    most, least = _stretches(transform, ((left + right) / 2, (top + bottom) / 2))
    return least > 0 and most / least < _LARGEST_STRETCH


def unit_transform(transform: Doubles) -> Doubles:
    """The same transform for points of pictures whose longest side is 1."""
    scale = np.diag([UNIT, UNIT, 1.0])
    scaled = np.linalg.inv(scale) @ transform @ scale
    return np.asarray(scaled / scaled[2, 2] if scaled[2, 2] else scaled, np.float64)


def _stretches(transform: Doubles, at: tuple[float, float]) -> tuple[float, float]:
    """The most and the least that the transform stretches a small square at a point by, in any direction: the singular
    values of its derivative there."""
    a, b, c, d, e, f, g, h, i = transform.ravel().tolist()
    x, y = at
    depth = g * x + h * y + i
    across, down = (a * x + b * y + c) / depth, (d * x + e * y + f) / depth
    p, q = (a - g * across) / depth, (b - h * across) / depth
    r, s = (d - g * down) / depth, (e - h * down) / depth
    same, other = math.hypot(p + s, r - q), math.hypot(p - s, r + q)
    return (same + other) / 2, abs(same - other) / 2


def _homography(query: Doubles, candidate: Doubles, within: float) -> tuple[Doubles | None, Mask]:
    try:
        found, mask = cv2.findHomography(
            query, candidate, cv2.USAC_MAGSAC, within, maxIters=_ITERATIONS, confidence=0.999
        )
    except cv2.error:  # raised for some arrangements of points that no homography fits
        found, mask = None, None
    return _answer(found, mask, len(query))


def _similarity(query: Doubles, candidate: Doubles, within: float) -> tuple[Doubles | None, Mask]:
    found, mask = cv2.estimateAffinePartial2D(
        query, candidate, method=cv2.RANSAC, ransacReprojThreshold=within, maxIters=_ITERATIONS
    )
    whole = None if found is None else np.vstack([found, [0.0, 0.0, 1.0]])
    return _answer(whole, mask, len(query))


def _answer(found: npt.NDArray[Any] | None, mask: npt.NDArray[Any] | None, count: int) -> tuple[Doubles | None, Mask]:
    if found is None or mask is None or found.shape != (3, 3):
        return None, np.zeros(count, np.bool_)
    return np.asarray(found, np.float64), np.asarray(mask).ravel() > 0


def tentative(query: npt.NDArray[Any], candidate: npt.NDArray[Any], ratio: float) -> tuple[Indices, Indices]:
    """Indices of matching rows of two arrays of codes, (n, d) and (m, d).

    A pair is kept where each is the other's nearest and, seen from the query, the second nearest is farther by the
    ratio of Lowe (IJCV 2004). Codes are small whole numbers, so their products are exact in float32 and equal
    codes are at distance 0, whatever library multiplies.
    """
    none = np.zeros(0, np.intp)
    if not len(query) or not len(candidate):
        return none, none
    ours, theirs = _with_column(query), _with_column(candidate)
    own = np.einsum("ij,ij->i", ours[:, :-1], ours[:, :-1])
    theirs[:, -1] = np.einsum("ij,ij->i", theirs[:, :-1], theirs[:, :-1])
    ours[:, -1] = -0.5
    ours *= -2.0
    # Squared distances less the query's own squared length, which the second step adds where it matters.
    apart = times(ours, theirs, passing=True)
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


def _with_column(codes: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """(n, d) codes with room for a number more."""
    wider = np.empty((len(codes), codes.shape[1] + 1), np.float32)
    wider[:, :-1] = codes
    return wider


def distinct_places(query: npt.NDArray[Any], candidate: npt.NDArray[Any]) -> Indices:
    """Which of the matched points, (n, 2) pixels each, to keep so that one pair of places counts once; ascending.

    A corner often has keypoints of several sizes and orientations. Were each a vote of its own, four corners, which
    some homography always fits, could look like eight matches that agree.
    """
    cells = (np.concatenate([query, candidate], axis=1) / PLACE).astype(np.int64)
    return np.sort(np.unique(cells @ (1 << np.array([48, 32, 16, 0])), return_index=True)[1])
