"""What a transform from one picture to another says: where points land, how much of either the other shows, how far it
turns. Points are in pixels of pictures whose longest side is 1, as those of `PairMatch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[Any]

_GRID = 24
_LEAST_TURN, _HALF_TURN = 3, 180
_FLAT = 1e-9
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def extent(aspect: float) -> Doubles:
    """Width and height of a picture, by its width / height."""
    return np.array([1.0, 1 / aspect] if aspect >= 1 else [aspect, 1.0])


def moved(transform: Doubles, points: Any) -> Doubles:
    """(n, 2): where the transform (3, 3) puts points (n, 2)."""
    flat = np.column_stack([points, np.ones(len(points))]) @ transform.T
    with np.errstate(all="ignore"):
        return np.asarray(flat[:, :2] / flat[:, 2:])


def inside(transform: Doubles, points: Any, size: Doubles) -> npt.NDArray[np.bool_]:
    """(n,) which points land within a picture of this extent."""
    there = moved(transform, points)
    return np.asarray(((there >= 0) & (there <= size)).all(axis=1))


def turned_round(transform: Doubles | None) -> tuple[Doubles, Doubles] | None:
    """A transform and the one back; None where there is none."""
    if transform is None:
        return None
    there = np.asarray(transform, np.float64)
    return None if abs(np.linalg.det(there)) < _FLAT else (there, np.linalg.inv(there))


def overlap(ways: tuple[Doubles, Doubles], query: Doubles, candidate: Doubles) -> tuple[float, float]:
    """The shares, 0 to 1, of the query's area and of the candidate's that the other shows; by their extents."""
    there, back = ways
    steps = (np.arange(_GRID) + 0.5) / _GRID
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    ours, theirs = inside(there, grid * query, candidate), inside(back, grid * candidate, query)
    return float(ours.mean()), float(theirs.mean())


def outline(transform: Doubles, query: Doubles, candidate: Doubles) -> Doubles | None:
    """(4, 2): the query's corners in fractions of the candidate's width and height, from the upper left one clockwise
    round the query, some perhaps outside; None where one of them is beyond the horizon."""
    depth = np.column_stack([_CORNERS * query, np.ones(4)]) @ np.asarray(transform, np.float64)[2]
    if not (np.all(depth > _FLAT) or np.all(depth < -_FLAT)):
        return None
    return np.asarray(moved(transform, _CORNERS * query) / candidate)


def turn_words(transform: Doubles) -> str:
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
