"""How far pictures that are nearly alike are from one that shows the same, by their pixels: which of them it is.

All are laid upon it, and given its light. Those that lie alike are laid by one transform and given one light, so that
they differ from it by the same where they are equal; what counts are the places at which they differ from each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from revsearch_tui.core.pixels.laying import block_sums, laid
from revsearch_tui.core.pixels.pair_geometry import extent, moved

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

    Doubles = npt.NDArray[np.float64]
    Floats = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.bool_]

_ACROSS, _FITTED_ACROSS = 960, 320
"""The longest side of what is compared at the most, and of what the transform and the light are chosen by."""
_TILE, _SHIFT = 8, 1
"""The side of a place, in pixels, and how many pixels it may be elsewhere."""
_TELLING, _MOST_PLACES = 1.0, 600
"""Tones, of 255, that pictures differ by in the mean at a place that tells them apart; and how many such places are
looked at, those that tell most."""
_MOST_OFF = 64.0
"""Tones beyond which a place is no farther off: a finger, a stamp or a reflection counts no more than that."""
_GREY = 2.0
"""Tones that the colours of a pixel differ by in the mean where a query has none, as a scan; all is grey then."""
_APART = 8 / 960
"""So far apart, where the longest side is 1, two pictures lie alike."""
_TRIED, _FITS = 3, 3.0
"""Transforms that are tried; and the tones that a picture is off by in the mean which is lit as the query is."""
_SAMPLE, _ROUNDS, _RIDGE = 1_200, 5, 4.0
_TERMS = 9
"""Of the light: a gain for each colour, how it changes across and down, and what is added to all."""


class Candidate(NamedTuple):
    """A picture, (h, w, 3) uint8, and the transform (3, 3) that leads from places of the query to places of it, both in
    pixels of a picture whose longest side is 1; without one it is stretched to the query's form. `inverted` where it
    shows the query with light and dark exchanged."""

    picture: Picture
    transform: Doubles | None
    inverted: bool = False


class _Alike(NamedTuple):
    """Candidates, by number, that lie alike upon the query: the form and the transforms of all, and where these put its
    corners and its middle."""

    inverted: bool
    form: Doubles
    there: Doubles
    members: list[int]
    transforms: list[Doubles]


def misfits(query: Picture, candidates: Sequence[Candidate]) -> list[float | None]:
    """How far each is from the query, (h, w, 3) uint8: mean squares of tones, 0 to 4096, over the places that tell the
    candidates apart; 0 for all where none does, None for what cannot be laid upon it."""
    whole = Image.fromarray(query)
    if max(whole.size) > _ACROSS:
        whole.thumbnail((_ACROSS, _ACROSS), Image.Resampling.HAMMING)
    small = whole.copy()
    small.thumbnail((_FITTED_ACROSS, _FITTED_ACROSS), Image.Resampling.HAMMING)
    pixels, size = np.asarray(whole), extent(query.shape[1] / query.shape[0])
    is_grey = float(np.ptp(np.asarray(small), axis=2).mean()) < _GREY
    lying: dict[int, tuple[Picture, Mask, Doubles]] = {}
    for group in _lying_alike(candidates, size):
        pictures = {number: _as_shown(candidates[number], is_grey=is_grey) for number in group.members}
        found = _fitted(small, list(pictures.values()), group.transforms, size)
        if found is None:
            continue
        for number, picture in pictures.items():
            if (lies := laid(picture, found[0], size, whole.size)) is not None:
                lying[number] = np.asarray(lies[0]), lies[1], found[1]
    if min(whole.size) < _TILE or len(lying) < 2:
        return [0.0 if number in lying else None for number in range(len(candidates))]
    rows, columns = _telling([lies for lies, _, _ in lying.values()], [within for _, within, _ in lying.values()])
    if not len(rows):
        return [0.0 if number in lying else None for number in range(len(candidates))]
    ours = _places(pixels, rows, columns, 0)
    middles = ((np.stack([columns, rows], axis=1) + 0.5) * _TILE / whole.size * 2 - 1).T
    return [
        _off(_places(lying[number][0], rows, columns, _SHIFT), ours, lying[number][2], middles)
        if number in lying
        else None
        for number in range(len(candidates))
    ]


def _as_shown(candidate: Candidate, *, is_grey: bool) -> Image.Image:
    shown = Image.fromarray(255 - candidate.picture if candidate.inverted else candidate.picture)
    return shown.convert("L").convert("RGB") if is_grey else shown


def _lying_alike(candidates: Sequence[Candidate], size: Doubles) -> list[_Alike]:
    places = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]]) * size
    groups: list[_Alike] = []
    for number, (picture, transform, inverted) in enumerate(candidates):
        form = extent(picture.shape[1] / picture.shape[0])
        stretch = np.diag([*(form / size), 1.0])
        way = stretch if transform is None else transform
        there = moved(way, places)
        for group in groups:
            is_alike = group.inverted == inverted and np.abs(group.form - form).max() < _APART
            if is_alike and np.abs(group.there - there).max() < _APART:
                group.members.append(number)
                group.transforms.append(way)
                break
        else:
            # The whole of a picture is that of the other more exactly than keypoints tell.
            is_whole = np.abs(moved(stretch, places) - there).max() < 1.5 * _APART
            ways = [stretch, way] if is_whole and transform is not None else [way]
            groups.append(_Alike(inverted, form, there, [number], ways))
    return groups


def _fitted(
    small: Image.Image, pictures: Sequence[Image.Image], transforms: Sequence[Doubles], size: Doubles
) -> tuple[Doubles, Doubles] | None:
    """The transform by which the first of some pictures fits best upon the query, and the query's light, by that of
    them which it fits best: a grey one would have colours explained by light. None where the first fits by none."""
    ours = np.asarray(small)
    x, y = np.meshgrid(*(np.linspace(-1, 1, side) for side in small.size))

    def fit(picture: Image.Image, transform: Doubles) -> tuple[float, Doubles] | None:
        found = laid(picture, transform, size, small.size)
        if found is None or not found[1].any():
            return None
        lies, within = np.asarray(found[0]), found[1]
        light = _light(lies[within], ours[within], x[within], y[within])
        off = np.abs(_lit(lies[within], light, x[within], y[within]) - ours[within]).mean(axis=1)
        return float(np.minimum(off, _MOST_OFF / 2).mean()), light

    tried = [(found, way) for way in transforms[:_TRIED] if (found := fit(pictures[0], way)) is not None]
    if not tried:
        return None
    best, transform = min(tried, key=lambda each: each[0][0])
    others = pictures[1:] if best[0] > _FITS else []
    better = [found for picture in others if (found := fit(picture, transform)) is not None]
    return transform, min([best, *better], key=lambda each: each[0])[1]


def _light(lies: Picture, ours: Picture, x: Doubles, y: Doubles) -> Doubles:
    """(9,) the light that makes pixels (n, 3) of a picture most like those of the query, at places -1 to 1 across and
    down; by least squares, weighed so that what differs is left out (Geman and McClure, 1987), and no more than needed:
    a thing in another colour stays one where it has a ground about it."""
    every = max(1, len(x) // _SAMPLE)
    tones, wanted = lies[::every].astype(np.float64), ours[::every].astype(np.float64)
    across, down = x[::every], y[::every]
    rows = np.zeros((3, len(tones), _TERMS))
    for colour in range(3):
        rows[colour, :, colour] = tones[:, colour]
        rows[colour, :, 3:] = _unevenness(tones[:, colour], across, down)
    known, sought = rows.reshape(-1, _TERMS), wanted.T.ravel()
    none = np.array([1.0, 1, 1, 0, 0, 0, 0, 0, 0])
    ridge = _RIDGE * len(sought) * np.eye(_TERMS)
    weights, found = np.ones(len(sought)), none
    for _ in range(_ROUNDS):
        weighed = known * weights[:, None]
        found = np.linalg.solve(weighed.T @ known + ridge, weighed.T @ sought + ridge @ none)
        off = np.abs(known @ found - sought)
        weights = (1 / (1 + (off / max(4.0, 1.5 * float(np.median(off)))) ** 2)) ** 2
    return np.asarray(found)


def _unevenness(tones: Doubles, x: Doubles, y: Doubles) -> Doubles:
    return np.stack([tones * x, tones * y, tones * x * x, tones * y * y, tones * x * y, np.full_like(x, 64)], axis=-1)


def _lit(tones: Any, light: Doubles, x: Any, y: Any) -> Any:
    """Tones (..., 3) in a light, at places (...)."""
    uneven = light[3] * x + light[4] * y + light[5] * x * x + light[6] * y * y + light[7] * x * y
    return np.clip(tones * (light[:3] + uneven[..., None]) + 64 * light[8], 0, 255)


def _telling(laid: Sequence[Picture], within: Sequence[Mask]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the places that all pictures have and at which they differ most from the first."""
    apart = np.zeros_like(laid[0])
    for each in laid[1:]:
        np.maximum(apart, np.maximum(each, laid[0]) - np.minimum(each, laid[0]), out=apart)
    there = np.logical_and.reduce(within)
    tones = block_sums(apart, _TILE, np.uint32).max(axis=-1) / _TILE**2
    tones[block_sums(there, _TILE, np.uint32)[..., 0] < _TILE**2] = 0
    order = np.argsort(-tones, axis=None, kind="stable")[:_MOST_PLACES]
    rows, columns = np.unravel_index(order[tones.ravel()[order] > _TELLING], tones.shape)
    return rows, columns


def _places(pixels: Picture, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], more: int) -> Floats:
    """(n, side, side, 3): places with `more` pixels on all sides."""
    around = np.pad(pixels, ((more, more), (more, more), (0, 0)), mode="edge")
    side = _TILE + 2 * more
    windows = np.lib.stride_tricks.sliding_window_view(around, (side, side), axis=(0, 1))
    return windows[rows * _TILE, columns * _TILE].transpose(0, 2, 3, 1).astype(np.float32)


def _off(theirs: Floats, ours: Floats, light: Doubles, middles: Doubles) -> float:
    """The mean square by which places differ in the query's light, each at its best shift."""
    x, y = (each.astype(np.float32)[:, None, None] for each in middles)
    lit = _lit(theirs, light.astype(np.float32), x, y)
    best = np.full(len(ours), np.float32(_MOST_OFF**2))
    for down in range(2 * _SHIFT + 1):
        for right in range(2 * _SHIFT + 1):
            off = lit[:, down : down + _TILE, right : right + _TILE] - ours
            np.minimum(best, np.square(off).mean(axis=(1, 2, 3)), out=best)
    return float(best.mean())
