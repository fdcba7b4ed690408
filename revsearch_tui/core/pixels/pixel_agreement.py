"""How far two pictures show the same where one lies upon the other, by their pixels: what geometry alone leaves open.

One is laid upon the other by the transform that local features agree on, both are made small, and each place's
surroundings are held against the other's by normalised cross-correlation, which neither light nor contrast nor a tint
changes. Another shot of a scene differs where something has moved; a copy, however bad, hardly anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.core.pixels.pair_geometry import extent, moved

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.pixels.tones import Tones

    Doubles = npt.NDArray[Any]

_ACROSS, _WINDOW, _STEP = 64, 12, 2
"""The longest side of what is compared, and the surroundings of a place, in pixels of it; of the places one of so many
along either side."""
_UPRIGHT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
_SHIFT = 1
"""So many pixels the transform may be wrong."""
_SHIFTS = sorted(
    np.ndindex(2 * _SHIFT + 1, 2 * _SHIFT + 1), key=lambda at: (at[0] - _SHIFT) ** 2 + (at[1] - _SHIFT) ** 2
)
_ENOUGH = 0.9
"""The worst correlation with which no other shift is tried."""
_STRUCTURE = 4.0
"""The least spread, of 255 tones, of surroundings that show something."""
_WITHIN = 0.8
"""The share of a window that must lie in both pictures."""
_CLEAR, _CLEAR_OTHER = 15.0, 25.0
"""The least spread of what the first picture shows clearly, and of the second, where a bad copy may show noise or the
waves of a screen: of the worst screens these have up to 20."""
_BURNT, _BURNT_SHARE, _BRIGHTER = 4, 0.01, 1.05
"""Tones from either end that a picture has no light and no dark beyond; the share of these from which that is asked
for; and how much steeper its tones must be than the other's."""


class Agreement(NamedTuple):
    """Correlations, -1 to 1: one in twenty places has a lower one than `worst`, one in four than `poor`, and half than
    `middle`. `telling`: the share of the places where there is something to see. `clear`: all four, of those
    places alone where one of the pictures shows something clearly."""

    worst: float
    poor: float
    middle: float
    telling: float
    clear: tuple[float, float, float, float]


_LEAST = (-1.0, -1.0, -1.0)
_NOTHING = Agreement(*_LEAST, 0.0, (*_LEAST, 0.0))


def agreement(first: Tones, second: Tones, transform: Doubles, *, inverted: bool = False) -> Agreement:
    """Of two pictures. `transform` (3, 3) leads from places of the first to places of the second,
    both in pixels of a picture whose longest side is 1; `inverted` where light and dark are exchanged.

    They are compared at places of the first, so that should be the one that the other shows more of.
    """
    found = laid(first, second, transform, _ACROSS, _WINDOW + 2 * _SHIFT, inverted=inverted)
    if found is None:
        return _NOTHING
    one, other, within = found
    one, other = _in_one_light(one, other, within)
    kept = slice(_SHIFT, -_SHIFT)
    still, weight = other[kept, kept], within[kept, kept].astype(np.float64)
    held = _sums(np.stack([weight, still * weight, still * still * weight]))
    best = _NOTHING
    for down, right in _SHIFTS:
        shifted = one[down : down + still.shape[0], right : right + still.shape[1]] * weight
        agreed = _correlated(held, _sums(np.stack([shifted, shifted * shifted, shifted * still])))
        best = max(best, agreed, key=lambda each: each.middle)
        if best.worst >= _ENOUGH:
            break
    return best


