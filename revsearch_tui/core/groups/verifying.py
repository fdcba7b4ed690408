"""Whether two pictures are one, by their local features: how many points agree, of how many that could, and how
exactly."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, PairMatch
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.search.views import change_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.groups.sides import Side

    Doubles = npt.NDArray[Any]

LEAST_INLIERS = 15
"""Two different pictures with a like screen, frame or text had 14 points that agreed."""
_COPY_SHARE = 0.42
"""Shots of one scene with a moving animal had up to 0.39, and a median residual of 0.16 and more; half of the changed
copies have 0.6, and 0.1."""
_EXACT_SHARE, _EXACT_INLIERS, _EXACT_RESIDUAL = 0.2, 20, 0.15
_LONGEST = 640.0
"""Residuals are in pixels of a picture whose longest side is this."""
_KEPT_FEATURES = 512
_GRID = 24
_LEAST_TURN, _HALF_TURN = 3, 180


@dataclass(frozen=True, slots=True)
class Verified:
    """Two pictures that agree on one geometry. `share`: of the points that both could have, those that agree.
    `residual`: how far, in the median, these lie from where the other has them. `overlap`: the shares of the first
    picture's area, and of the second's, that the other shows. `change`: what was done to the first."""

    inliers: int
    share: float
    residual: float
    overlap: tuple[float, float]
    change: str

    @property
    def is_copy(self) -> bool:
        """Whether one is made from the other, and not another shot of the same."""
        exact = self.residual <= _EXACT_RESIDUAL and self.share >= _EXACT_SHARE and self.inliers >= _EXACT_INLIERS
        return exact or self.share >= _COPY_SHARE


class Verifier:
    """Verifies by one local method, over one side or two; remembers the features it used last."""

    def __init__(self, label: str, first: Side, second: Side) -> None:
        self.label = label
        self._opened = first.opened[label]
        self._first = lru_cache(_KEPT_FEATURES)(lambda number: first.features(label, number))
        self._second = (
            self._first if second is first else lru_cache(_KEPT_FEATURES)(lambda number: second.features(label, number))
        )
        self.compared = 0

    def verify(self, first: int, seconds: Sequence[int]) -> list[Verified | None]:
        """The first side's picture against some of the second's. Raises `MethodUnavailableError`."""
        query = self._first(first)
        candidates = [self._second(number) for number in seconds]
        if query is None or not len(query.keypoints):
            return [None] * len(candidates)
        self.compared += len(candidates)
        executor = ThreadPoolExecutor(2, thread_name_prefix="verify")
        try:
            return list(
                self._opened.method.run(lambda: list(executor.map(lambda each: self._pair(query, each), candidates)))
            )
        finally:
            executor.shutdown(wait=False, cancel_futures=True)  # a method that blocks would be waited for

    def _pair(self, query: Features, candidate: Features | None) -> Verified | None:
        if candidate is None:
            return None
        with guarded(self._opened.choice):
            match: PairMatch = self._opened.method.match(query, candidate)
        least = max(LEAST_INLIERS, int(self._opened.method.min_inliers))
        return judged(query, candidate, match) if match.inliers >= least else None


def judged(query: Features, candidate: Features, match: PairMatch) -> Verified | None:
    """What a match says; None where it has no geometry that can be turned round."""
    if match.transform is None:
        return None
    there = np.asarray(match.transform, np.float64)
    if abs(np.linalg.det(there)) < 1e-9:
        return None
    back = np.linalg.inv(there)
    ours, theirs = _extent(query.aspect), _extent(candidate.aspect)
    seen = (
        _inside(there, query.keypoints[:, :2] * ours, theirs),
        _inside(back, candidate.keypoints[:, :2] * theirs, ours),
    )
    possible = max(1, min(int(seen[0].sum()), int(seen[1].sum())))
    grid = _grid()
    overlap = float(_inside(there, grid * ours, theirs).mean()), float(_inside(back, grid * theirs, ours).mean())
    residual = _residual(match.pairs[:, :2] * ours, match.pairs[:, 2:] * theirs)
    change = ", ".join(word for word in (change_of(match), _turn(there)) if word)
    return Verified(match.inliers, min(1.0, match.inliers / possible), residual, overlap, change)


def _turn(transform: Doubles) -> str:
    """How far a transform turns a picture, mirrored from left to right first where it mirrors; nothing for hardly."""
    linear = transform[:2, :2] / transform[2, 2]
    if np.linalg.det(linear) < 0:
        linear = linear * (-1, 1)
    # y grows downwards, so a positive angle is one to the right.
    angle = np.degrees(np.arctan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1]))
    degrees = round(abs(float(angle)))
    if degrees < _LEAST_TURN:
        return ""
    side = "" if degrees == _HALF_TURN else "right " if angle > 0 else "left "
    return f"turned {side}by {degrees} degrees"


def _residual(starts: Doubles, stops: Doubles) -> float:
    """The median distance of points from where the homography that fits all best (by least squares of the normalised
    direct linear transform; Hartley, 1997) puts them, in pixels, of the larger picture's scale."""
    start, stop = (_normalised(np.asarray(points, np.float64)) for points in (starts, stops))
    (p, to_p), (q, to_q) = start, stop
    ones, zeros = np.ones((len(p), 1)), np.zeros((len(p), 3))
    source = np.hstack([p, ones])
    equations = np.vstack(
        [np.hstack([source, zeros, -q[:, :1] * source]), np.hstack([zeros, source, -q[:, 1:] * source])]
    )
    _, vectors = np.linalg.eigh(equations.T @ equations)
    fitted = np.linalg.inv(to_q) @ vectors[:, 0].reshape(3, 3) @ to_p
    moved = _moved(fitted, starts)
    if abs(fitted[2, 2]) < 1e-12 or not np.isfinite(moved).all():
        return float("inf")
    scale = np.sqrt(abs(np.linalg.det((fitted / fitted[2, 2])[:2, :2])))
    return float(np.median(np.linalg.norm(moved - stops, axis=1))) * _LONGEST / max(1.0, float(scale))


def _normalised(points: Doubles) -> tuple[Doubles, Doubles]:
    """Points about 0 at a mean distance of the square root of 2, and the transform that puts them there."""
    middle = points.mean(axis=0)
    scale = np.sqrt(2) / max(1e-12, float(np.linalg.norm(points - middle, axis=1).mean()))
    return (points - middle) * scale, np.array(
        [[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]]
    )


def _extent(aspect: float) -> Doubles:
    """Width and height where the longest side is 1."""
    return np.array([1.0, 1 / aspect] if aspect >= 1 else [aspect, 1.0])


def _moved(transform: Doubles, points: Any) -> Doubles:
    flat = np.column_stack([points, np.ones(len(points))]) @ transform.T
    with np.errstate(all="ignore"):
        return np.asarray(flat[:, :2] / flat[:, 2:])


def _inside(transform: Doubles, points: Any, extent: Doubles) -> npt.NDArray[np.bool_]:
    """(n,) which points land within the other picture."""
    moved = _moved(transform, points)
    return np.asarray(((moved >= 0) & (moved <= extent)).all(axis=1))


def _grid() -> Doubles:
    """Points spread evenly over the unit square."""
    steps = (np.arange(_GRID) + 0.5) / _GRID
    return np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
