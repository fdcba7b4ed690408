"""The bits of `imagehash.phash`, without SciPy, which takes longer to import than a search takes."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Doubles: TypeAlias = npt.NDArray[np.float64]

_FACTOR = 4
_CERTAIN = 1e-4
"""No rounding adds up to this: sums of pixels reach 2e7, in numbers with 16 digits."""


def phash_bits(image: Image.Image, size: int) -> npt.NDArray[np.bool_] | None:
    """(size, size), or None where a coefficient is so near the median that its bit may hang on the rounding.

    As imagehash: grey, resized to 4 * size pixels square, the type-2 cosine transform of columns and rows, and of its
    lowest frequencies those above their median.
    """
    side = size * _FACTOR
    grey: npt.NDArray[Any] = np.asarray(image.convert("L").resize((side, side), Image.Resampling.LANCZOS))
    waves = _waves(size, side)
    low = waves @ grey @ waves.T
    ordered = np.sort(low, axis=None)
    median = (ordered[(low.size - 1) // 2] + ordered[low.size // 2]) / 2  # np.median would import all of numpy.ma
    return None if np.abs(low - median).min() < _CERTAIN else low > median


@cache
def _waves(size: int, side: int) -> Doubles:
    """(size, side): the lowest cosine waves."""
    places = (2 * np.arange(side) + 1) * (np.pi / (2 * side))
    return np.asarray(2 * np.cos(np.arange(size)[:, None] * places))
