"""One picture laid upon another, pixel by pixel, by a transform that leads there, and sums over places of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from revsearch_tui.core.pixels.pair_geometry import extent, moved

if TYPE_CHECKING:
    import numpy.typing as npt

_AFFINE, _PERSPECTIVE = Image.Transform.AFFINE, Image.Transform.PERSPECTIVE


def laid(
    picture: Image.Image, transform: npt.NDArray[Any], size: npt.NDArray[Any], pixels: tuple[int, int]
) -> tuple[Image.Image, npt.NDArray[np.bool_]] | None:
    """A picture at the places of another one, of so many `pixels`, and which of these it has (h, w). `transform` (3, 3)
    leads from places of the other, whose extent is `size` (2,), to places of the picture, both in pixels of a picture
    whose longest side is 1. None where places lie beyond the horizon."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    depth = np.column_stack([corners * size, np.ones(4)]) @ transform[2]
    if not (np.all(depth > 0) or np.all(depth < 0)):
        return None
    theirs, step = extent(picture.width / picture.height), size / pixels
    middle = moved(transform, [size / 2, size / 2 + (step[0], 0), size / 2 + (0, step[1])])
    # How far it is from pixel to pixel, across the picture and down it.
    with np.errstate(invalid="ignore", over="ignore"):
        strides = np.linalg.norm((middle[1:] - middle[0]) / theirs * picture.size, axis=0)
    if not np.isfinite(strides).all():
        return None
    less = [max(1, round(side / max(1.0, float(stride)))) for stride, side in zip(strides, picture.size, strict=True)]
    # Whoever makes the other small does so by the same filter, or fine lines would not be the same ones.
    small = picture.resize((less[0], less[1]), Image.Resampling.HAMMING)
    there = np.diag([*(np.array(small.size) / theirs), 1]) @ transform @ np.diag([*step, 1])
    way = tuple((there / there[2, 2]).ravel()[:8].tolist())
    method, way = (_PERSPECTIVE, way) if any(way[6:]) else (_AFFINE, way[:6])
    lies = small.transform(pixels, method, way, Image.Resampling.BILINEAR)
    ends = moved(there, corners * (np.array(pixels) - 1) + 0.5)
    if np.all((ends >= 0) & (ends <= small.size)):
        return lies, np.ones(pixels[::-1], bool)
    seen = Image.new("L", small.size, 255).transform(pixels, method, way, Image.Resampling.NEAREST)
    return lies, np.asarray(seen) > 0


def block_sums(values: npt.NDArray[Any], side: int, dtype: type[np.generic]) -> npt.NDArray[Any]:
    """(rows, columns, channels) sums of the squares of that side of (h, w, ...), of which what is over is left out."""
    high, wide = (length // side for length in values.shape[:2])
    # Whole rows first, then every so many columns: several times as fast as the sum of two axes at once.
    rows = values[: high * side, : wide * side].reshape(high, side, wide * side, -1).sum(axis=1, dtype=dtype)
    return np.asarray(sum(rows[:, column::side] for column in range(side)))
