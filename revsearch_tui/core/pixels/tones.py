"""The tones of a picture, looked up at any places of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.pixels.pair_geometry import extent

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[Any]


LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue in a tone (ITU-R BT.601)."""


class Tones:
    """A picture in grey (h, w), 0 to 255, uint8 or float32, and the smaller ones that were made of it: a picture is
    held against many others, and mostly at one size."""

    def __init__(self, grey: npt.NDArray[Any]) -> None:
        self.shape = grey.shape
        self._smaller = {1: grey}

    def at(self, places: Doubles, step: float) -> tuple[Doubles, npt.NDArray[np.bool_]]:
        """(n,) the tones at places (n, 2) that lie `step` apart, in pixels of a picture whose longest side is 1, and
        which are within the picture."""
        size = extent(self.shape[1] / self.shape[0])
        small = self._reduced(max(1, int(step * max(self.shape) + 0.3)))
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

    def _reduced(self, less: int) -> npt.NDArray[Any]:
        if less not in self._smaller:
            self._smaller[less] = reduced(self._smaller[1], less)
        return self._smaller[less]


def reduced(grey: npt.NDArray[Any], less: int) -> npt.NDArray[Any]:
    """Means of squares of so many pixels of (h, w), or as many as there are; what is left at the edges belongs to
    none."""
    less = min(less, *grey.shape)
    if less == 1:
        return grey
    high, wide = (side // less for side in grey.shape)
    # Whole rows first, then every so many columns: ten times as fast as the mean of two axes at once.
    rows = grey[: high * less, : wide * less].reshape(high, less, wide * less).sum(axis=1, dtype=np.float32)
    return np.asarray(sum(rows[:, column::less] for column in range(less)) / np.float32(less * less))
