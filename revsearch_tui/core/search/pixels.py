"""Two pictures compared by their pixels alone, without any method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

_SIDE = 32
_ASPECT = 0.05
"""How much longer than the other's, relatively, a picture of the same form may be."""
COPY_MEAN, COPY_WORST, COPY_CORRELATION = 6.0, 48.0, 0.98
"""A copy differs by at most this much. The nearest of the 499,500 pairs of photos of Corel-1k differ by 9.6 and by 92,
and correlate by 0.934; JPEG of quality 20, half the size, a blur of 2 pixels and 256 colours stay within."""
ALIKE_CORRELATION = 0.9
"""Passed by 2 of the same 499,500 pairs."""


@dataclass(frozen=True, slots=True)
class PixelDifference:
    """Of two pictures that were both scaled to 32 x 32: the `mean` difference, and that of the `worst` pixel, of 255;
    the `correlation` of brightness, -1 to 1, which is 1 for two of one brightness throughout. `fits`: both have the
    same form, and so can be one picture."""

    mean: float
    worst: float
    correlation: float
    fits: bool

    @property
    def is_copy(self) -> bool:
        """One is the other, but for size, format and quality."""
        small = self.mean <= COPY_MEAN and self.worst <= COPY_WORST and self.correlation >= COPY_CORRELATION
        return self.fits and small

    @property
    def is_alike(self) -> bool:
        return self.fits and self.correlation >= ALIKE_CORRELATION


def pixel_difference(first: Picture, second: Picture) -> PixelDifference:
    """How two pictures, uint8 RGB H x W x 3 of any size, differ."""
    a, b = _scaled(first), _scaled(second)
    difference = np.abs(a - b)
    forms = [picture.shape[1] / picture.shape[0] for picture in (first, second)]
    return PixelDifference(
        float(difference.mean()),
        float(difference.mean(axis=2).max()),
        _correlation(a.mean(axis=2), b.mean(axis=2)),
        max(forms) / min(forms) <= 1 + _ASPECT,
    )


def _scaled(picture: Picture) -> npt.NDArray[np.float32]:
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)


def _correlation(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    lengths = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    if not lengths:
        return float(not a.any() and not b.any())
    return float((a * b).sum()) / lengths
