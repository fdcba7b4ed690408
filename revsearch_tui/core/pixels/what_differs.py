"""Whether a picture shows anything that another of the same does not: what would be lost, were only the other kept.

The other is laid upon it, is given its light and colours by regression, and both are held against each other place by
place. What was resized, recompressed, recoloured, blurred or made dark shows nothing of its own then; what was written
or painted over does, and another shot in which something moved, and the coloured picture beside the grey one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from revsearch_tui.core.pixels.laid_upon import HALF, laid_upon, tiles, windows_of
from revsearch_tui.core.pixels.tones import LUMA

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

_ACROSS = 256
"""The longest side of what is compared."""
_SHIFT, _TOGETHER = 3, 12
"""So many pixels a place may be elsewhere; and places that are looked for elsewhere together."""
_LEAST, _OF_SPREAD = 6.0, 0.25
"""How far tones of a place, of 255, may be off in the mean, and the share of their spread that is added."""
_COVERED = 0.9
"""Of a place that the other picture must show for it to be compared."""
_RANK = 3
"""Of the places that differ most, the one that tells how much pictures differ: a single place may be chance."""
_FITTED, _ROUNDS, _RIDGE = 1_200, 4, 1e-4
_TERMS = 14
_AT_ONCE = 4_096
"""Few enough for the product to be made in this thread: others would be waited for longer than it takes."""
_BLURS = (1, 3)
_COLOURED, _COLOURLESS, _OTHER_HUE = 32.0, 6.0, 0.82
"""Of how much colour, of 255, the hue is told, and of how little there is none; and the cosine of what hues are apart
from where they are others."""
_IN_LIGHT, _HOPELESS, _STAYS = 3, 6.0, 2.5
"""After so many likenesses the picture is in the other's light; what neither blur nor shift brings back from there, and
what differs beyond doubt wherever it is shifted to."""


_LEAST_OPACITY = 16.0
"""How far opacities of a place, of 255, may be off in the mean, beside the share of their spread."""


class Difference(NamedTuple):
    """`shown`: the share of the picture, 0 to 1, that the other shows. `most`: how far the places that differ most do,
    in multiples of what chance and bad copying do; 0 where no place can be compared. `recoloured`: whether coloured
    places have other hues, or are grey in the other; that is not asked where places differ beyond doubt."""

    shown: float
    most: float
    recoloured: bool


def difference(kept: Image.Image, other: Image.Image, transform: npt.NDArray[Any]) -> Difference | None:
    """What `other` shows that `kept` does not, both RGB. `transform` (3, 3) leads from places of `other` to places of
    `kept`, both in pixels of a picture whose longest side is 1. None where places lie beyond the horizon."""
    laid = laid_upon(kept, other, transform, _ACROSS)
    if laid is None:
        return None
    theirs, ours = _soft(laid.kept), _soft(laid.ours)
    asked = tiles(laid.within.astype(np.float32)) >= _COVERED
    if asked.sum() < _RANK:
        return Difference(float(laid.within.mean()), 0.0, recoloured=False)
    most = _most(theirs, ours, laid.within, asked)
    hues = most <= _HOPELESS and _is_recoloured(theirs, ours, asked)
    return Difference(float(laid.within.mean()), most, hues)


def is_seen_through_elsewhere(kept: Image.Image, other: Image.Image, transform: npt.NDArray[Any]) -> bool:
    """Whether two pictures, by their opacities, both of mode L, are transparent in different places, or one of them
    more than the other; `transform` as in `difference`. No light changes what hides a ground: none is allowed for."""
    laid = laid_upon(kept, other, transform, _ACROSS)
    if laid is None:
        return True
    theirs, ours = (_soft(each)[..., None] for each in (laid.kept, laid.ours))
    asked = tiles(laid.within.astype(np.float32)) >= _COVERED
    if asked.sum() < _RANK:
        return False
    limit = np.float32(_LEAST_OPACITY) + np.float32(_OF_SPREAD) * np.maximum(_spread(theirs), _spread(ours))
    ratio = np.where(asked, tiles(np.abs(theirs - ours)).max(axis=-1) / limit, np.float32(0))
    if _told(ratio) > 1:
        _try_shifts(theirs, ours, ratio, limit)
    return _told(ratio) > 1


def _soft(picture: Image.Image) -> Floats:
    return np.asarray(picture.filter(ImageFilter.BoxBlur(1)), np.float32)


def _is_recoloured(laid: Floats, ours: Floats, asked: npt.NDArray[np.bool_]) -> bool:
    """Whether places that have much colour have other hues, or none, in the picture that is laid upon them: the shirt
    in red and in blue, and the photograph that has turned grey, whose light may explain its tones."""
    first, second = (_colour(tiles(each)[asked]) for each in (laid, ours))
    theirs, mine = np.hypot(*first), np.hypot(*second)
    apart = (theirs > _COLOURED) & ((first * second).sum(axis=0) < _OTHER_HUE * theirs * mine)
    return bool(((mine > _COLOURED) & (apart | (theirs < _COLOURLESS))).sum() >= _RANK)


def _colour(values: Floats) -> Floats:
    """(2, n): how much more red and blue there is than grey in (n, 3)."""
    grey = values @ np.array(LUMA, np.float32)
    return np.asarray(values.T[::2] - grey)


def _most(laid: Floats, ours: Floats, within: npt.NDArray[np.bool_], asked: npt.NDArray[np.bool_]) -> float:
    """How far (h, w, 3) `ours` is from what `laid` would be in its light, in the worst of the places that are asked."""
    spread = _spread(ours)
    ratio: Floats = np.full(asked.shape, np.inf, np.float32)
    ratio[~asked] = 0
    likenesses: list[tuple[Floats, Floats]] = []
    for like in _likenesses(laid, ours, within):
        limit = np.float32(_LEAST) + np.float32(_OF_SPREAD) * np.maximum(spread, _spread(like))
        likenesses.append((like, limit))
        np.minimum(ratio, tiles(np.abs(like - ours)).max(axis=-1) / limit, out=ratio)
        most = _told(ratio)
        if most <= 1 or (len(likenesses) == _IN_LIGHT and most > _HOPELESS):
            return most
    for like, limit in (likenesses[0], likenesses[_IN_LIGHT - 1]):
        _try_shifts(like, ours, ratio, limit)
    return _told(ratio)


def _told(ratio: Floats) -> float:
    return float(np.partition(ratio, -_RANK, axis=None)[-_RANK])


def _likenesses(laid: Floats, ours: Floats, within: npt.NDArray[np.bool_]) -> Iterator[Floats]:
    """(h, w, 3) each: a picture as it is, in the light of the other, and blurred in that light."""
    yield laid
    fitted = laid
    for fitted in _in_light_of(laid, ours, within):
        yield fitted
    soft = Image.fromarray(np.rint(fitted).astype(np.uint8))
    for radius in _BLURS:
        yield np.asarray(soft.filter(ImageFilter.BoxBlur(radius)), np.float32)


def _in_light_of(laid: Floats, ours: Floats, within: npt.NDArray[np.bool_]) -> Iterator[Floats]:
    """(h, w, 3): colours of a picture as polynomials of tones, and of light from one side, make them most like those of
    the other; by least squares, and again by weights that leave out what differs (Geman and McClure, 1987)."""
    high, wide = within.shape
    y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j].astype(np.float32)
    terms = _terms(laid.reshape(-1, 3) / np.float32(128) - np.float32(1), x.ravel(), y.ravel())
    wanted = ours.reshape(-1, 3)
    some = np.flatnonzero(within.ravel())
    some = some[:: max(1, len(some) // _FITTED)]
    known, tones = terms[some], wanted[some]
    weights = np.ones(len(some), np.float32)
    for turn in range(_ROUNDS):
        weighed = known * weights[:, None]
        ridge = _RIDGE * max(1.0, float(weights.sum())) * np.eye(known.shape[1], dtype=np.float32)
        found = np.linalg.solve(weighed.T @ known + ridge, weighed.T @ tones)
        if turn in (0, _ROUNDS - 1):
            parts = [terms[start : start + _AT_ONCE] @ found for start in range(0, len(terms), _AT_ONCE)]
            yield np.clip(np.concatenate(parts), 0, 255).reshape(high, wide, 3)
        off = np.abs(known @ found - tones).max(axis=1)
        scale = max(3.0, 1.5 * float(np.median(off)))
        weights = (1 / (1 + (off / scale) ** 2)) ** 2


def _terms(colours: Floats, x: Floats, y: Floats) -> Floats:
    terms = np.empty((_TERMS, len(x)), np.float32)
    terms[:3] = colours.T
    red, green, blue = terms[:3]
    grey = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    of_tones = [(grey, grey), (grey * grey, grey), (red - grey, grey), (blue - grey, grey)]
    of_places = [(x, x), (y, y), (x, grey), (y, grey)]
    for into, (one, other) in zip(terms[3:-3], [*of_tones, *of_places], strict=True):
        np.multiply(one, other, out=into)
    terms[-3], terms[-2], terms[-1] = x, y, 1
    return terms.T


def _try_shifts(like: Floats, ours: Floats, ratio: Floats, limit: Floats) -> None:
    """Lower the ratios at places that differ to those at the best shift, the worst first, until enough of them differ
    all the same."""
    around = np.pad(like, ((_SHIFT, _SHIFT), (_SHIFT, _SHIFT), (0, 0)), mode="edge")
    windows = windows_of(around)
    around_it = np.arange(2 * _SHIFT + 1)
    places = windows_of(ours)
    left = 0
    worst = np.argsort(ratio, axis=None)[::-1]
    worst = worst[: int((ratio > 1).sum())]
    for start in range(0, len(worst), _TOGETHER):
        rows, columns = np.unravel_index(worst[start : start + _TOGETHER], ratio.shape)
        top, at = rows * HALF, columns * HALF
        near = windows[(top[:, None] + around_it)[:, :, None], (at[:, None] + around_it)[:, None]]
        off = np.abs(near - places[top, at][:, None, None]).mean(axis=(4, 5)).max(axis=3).min(axis=(1, 2))
        ratio[rows, columns] = np.minimum(ratio[rows, columns], off / limit[rows, columns])
        left += int((ratio[rows, columns] > _STAYS).sum())
        if left >= _RANK:
            return


def _spread(values: Floats) -> Floats:
    """The greatest standard deviation of any colour in the places of (h, w, 3)."""
    mean = tiles(values)
    return np.asarray(np.sqrt(np.maximum(0, tiles(values * values) - mean * mean)).max(axis=-1))
