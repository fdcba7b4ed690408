"""Pictures too plain to tell by a hash: of one colour, dark, blank, or a mere gradient.

A hash says which low frequencies of a picture are above their median. Where half of them lie about the median as near
as noise, those bits are by chance, or the same for all such pictures.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Doubles: TypeAlias = npt.NDArray[np.float64]

LEAST_SPREAD = 2.0
"""Saving a picture as JPEG of quality 50 changes a sixth of the bits of those with less, and a tenth of those with 2 to
3. Of 1,498 photographs none had less than 11, of 40 pages of text none less than 6."""
WAVES = 8
"""As many lowest frequencies each way tell whether a picture is plain."""
_SIDE = 32


def is_plain(grey: npt.NDArray[Any]) -> bool:
    """Whether the picture says too little; `grey` (n, n) are its values 0..255, made small."""
    return spread(grey) < LEAST_SPREAD


def spread(grey: npt.NDArray[Any]) -> float:
    """How far the 8 x 8 lowest frequencies lie from their median, in the median: coefficients of the orthonormal cosine
    transform of 32 x 32 grey values 0..255."""
    low = lowest_frequencies(grey, WAVES) * (_SIDE / 2 / len(grey) ** 2)
    return _median(np.abs(low - _median(low)))


def lowest_frequencies(grey: npt.NDArray[Any], count: int) -> Doubles:
    """(count, count): the lowest coefficients of the type-2 cosine transform, not normalised, of (n, n) values."""
    waves = _waves(count, len(grey))
    return np.asarray(waves @ grey @ waves.T)


def spreads(low: Doubles, side: int) -> Doubles:
    """(n,) what `spread` gives, of (n, 8, 8) lowest frequencies of pictures of that side."""
    low = low.reshape(len(low), -1) * (_SIDE / 2 / side**2)
    return medians(np.abs(low - medians(low)[:, None]))


def lowest_of_many(greys: npt.NDArray[Any], count: int) -> Doubles:
    """(n, count, count): as `lowest_frequencies`, of (n, side, side) values."""
    waves = _waves(count, greys.shape[1])
    return np.asarray(waves @ (greys.astype(np.float64) @ waves.T))


def medians(values: Doubles) -> Doubles:
    """(n,) the medians of rows (n, m)."""
    ordered = np.sort(values, axis=1)
    count = values.shape[1]
    return np.asarray((ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2)


def of_frequencies(low: Doubles, side: int) -> npt.NDArray[np.uint8]:
    """(side, side): the grey picture of those of its frequencies that `lowest_frequencies` gave, and of no others."""
    waves = _waves(len(low), side) / (2 * side)
    waves[0] /= 2
    return np.clip(np.rint(waves.T @ low @ waves), 0, 255).astype(np.uint8)


def _median(values: Doubles) -> float:
    ordered = np.sort(values, axis=None)  # np.median would import all of numpy.ma
    return float(ordered[(ordered.size - 1) // 2] + ordered[ordered.size // 2]) / 2


@cache
def _waves(count: int, side: int) -> Doubles:
    """(count, side): the lowest cosine waves."""
    places = (2 * np.arange(side) + 1) * (np.pi / (2 * side))
    return np.asarray(2 * np.cos(np.arange(count)[:, None] * places))
