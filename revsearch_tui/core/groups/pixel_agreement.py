"""How far two pictures show the same where one lies upon the other, by their pixels: what geometry alone leaves open.

One is laid upon the other by the transform that local features agree on, both are made small, and each place's
surroundings are held against the other's by normalised cross-correlation, which neither light nor contrast nor a tint
changes. Another shot of a scene differs where something has moved; a copy, however bad, hardly anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.core.search.pair_geometry import extent, moved

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[Any]

_ACROSS, _WINDOW, _STEP = 64, 12, 2
"""The longest side of what is compared, and the surroundings of a place, in pixels of it; of the places one of so many
along either side."""
_SHIFT = 1
"""So many pixels the transform may be wrong."""
_STRUCTURE = 4.0
"""The least spread, of 255 tones, of surroundings that show something."""
_WITHIN = 0.8
"""The share of a window that must lie in both pictures."""


class Agreement(NamedTuple):
    """Correlations, -1 to 1: one in twenty places has a lower one than `worst`, one in four than `poor`, and half than
    `middle`. `telling`: the share of the places where there is something to see."""

    worst: float
    poor: float
    middle: float
    telling: float


_NOTHING = Agreement(-1.0, -1.0, -1.0, 0.0)


def agreement(first: Floats, second: Floats, transform: Doubles, *, inverted: bool = False) -> Agreement:
    """Of two grey pictures (h, w), 0 to 255. `transform` (3, 3) leads from places of the first to places of the second,
    both in pixels of a picture whose longest side is 1; `inverted` where light and dark are exchanged.

    They are compared at places of the first, so that should be the one that the other shows more of.
    """
    size = extent(first.shape[1] / first.shape[0])
    least = _WINDOW + 2 * _SHIFT
    wide, high = (max(least, round(float(side) * _ACROSS)) for side in size)
    x, y = np.meshgrid((np.arange(wide) + 0.5) / wide * size[0], (np.arange(high) + 0.5) / high * size[1])
    places = np.column_stack([x.ravel(), y.ravel()])
    there = moved(transform, places)
    if not np.isfinite(there).all():
        return _NOTHING
    middle = size / 2
    corner = moved(transform, [middle, middle + (1 / _ACROSS, 0), middle + (0, 1 / _ACROSS)])
    step = float(np.sqrt(abs(np.linalg.det(corner[1:] - corner[0]))))
    one = _seen(first, places, 1 / _ACROSS)[0].reshape(high, wide)
    other, within = _seen(second, there, step)
    other, within = other.reshape(high, wide), within.reshape(high, wide)
    if inverted:
        other = -other
    kept = slice(_SHIFT, -_SHIFT)
    still, weight = other[kept, kept], within[kept, kept].astype(np.float64)
    held = _sums(np.stack([weight, still * weight, still * still * weight]))
    best = _NOTHING
    for down in range(2 * _SHIFT + 1):
        for right in range(2 * _SHIFT + 1):
            shifted = one[down : down + still.shape[0], right : right + still.shape[1]] * weight
            found = _correlated(held, _sums(np.stack([shifted, shifted * shifted, shifted * still])))
            best = max(best, found, key=lambda each: each.middle)
    return best


def stretched(first: tuple[int, ...], second: tuple[int, ...]) -> Doubles:
    """(3, 3): the transform that lays one picture of this shape (h, w) upon the other, whole upon whole."""
    ours, theirs = (extent(wide / high) for high, wide in (first, second))
    return np.diag([*(theirs / ours), 1.0])


def _correlated(held: Doubles, moving: Doubles) -> Agreement:
    """By the sums of weights, tones and their squares of one picture, of the other's tones, their squares, and the
    products of both."""
    full = held[0] >= _WITHIN * _WINDOW**2
    mean, square, means, squares, product = np.concatenate([held[1:], moving]) / np.maximum(held[0], 1)
    spread, spreads, both = square - mean**2, squares - means**2, product - mean * means
    telling = full & (np.maximum(spread, spreads) > _STRUCTURE**2)
    if not telling.any():
        return _NOTHING
    found = np.sort((both / np.sqrt(np.maximum(spread, 1) * np.maximum(spreads, 1)))[telling])
    worst, poor, middle = (float(found[int(len(found) * share)]) for share in (0.05, 0.25, 0.5))
    return Agreement(worst, poor, middle, float(telling.mean()))


def _sums(values: Doubles) -> Doubles:
    """(n, places down, places across) of all windows of (n, h, w)."""
    whole = np.zeros((len(values), values.shape[1] + 1, values.shape[2] + 1))
    values.cumsum(axis=1).cumsum(axis=2, out=whole[:, 1:, 1:])
    w, s = _WINDOW, _STEP
    down, right = whole.shape[1] - w, whole.shape[2] - w
    return np.asarray(
        whole[:, w::s, w::s] - whole[:, :down:s, w::s] - whole[:, w::s, :right:s] + whole[:, :down:s, :right:s]
    )


def _seen(picture: Floats, places: Doubles, step: float) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """(n,) the tones at places (n, 2) that lie `step` apart, and which are within the picture."""
    size = extent(picture.shape[1] / picture.shape[0])
    less = max(1, int(step * max(picture.shape) + 0.3))
    small = _reduced(picture, less)
    high, wide = small.shape
    x, y = places[:, 0] / size[0] * wide - 0.5, places[:, 1] / size[1] * high - 0.5
    within = (x >= -0.5) & (y >= -0.5) & (x <= wide - 0.5) & (y <= high - 0.5)
    x, y = np.clip(x, 0, wide - 1), np.clip(y, 0, high - 1)
    left, top = x.astype(int), y.astype(int)
    right, bottom = np.minimum(left + 1, wide - 1), np.minimum(top + 1, high - 1)
    x, y = x - left, y - top
    above = small[top, left] * (1 - x) + small[top, right] * x
    below = small[bottom, left] * (1 - x) + small[bottom, right] * x
    return np.asarray(above * (1 - y) + below * y), within


def _reduced(picture: Floats, less: int) -> Floats:
    """Means of squares of so many pixels; what is left at the edges belongs to none."""
    less = min(less, *picture.shape)
    if less == 1:
        return picture
    high, wide = (side // less for side in picture.shape)
    return np.asarray(picture[: high * less, : wide * less].reshape(high, less, wide, less).mean(axis=(1, 3)))
