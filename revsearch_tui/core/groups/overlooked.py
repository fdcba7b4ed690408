"""Parts of a picture that show something and have no local features, since all that are kept of it are elsewhere: a
photo on a page full of text has none. Features of such a part alone are found by looking at it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features
from revsearch_tui.core.methods.embedding import embed_pictures

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api import Picture
    from revsearch_tui.core.search.opened import OpenedMethod

_CELLS = 10
"""Into so many rows and columns a picture is divided."""
_BARE = 0.2
"""Of the features that a cell has on average, what one has at the most that is overlooked."""
_LEAST_SIDE, _LEAST_SHOWN = 3, 0.5
"""Rows and columns of a part, and the share of its cells that must show something."""
_STRUCTURE = 10.0
"""The least spread, of 255 tones, of a cell that shows something."""
_LUMA = (0.299, 0.587, 0.114)
_MOST_MORE = 400
"""Features of a part that are kept, the strongest."""


def may_overlook(features: Features) -> bool:
    """Whether features leave out a part that is large enough."""
    return _largest(_bare(features)) is not None


def with_overlooked(opened: OpenedMethod, features: Features, picture: Picture) -> Features:
    """Features of a picture (H x W x 3, uint8 RGB) and before them those of its largest part that has none, where that
    shows something; else the same. Raises `MethodUnavailableError`."""
    bare = _bare(features)
    high, wide = picture.shape[:2]
    rows, columns = (np.arange(_CELLS + 1) * side // _CELLS for side in (high, wide))
    grey = picture @ np.array(_LUMA, np.float32)
    for row, column in zip(*np.nonzero(bare), strict=True):
        cell = grey[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
        bare[row, column] = cell.size > 0 and float(cell.std()) >= _STRUCTURE
    box = _largest(bare)
    if box is None:
        return features
    top, left, bottom, right = rows[box[0]], columns[box[1]], rows[box[2]], columns[box[3]]
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    _, (found,) = embed_pictures(opened.choice, opened.method, opened.exact.journal.dim, [part])
    if not len(found.keypoints):
        return features
    keypoints = np.array(found.keypoints[:_MOST_MORE], np.float32)
    keypoints[:, 0] = (left + keypoints[:, 0] * (right - left)) / wide
    keypoints[:, 1] = (top + keypoints[:, 1] * (bottom - top)) / high
    keypoints[:, 2] *= max(part.shape[:2]) / max(high, wide)
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


def _largest(cells: npt.NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """The largest box of which a part is true: first row and column, and those after the last; None where none is large
    enough."""
    sums = np.zeros((_CELLS + 1, _CELLS + 1), np.int64)
    cells.cumsum(axis=0).cumsum(axis=1, out=sums[1:, 1:])
    best: tuple[int, tuple[int, int, int, int]] | None = None
    for top in range(_CELLS - _LEAST_SIDE + 1):
        for bottom in range(top + _LEAST_SIDE, _CELLS + 1):
            held: Any = sums[bottom] - sums[top]
            for left in range(_CELLS - _LEAST_SIDE + 1):
                inside = held[left + _LEAST_SIDE :] - held[left]
                right = left + _LEAST_SIDE + int(_score(inside, bottom - top).argmax())
                count, area = int(held[right] - held[left]), (bottom - top) * (right - left)
                score = 2 * count - area
                if count >= area * _LEAST_SHOWN and (best is None or score > best[0]):
                    best = score, (top, left, bottom, right)
    return best[1] if best else None


def _score(inside: npt.NDArray[np.int64], high: int) -> npt.NDArray[np.int64]:
    """Of boxes of one row each more column: cells that are true less those that are not."""
    wide = np.arange(_LEAST_SIDE, _LEAST_SIDE + len(inside))
    return 2 * inside - high * wide
