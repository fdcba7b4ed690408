"""Whether pictures that look the same differ in small things: numbers of an invoice, the moves of two chess boards.

Both are held against each other in grey, at about a thousand pixels, place by place, by how much of the lines in a
place is not explained by those of the same place of the other picture, whatever its light. What bad copying leaves
unexplained it leaves everywhere, so it sets the limit from where something is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from revsearch_tui.core.pixels.laid_upon import HALF, TILE, laid_upon, tiles, windows_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

ACROSS = 1024
"""The longest side of what is compared."""
_SOFT, _SOFTER = 0.7, (1.7, 2.7)
"""Radii of the boxes that both are blurred with, and the kept picture is, too, to be as blurred as the other."""
_SHARPER = ImageFilter.UnsharpMask(2, 120, 0)
_SHIFT = 2
"""So many pixels a place may be elsewhere."""
_LEAST_GAIN, _MOST_GAIN = 0.65, 2.0
"""So many times the contrast of elsewhere a place may have: with less, what is missing there would be explained."""
_FAINTEST, _PLAIN, _OF_NOISE = 12.0, 32.0, 4.0
"""Contrast in a place, of 255, of which less counts as that much, in a clean copy and in a bad one, and the multiple of
what is unexplained in most places that sets it between these."""
_MOST = 0.8
"""Of the places, those that tell what is unexplained in most."""
_RANK = 3
"""Of the places that differ most, the one that tells how much pictures differ: a single place may be chance."""
_LOOKED_AT, _DOUBTFUL = 150, 0.4
_SAMPLED = 4_000


_CLEAR = 16.0
"""The contrast of a place, as a standard deviation of its tones, of 255, in which something is to be seen."""


class _Lines(NamedTuple):
    """Of places: the variances of the kept picture and of the other, and their covariance, (...) each."""

    kept: Floats
    other: Floats
    both: Floats


def unexplained(kept: Image.Image, other: Image.Image, transform: npt.NDArray[Any]) -> float:
    """How much of the lines of `other`, 0 to a little more than 1, is not in `kept` or the other way round, in the
    places that differ most; both RGB. `transform` is that of `laid_upon`; 1 where it leads beyond the horizon."""
    laid = laid_upon(kept.convert("L"), other.convert("L"), transform, ACROSS)
    if laid is None:
        return 1.0
    asked = tiles(laid.within.astype(np.float32)) == 1
    if asked.sum() < _RANK:
        return 0.0
    ours, first = _soft(laid.ours, _SOFT), _soft(laid.kept, _SOFT)
    lines = _of_places(first, ours)
    gain = _gain(lines, asked)
    left = _left(lines, gain)
    left[~asked] = 0
    noise = float(np.quantile(left[asked][:: max(1, left.size // _SAMPLED)], _MOST))
    faintest = min(_PLAIN, max(_FAINTEST, _OF_NOISE * noise))
    shares = _shares(left, lines, gain, faintest).ravel()
    doubtful = np.argpartition(shares, -min(_LOOKED_AT, shares.size))[-_LOOKED_AT:]
    doubtful = doubtful[shares[doubtful] > _DOUBTFUL]
    if len(doubtful) < _RANK:
        return 0.0
    rows, columns = np.unravel_index(doubtful, left.shape)
    top, at = rows * HALF, columns * HALF
    place = windows_of(ours)[top, at]
    least = shares[doubtful]
    for like in _likenesses(laid.kept, first):
        if (least > _DOUBTFUL).sum() < _RANK:
            break
        gain = gain if like is first else _gain(_of_places(like, ours), asked)
        windows = windows_of(np.pad(like, _SHIFT, mode="edge"))
        for down in range(2 * _SHIFT + 1):
            for right in range(2 * _SHIFT + 1):
                each = _of_windows(windows[top + down, at + right], place)
                np.minimum(least, _shares(_left(each, gain), each, gain, faintest), out=least)
    return float(np.partition(least, -_RANK)[-_RANK])


def places_with_lines(picture: Image.Image) -> int:
    """In how many places of it, each beginning half a place of 8 pixels after the one before, there is something clear
    to be seen. Of 28 kinds of flat drawings at 256 to 960 pixels the least had 142."""
    soft = _soft(picture.convert("L"), _SOFT)
    return int((_of_places(soft, soft).kept > _CLEAR**2).sum()) if min(picture.size) >= TILE else 0


def _likenesses(kept: Image.Image, soft: Floats) -> Iterator[Floats]:
    """What the kept picture (h, w) would be as a copy: as it is, blurred, and made sharp."""
    yield soft
    for radius in _SOFTER:
        yield _soft(kept, radius)
    yield _soft(kept.filter(_SHARPER), _SOFT)


def _soft(picture: Image.Image, radius: float) -> Floats:
    return np.asarray(picture.filter(ImageFilter.BoxBlur(radius)), np.float32)


def _of_places(kept: Floats, other: Floats) -> _Lines:
    """Of all places of two pictures (h, w)."""
    of_kept, of_other, of_both, kept_mean, other_mean = np.moveaxis(
        tiles(np.stack([kept * kept, other * other, kept * other, kept, other], axis=-1)), -1, 0
    )
    return _Lines(
        np.maximum(of_kept - kept_mean * kept_mean, 0),
        np.maximum(of_other - other_mean * other_mean, 0),
        of_both - kept_mean * other_mean,
    )


def _of_windows(kept: Floats, other: Floats) -> _Lines:
    """Of some places (n, 8, 8)."""
    kept = kept - kept.mean(axis=(1, 2), keepdims=True)
    other = other - other.mean(axis=(1, 2), keepdims=True)
    pixels = np.float32(TILE * TILE)
    products = (np.einsum("nij,nij->n", one, two) for one, two in ((kept, kept), (other, other), (kept, other)))
    return _Lines(*(each / pixels for each in products))


def _gain(lines: _Lines, asked: npt.NDArray[np.bool_]) -> float:
    """How many times the contrast of the kept picture the other has, the median by what there is of it; less than 0
    where one is the negative of the other."""
    every = max(1, asked.size // _SAMPLED)
    weights = (lines.kept * asked).ravel()[::every]
    if not weights.any():
        return 1.0
    gains = (lines.both / (lines.kept + 1)).ravel()[::every]
    order = np.argsort(gains)
    sums = np.cumsum(weights[order])
    return float(gains[order][min(int(np.searchsorted(sums, sums[-1] / 2)), len(order) - 1)])


def _left(lines: _Lines, gain: float) -> Floats:
    """What of either picture is not explained by the other, as a standard deviation."""
    least, most = sorted((gain * _LEAST_GAIN, gain * _MOST_GAIN))
    gains = np.clip(lines.both / (lines.kept + np.float32(1e-3)), np.float32(least), np.float32(most))
    rest = lines.other - 2 * gains * lines.both + gains * gains * lines.kept
    return np.asarray(np.sqrt(np.maximum(rest, 0)))


def _shares(left: Floats, lines: _Lines, gain: float, faintest: float) -> Floats:
    """Of all lines in a place."""
    contrast = np.sqrt(np.maximum(lines.other, np.float32(gain * gain) * lines.kept))
    return np.asarray(left / np.maximum(contrast, np.float32(faintest)))
