"""Parts of a picture that show something and have no local features, since all that are kept of it are elsewhere: a
photo on a page full of text has none. Features of such a part alone are found by looking at it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from revsearch_tui.api import Features
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.pixels.tones import LUMA

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api import Picture
    from revsearch_tui.core.search.opened import OpenedMethod

_Box: TypeAlias = tuple[int, int, int, int]

_CELLS = 10
"""Into so many rows and columns a picture is divided."""
_BARE = 0.2
"""Of the features that a cell has on average, what one has at the most that is overlooked."""
_LEAST_SIDE, _LEAST_SHOWN = 3, 0.5
"""Rows and columns of a part, and the share of its cells that must show something."""
_STRUCTURE = 10.0
"""The least spread, of 255 tones, of a cell that shows something."""
_MOST_MORE = 400
"""Features of a part that are kept, the strongest."""


def may_overlook(features: Features) -> bool:
    """Whether features leave out a part that is large enough."""
    return _largest(_bare(features)) is not None


def with_overlooked(
    opened: OpenedMethod, features: Sequence[Features], pictures: Sequence[Picture]
) -> list[Features | None]:
    """Features of pictures (H x W x 3, uint8 RGB) and before them those of the largest part of each that has none; None
    where that shows nothing. Raises `MethodUnavailableError`."""
    boxes = [_overlooked(each, picture) for each, picture in zip(features, pictures, strict=True)]
    parts = [
        np.ascontiguousarray(picture[top:bottom, left:right])
        for picture, box in zip(pictures, boxes, strict=True)
        if box is not None
        for top, left, bottom, right in [box]
    ]
    found = iter(embed_pictures(opened.choice, opened.method, opened.exact.journal.dim, parts)[1] if parts else ())
    return [
        None if box is None else _added(each, next(found), box, picture.shape)
        for each, picture, box in zip(features, pictures, boxes, strict=True)
    ]


def _overlooked(features: Features, picture: Picture) -> _Box | None:
    """First row and column of pixels, and those after the last, of the largest part without features that shows
    something."""
    bare = _bare(features)
    high, wide = picture.shape[:2]
    rows, columns = (np.arange(_CELLS + 1) * side // _CELLS for side in (high, wide))
    grey = picture @ np.array(LUMA, np.float32)
    for row, column in zip(*np.nonzero(bare), strict=True):
        cell = grey[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
        bare[row, column] = cell.size > 0 and float(cell.std()) >= _STRUCTURE
    box = _largest(bare)
    return box and (int(rows[box[0]]), int(columns[box[1]]), int(rows[box[2]]), int(columns[box[3]]))


def _added(features: Features, found: Features, box: _Box, shape: tuple[int, ...]) -> Features | None:
    """Features of a picture of this shape and before them those that were found in a part of it."""
    if not len(found.keypoints):
        return None
    (high, wide), (top, left, bottom, right) = shape[:2], box
    keypoints = np.array(found.keypoints[:_MOST_MORE], np.float32)
    keypoints[:, 0] = (left + keypoints[:, 0] * (right - left)) / wide
    keypoints[:, 1] = (top + keypoints[:, 1] * (bottom - top)) / high
    keypoints[:, 2] *= max(bottom - top, right - left) / max(high, wide)
    return replace(
        features,
        keypoints=np.concatenate([keypoints, features.keypoints]),
        descriptors=np.concatenate([found.descriptors[:_MOST_MORE], features.descriptors]),
    )


def _bare(features: Features) -> npt.NDArray[np.bool_]:
    """(rows, columns) cells with hardly any features."""
    places = np.clip(np.asarray(features.keypoints)[:, :2], 0, 1 - 1e-6)
    cells = (places * _CELLS).astype(np.int64)
    counts = np.bincount(cells[:, 1] * _CELLS + cells[:, 0], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    return np.asarray(counts <= _BARE * counts.mean())


def _largest(cells: npt.NDArray[np.bool_]) -> _Box | None:
    """The largest box of which a part is true: first row and column, and those after the last; None where none is large
    enough."""
    sums = np.zeros((_CELLS + 1, _CELLS + 1), np.int64)
    cells.cumsum(axis=0).cumsum(axis=1, out=sums[1:, 1:])
    top, left, bottom, right = _boxes()
    held = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    scores = held - _LEAST_SHOWN * (bottom - top) * (right - left)
    best = int(scores.argmax())
    if scores[best] < 0:
        return None
    return int(top[best]), int(left[best]), int(bottom[best]), int(right[best])


@cache
def _boxes() -> tuple[npt.NDArray[np.int64], ...]:
    """Of all boxes of so many cells either way the first row and column, and those after the last, (n,) each."""
    spans = [(low, high) for low in range(_CELLS) for high in range(low + _LEAST_SIDE, _CELLS + 1)]
    found = [(top, left, bottom, right) for top, bottom in spans for left, right in spans]
    return tuple(np.array(found).T)