def laid(
    first: Tones, second: Tones, transform: Doubles, across: int, least: int = 1, *, inverted: bool = False
) -> tuple[Doubles, Doubles, npt.NDArray[np.bool_]] | None:
    """(h, w) tones of the first picture, its longest side `across` pixels and neither under `least`, and of the second
    at the same places, and which of these it has; as in `agreement`. None where places lie beyond the horizon."""
    size = extent(first.shape[1] / first.shape[0])
    wide, high = (max(least, round(float(side) * across)) for side in size)
    x, y = np.meshgrid((np.arange(wide) + 0.5) / wide * size[0], (np.arange(high) + 0.5) / high * size[1])
    places = np.column_stack([x.ravel(), y.ravel()])
    there = moved(transform, places)
    if not np.isfinite(there).all():
        return None
    middle = size / 2
    corner = moved(transform, [middle, middle + (1 / across, 0), middle + (0, 1 / across)])
    step = float(np.sqrt(abs(np.linalg.det(corner[1:] - corner[0]))))
    one = first.at(places, 1 / across)[0].reshape(high, wide)
    other, within = (each.reshape(high, wide) for each in second.at(there, step))
    return one, 255 - other if inverted else other, within


def _in_one_light(one: Doubles, other: Doubles, within: npt.NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
    """The same, the less bright of them as it would look if it had been made as bright as the other, where that has no
    more light, or no dark, left. What only one of them shows stays."""
    return _as_bright(one, other, within), _as_bright(other, one, within)


def _as_bright(tones: Doubles, burnt: Doubles, within: npt.NDArray[np.bool_]) -> Doubles:
    left = within & (burnt > _BURNT) & (burnt < 255 - _BURNT)
    if left.sum() >= (1 - _BURNT_SHARE) * within.sum() or left.sum() < _WINDOW**2:
        return tones
    for _ in range(2):
        here, there = tones[left], burnt[left]
        slope = float(np.cov(here, there)[0, 1] / max(1.0, float(here.var())))
        level = float(there.mean() - slope * here.mean())
        off = np.abs(burnt - slope * tones - level)
        left &= off <= 2 * np.median(off[left])
        if left.sum() < _WINDOW**2:
            return tones
    return np.clip(slope * tones + level, 0, 255) if slope > _BRIGHTER else tones


def stretched(first: tuple[int, ...], second: tuple[int, ...], turn: Sequence[Sequence[float]] = _UPRIGHT) -> Doubles:
    """(3, 3): the transform that lays one picture of this shape (h, w) upon the other, whole upon whole. `turn` (2, 3)
    says where points of a square of side 1 are put."""
    ours, theirs = (extent(wide / high) for high, wide in (first, second))
    return np.array([*np.asarray(turn) * theirs[:, None] / [*ours, 1.0], (0.0, 0.0, 1.0)])


def _correlated(held: Doubles, moving: Doubles) -> Agreement:
    """By the sums of weights, tones and their squares of one picture, of the other's tones, their squares, and the
    products of both."""
    full = held[0] >= _WITHIN * _WINDOW**2
    mean, square, means, squares, product = np.concatenate([held[1:], moving]) / np.maximum(held[0], 1)
    spread, spreads, both = square - mean**2, squares - means**2, product - mean * means
    telling = full & (np.maximum(spread, spreads) > _STRUCTURE**2)
    if not telling.any():
        return _NOTHING
    found = both / np.sqrt(np.maximum(spread, 1) * np.maximum(spreads, 1))
    clear = telling & ((spreads > _CLEAR**2) | (spread > _CLEAR_OTHER**2))
    return Agreement(*_ranked(found[telling]), float(telling.mean()), (*_ranked(found[clear]), float(clear.mean())))


def _ranked(values: Doubles) -> tuple[float, float, float]:
    if not len(values):
        return _LEAST
    values = np.sort(values)
    worst, poor, middle = (float(values[int(len(values) * share)]) for share in (0.05, 0.25, 0.5))
    return worst, poor, middle


def _sums(values: Doubles) -> Doubles:
    """(n, places down, places across) of all windows of (n, h, w)."""
    whole = np.zeros((len(values), values.shape[1] + 1, values.shape[2] + 1))
    values.cumsum(axis=1).cumsum(axis=2, out=whole[:, 1:, 1:])
    w, s = _WINDOW, _STEP
    down, right = whole.shape[1] - w, whole.shape[2] - w
    return np.asarray(
        whole[:, w::s, w::s] - whole[:, :down:s, w::s] - whole[:, w::s, :right:s] + whole[:, :down:s, :right:s]
    )
