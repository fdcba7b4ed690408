"""One picture laid upon another of the same, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from revsearch_tui.core.pixels.laying import block_sums, laid
from revsearch_tui.core.pixels.pair_geometry import extent

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

TILE, HALF = 8, 4
"""The side of the places that are compared, in pixels; each begins half a place after the one before."""


class Laid(NamedTuple):
    """`ours`, and `kept` as it lies upon it, of one size, whose sides are multiples of half a place; `within` (h, w):
    the pixels of `ours` that the kept picture shows."""

    kept: Image.Image
    ours: Image.Image
    within: npt.NDArray[np.bool_]


def laid_upon(kept: Image.Image, other: Image.Image, transform: npt.NDArray[Any], across: int) -> Laid | None:
    """A picture laid upon another one, both of the same mode, the longest side being `across` pixels, or that of the
    other where it is smaller. `transform` (3, 3) leads from places of `other` to places of `kept`, both in pixels of a
    picture whose longest side is 1. None where places lie beyond the horizon."""
    size = extent(other.width / other.height)
    across = min(across, max(other.size))
    wide, high = (max(2 * TILE, round(float(side) * across / HALF) * HALF) for side in size)
    found = laid(kept, transform, size, (wide, high))
    if found is None:
        return None
    return Laid(found[0], other.resize((wide, high), Image.Resampling.HAMMING), found[1])


def tiles(values: Floats) -> Floats:
    """(rows, columns, ...) means of the places of (h, w, ...)."""
    blocks = block_sums(values, HALF, np.float32) / np.float32(TILE * TILE)
    found = blocks[:-1, :-1] + blocks[1:, :-1] + blocks[:-1, 1:] + blocks[1:, 1:]
    return np.asarray(found.reshape(*found.shape[:2], *values.shape[2:]))


def windows_of(values: Floats) -> Floats:
    """(rows, columns, ..., 8, 8): the places of (h, w, ...) that begin at each pixel."""
    return np.lib.stride_tricks.sliding_window_view(values, (TILE, TILE), axis=(0, 1))
