"""Near-duplicates of queries in the gallery, told by small grey pictures: copies saved anew make figures too good.

Two pictures are near-duplicates where their thumbnails (16 x 16 grey values) differ by a root mean square of at most 2
of 255 grey levels, and of a tenth of their own contrast, so that plain pictures are not all alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from revsearch_tui.core.images.limits import DECODER_VERSION

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

BOUND = 2.0
_OF_CONTRAST = 0.1
_BLOCK_BYTES = 32_000_000
_SLACK = 4.0
"""Squared lengths of float32 products are off by less than this, for 256 numbers of at most 255."""

_SIDE = 16
_PLAIN = 2.0
"""Grey levels of standard deviation under which a thumbnail is that of a picture of one colour."""
THUMBNAIL_DIM = _SIDE * _SIDE
THUMBNAIL_KEY = f"thumbnails-1-{DECODER_VERSION}"


def near_duplicates(
    queries: npt.NDArray[Any], gallery: npt.NDArray[Any], exclude: Sequence[Sequence[int]]
) -> list[list[int]]:
    """For each query the positions in the gallery of its near-duplicates, without those excluded.

    `queries` (q, dim) and `gallery` (n, dim) are thumbnails.
    """
    dim = queries.shape[1]
    middle = gallery.mean(axis=0, keepdims=True) if len(gallery) else 0.0
    asked, rows = (np.asarray(part - middle, np.float32) for part in (queries, gallery))
    lengths = np.einsum("ij,ij->i", rows, rows)
    bounds = np.minimum(BOUND, _OF_CONTRAST * queries.std(axis=1)) ** 2 * dim
    found: list[list[int]] = []
    step = max(1, _BLOCK_BYTES // max(1, 4 * len(rows)))
    for start in range(0, len(asked), step):
        part = asked[start : start + step]
        squares = lengths - 2 * (part @ rows.T) + np.einsum("ij,ij->i", part, part)[:, None]
        for query, row in enumerate(squares, start):
            near = np.flatnonzero(row <= bounds[query] + _SLACK)
            exact = np.square(gallery[near] - queries[query], dtype=np.float64).sum(axis=1)
            gone = set(exclude[query])
            found.append([int(place) for place in near[exact <= bounds[query]] if int(place) not in gone])
    return found


def thumbnail(picture: Picture) -> npt.NDArray[np.float32]:
    """(256,) mean grey values 0..255 of a picture's fields, row by row."""
    grey = Image.fromarray(picture).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(grey, np.float32).ravel()


def is_plain(picture: Picture) -> bool:
    """Whether a picture is of one colour, or too nearly so to tell it from others."""
    return bool(thumbnail(picture).std() < _PLAIN)
