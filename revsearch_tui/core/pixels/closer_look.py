"""What a copy may have that hides it from points and pixels, and no other shot of its scene: an edge of its own, as a
picture on a screen or a page has, and marks all over that are seen through, as those against copying are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.pixels.pair_geometry import extent, moved
from revsearch_tui.core.pixels.pixel_agreement import laid

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.pixels.tones import Tones

    Doubles = npt.NDArray[Any]

_ALONG, _BESIDE = 60, 0.012
"""Places along each side, and how far inside and outside of it tones are compared, where the longest side is 1."""
_STEEPER, _STEP = 1.5, 6.0
"""An edge is where tones change that many times as much, and by that many tones, as they do inside."""
_FEWEST = 20
"""Places of a side that must lie in the other picture for it to say anything."""
_LEAST_EDGES = (0.3, 0.45)
"""Of the places along the side with fewest edges, and along that with the second fewest. Pictures on bad screens have
0.3 and 0.4 at the least, but for those that are dark along a side; other shots of a scene, framed, had 0.27 and 0.57,
for what they show does not end where the first does."""

_ACROSS, _TILES = 160, 5
"""The longest side of what is looked through, and the parts of it either way that are judged each by itself."""
_TOLERANCE, _STEEP = 10.0, 30.0
"""Tones that two may differ by and be the same; and the change from pixel to pixel beyond which a little shift says
more than that."""
_TRIES, _SAMPLE = 200, 3000
"""Pairs of pixels that a line is drawn through, and pixels that say which line is best."""
_SLOPES = (0.15, 1.5)
"""How steep a line may be."""
_DULLED = (0.25, 0.85)
"""How steep tones below a mark are to those beside it: 1 less how opaque it is."""
_EXPLAINED, _MARKED = 0.89, 0.03
"""Of the pixels of each part, those that are as marks would have them, and those that are marked. Of copies below marks
each part had 0.9 and 0.05; of other shots that were marked it had 0.85 in the best case; of forms and slides filled in
otherwise some part is not marked at all."""


def has_own_edge(first: Tones, second: Tones, transform: Doubles) -> bool:
    """Whether what the second picture shows of the first ends on all sides where the first ends. `transform` (3, 3)
    leads from places of the first to places of the second, as in `agreement`."""
    size = extent(first.shape[1] / first.shape[0])
    along = (np.arange(_ALONG) + 0.5) / _ALONG
    shares = []
    for axis in (0, 1):
        for far in (0.0, 1.0):
            places = np.zeros((_ALONG, 2))
            places[:, 1 - axis] = along * size[1 - axis]

            def tones(out: float, places: Doubles = places, axis: int = axis, far: float = far) -> tuple[Any, Any]:
                line = places.copy()
                line[:, axis] = far * size[axis] + (out if far else -out) * _BESIDE
                return second.at(moved(transform, line), _BESIDE)

            (inner, has), (deeper, has_deeper), (outer, has_outer), (farther, _) = map(tones, (-1.0, -2.5, 1.5, 3.0))
            known = has & has_deeper & has_outer
            step = np.minimum(np.abs(outer - inner), np.abs(farther - inner))
            edge = (step > _STEEPER * np.abs(inner - deeper) + _STEP)[known]
            shares.append(float(edge.mean()) if len(edge) >= _FEWEST else 0.0)
    return all(share >= least for share, least in zip(sorted(shares), _LEAST_EDGES, strict=False))


def is_marked_over(first: Tones, second: Tones, transform: Doubles, *, inverted: bool = False) -> bool:
    """Whether the second picture, as above, is the first below marks of one tone that are all over it and let it show
    through.

    The tones of a pixel in both pictures then lie on one line where there is no mark, and on another, less steep, below
    a mark, or between the two at its edge. Both lines are fitted by trial (RANSAC; Fischler and Bolles, 1981).
    """
    found = laid(first, second, transform, _ACROSS, _TILES, inverted=inverted)
    if found is None:
        return False
    one, other, within = found
    asked = within & (np.hypot(*np.gradient(one)) < _STEEP)
    clear = _line(one[asked], other[asked])
    if clear is None:
        return False
    plain = clear[0] * one + clear[1]
    marked = asked & (np.abs(other - plain) >= _TOLERANCE)
    dulled = _line(one[marked], other[marked])
    if dulled is None or not _DULLED[0] <= dulled[0] / clear[0] <= _DULLED[1]:
        return False
    below = dulled[0] * one + dulled[1]
    low, high = np.minimum(plain, below) - _TOLERANCE, np.maximum(plain, below) + _TOLERANCE
    explained = asked & (other >= low) & (other <= high)
    counts = np.stack([_tiles(asked), _tiles(explained), _tiles(marked)])
    held = counts[:, counts[0] >= _FEWEST]
    return held.shape[1] > 0 and bool((held[1] >= _EXPLAINED * held[0]).all() and (held[2] >= _MARKED * held[0]).all())


def _line(first: Doubles, second: Doubles) -> tuple[float, float] | None:
    """The slope and the level that make most of the second tones (n,) of the first (n,); None where none does."""
    if len(first) < _FEWEST:
        return None
    chance = np.random.default_rng(0)
    one, other = chance.integers(0, len(first), (2, _TRIES))
    apart = first[one] - first[other]
    kept = np.abs(apart) >= _STEEP
    slopes = (second[one] - second[other])[kept] / apart[kept]
    levels = second[one][kept] - slopes * first[one][kept]
    rising = (slopes > _SLOPES[0]) & (slopes < _SLOPES[1])
    if not rising.any():
        return None
    slopes, levels = slopes[rising], levels[rising]
    sample = chance.permutation(len(first))[:_SAMPLE]
    near = np.abs(second[sample] - slopes[:, None] * first[sample] - levels[:, None]) < _TOLERANCE
    best = int(near.sum(axis=1).argmax())
    held = np.abs(second - slopes[best] * first - levels[best]) < _TOLERANCE
    spread = float(first[held].var())
    if spread < 1:
        return float(slopes[best]), float(levels[best])
    slope = float(((first - first[held].mean()) * second)[held].mean()) / spread
    return slope, float(second[held].mean() - slope * first[held].mean())


def _tiles(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """(parts,) how many of (h, w) are true in each part."""
    rows, columns = ((np.arange(_TILES) * side // _TILES) for side in mask.shape)
    return np.asarray(np.add.reduceat(np.add.reduceat(mask.astype(np.int64), rows, axis=0), columns, axis=1).ravel())
