"""Numbers of more than 8 bits to 8 bits. Imports Pillow and numpy.

A file may use a small part of what its numbers can hold, as one with the 12 bits of a scanner in 16 does. Where the
greatest value is below an eighth of the range, the range is taken to be the smallest of 13, 12, 10 and 8 bits that
holds it, so that such a picture looks as its 8-bit version does and not black. One that uses its range, or that holds
one value only, keeps its tones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
WIDE = (*SIXTEEN_BIT, "I", "F")
"""Modes of one number a pixel that is wider than 8 bits."""

TOP = 65535
_SMALLER, _SMALLER_WHOLE = (8, 7, 6, 5, 4, 3), (8, 6, 4, 3)
"""The range may be this many bits smaller than the numbers are; whole numbers come with 8, 10, 12 or 13 of 16."""

_SAMPLE = 1_000_000


def narrowed(image: Image.Image) -> Image.Image:
    """An image of one of the modes `WIDE` as L.

    Wider integers than 16 bits and floats have no range of their own: values within 0..1 (floats), 0..255 or 0..65535
    are taken as such, anything else is stretched between its least and greatest finite value, but for a thousandth
    at either end where the rest would be lost in an eighth of the tones.
    """
    values = np.asarray(image)
    if image.mode in SIXTEEN_BIT:
        greatest = int(values.max())
        top = used(greatest, TOP, whole=True) if greatest > int(values.min()) else TOP
        table = (np.arange(TOP + 1, dtype=np.uint32) * 255 + top // 2) // top
        return Image.fromarray(table.clip(0, 255).astype(np.uint8)[values])
    low, high = _range(values, image.mode)
    # In place: a file at the size limit is near the memory limit here.
    numbers = np.nan_to_num(values.astype(np.float32, copy=False), nan=low, posinf=high, neginf=low)
    numbers -= low
    numbers *= 255.0 / (high - low) if high > low else 0.0
    numbers += 0.5
    return Image.fromarray(numbers.clip(0, 255, out=numbers).astype(np.uint8))


def used(greatest: float, ceiling: float, *, whole: bool = False) -> Any:
    """The top of the range that values up to `greatest` use of 0..ceiling; whole numbers end one below a power of 2."""
    parts = [(ceiling + 1) // 2**bits - 1 for bits in _SMALLER_WHOLE] if whole else [ceiling / 2**b for b in _SMALLER]
    return next((part for part in parts if greatest <= part), ceiling)


def _range(values: npt.NDArray[Any], mode: str) -> tuple[float, float]:
    if mode == "I":
        least, greatest = float(values.min()), float(values.max())
    else:
        finite = np.isfinite(values)
        if not finite.any():
            return 0.0, 0.0
        least = float(np.min(values, where=finite, initial=np.inf))
        greatest = float(np.max(values, where=finite, initial=-np.inf))
    if least < 0 or greatest > TOP:
        return _stretched(values, least, greatest)
    ceilings = (1.0, 255.0, float(TOP)) if mode == "F" else (255.0, float(TOP))
    ceiling = next(ceiling for ceiling in ceilings if greatest <= ceiling)
    if greatest > least and (mode == "F" or ceiling > 255):
        ceiling = used(greatest, ceiling, whole=mode == "I")
    return 0.0, ceiling


def _stretched(values: npt.NDArray[Any], least: float, greatest: float) -> tuple[float, float]:
    sample = values.reshape(-1)[:: max(1, values.size // _SAMPLE)]
    low, high = (float(value) for value in np.percentile(sample[np.isfinite(sample)], (0.1, 99.9)))
    return (low, high) if low < high < low + (greatest - least) / 8 else (least, greatest)


def block_means(image: Image.Image, side: int) -> Image.Image:
    """An image of one of the modes `WIDE` with each block of `side` x `side` pixels as its mean, in the same mode."""
    values = np.asarray(image).astype(np.float64)
    rows, columns = np.arange(0, image.height, side), np.arange(0, image.width, side)
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    sizes = np.minimum(rows + side, image.height)[:, None] - rows[:, None]
    sums /= sizes * (np.minimum(columns + side, image.width) - columns)
    if image.mode == "F":
        return Image.fromarray(sums.astype(np.float32))
    whole = np.rint(sums)
    return Image.fromarray(whole.astype(np.int32) if image.mode == "I" else whole.astype(np.uint16))
