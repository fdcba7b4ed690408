"""One picture laid upon another of the same, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from revsearch_tui.core.search.pair_geometry import extent, moved

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

AFFINE, PERSPECTIVE = Image.Transform.AFFINE, Image.Transform.PERSPECTIVE
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
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size
    depth = np.column_stack([corners, np.ones(4)]) @ transform[2]
    if not (np.all(depth > 0) or np.all(depth < 0)):
        return None
    theirs = extent(kept.width / kept.height)
    step = size / (wide, high)
    middle = moved(transform, [size / 2, size / 2 + (step[0], 0), size / 2 + (0, step[1])])
    # How far it is from pixel to pixel, across the kept picture and down it.
    with np.errstate(invalid="ignore", over="ignore"):
        strides = np.linalg.norm((middle[1:] - middle[0]) / theirs * kept.size, axis=0)
    if not np.isfinite(strides).all():
        return None
    # Both are made small in the same way, or fine lines would not be the same ones.
    less = [max(1, round(side / max(1.0, float(stride)))) for stride, side in zip(strides, kept.size, strict=True)]
    small = kept.resize((less[0], less[1]), Image.Resampling.HAMMING)
    to_kept = np.diag([*(np.array(small.size) / theirs), 1]) @ transform @ np.diag([*step, 1])
    way = tuple((to_kept / to_kept[2, 2]).ravel()[:8].tolist())
    method, way = (PERSPECTIVE, way) if any(way[6:]) else (AFFINE, way[:6])
    laid = small.transform((wide, high), method, way, Image.Resampling.BILINEAR)
    ends = moved(to_kept, (np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (wide - 1, high - 1)) + 0.5)
    if np.all((ends >= 0) & (ends <= small.size)):
        within = np.ones((high, wide), bool)
    else:
        seen = Image.new("L", small.size, 255).transform((wide, high), method, way, Image.Resampling.NEAREST)
        within = np.asarray(seen) > 0
    return Laid(laid, other.resize((wide, high), Image.Resampling.HAMMING), within)


def tiles(values: Floats) -> Floats:
    """(rows, columns, ...) means of the places of (h, w, ...)."""
    high, wide = (side // HALF for side in values.shape[:2])
    # Whole rows first, then every so many columns: several times as fast as the mean of two axes at once.
    rows = values.reshape(high, HALF, wide * HALF, -1).sum(axis=1)
    blocks = sum(rows[:, column::HALF] for column in range(HALF)) / np.float32(TILE * TILE)
    found = blocks[:-1, :-1] + blocks[1:, :-1] + blocks[:-1, 1:] + blocks[1:, 1:]
    return np.asarray(found.reshape(high - 1, wide - 1, *values.shape[2:]))
