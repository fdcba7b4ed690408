"""Drawings and cut-outs that stand on a plain ground, whatever their form: the clip art on a slide, a sign beside text,
and what was transparent and now lies on black or on a colour.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

    Mask = npt.NDArray[np.bool_]
    Box = tuple[int, int, int, int]

CELL = 8
"""Pixels across a square that is looked at as one."""
_NEAR = 12
"""How far from the ground's colour, in each channel, a pixel is of the ground: pages are compressed too."""
_LEAST_EDGE = 0.5
"""Of the picture's outermost pixels, those of the ground where things stand on one: of a photograph fewer are."""
_INKED = 0.02
"""Share of a cell that is not ground where there is something; what compression leaves beside edges is less."""
_LEAST_CELLS, _LONGEST = 8, 4.0
"""The least width and height of a figure, in cells, and how many times its width it may be high, or the other way
round: lines of text are longer."""
_WHOLE = 0.9
"""Share of the picture that a figure's box has where cutting it out makes no difference."""
_WHITE = 255 - _NEAR
_CORNERS = 40
"""Turns, across and down, that the ground about a figure is followed round; a maze has more."""
_MOST = 3


class Figures(NamedTuple):
    """`boxes`: left, top, right and bottom of each, largest first; `ground` (h, w): which pixels are of the ground's
    colour; `is_white`: whether that is white, over which transparent pictures lie."""

    boxes: list[Box]
    ground: Mask
    is_white: bool

    def is_whole(self, box: Box) -> bool:
        """Whether a box is all of the picture, or nearly so."""
        return (box[2] - box[0]) * (box[3] - box[1]) >= _WHOLE * self.ground.size


def figures_within(picture: Picture) -> Figures | None:
    """What stands on the plain ground of a picture, (h, w, 3) uint8, at the most three; None where it has none."""
    high, wide = picture.shape[0] // CELL, picture.shape[1] // CELL
    if min(high, wide) < _LEAST_CELLS:
        return None
    colour, ground = ground_of(picture, np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]))
    edge = np.concatenate([ground[0], ground[-1], ground[:, 0], ground[:, -1]])
    if edge.mean() < _LEAST_EDGE:
        return None
    inked, found = by_cells(ground) < 1 - _INKED, []
    # A dot belongs to its letter, and a drop to its cloud.
    for rows, columns in connected(_grown(inked)):
        top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        box = _tight(ground, (int(left * CELL), int(top * CELL), int(right * CELL), int(bottom * CELL)))
        short, long = sorted((box[2] - box[0], box[3] - box[1]))
        if short >= _LEAST_CELLS * CELL and long <= _LONGEST * short:
            found.append((-short * long, box))
    return Figures([box for _, box in sorted(found)[:_MOST]], ground, bool((colour >= _WHITE).all()))


def ground_of(picture: Picture, pixels: Picture) -> tuple[npt.NDArray[np.float64], Mask]:
    """The colour that most of some `pixels` (n, 3), or (h, w, 3), of a picture (h, w, 3) have, (3,), and which pixels
    of the picture are of it, (h, w)."""
    coarse = pixels.reshape(-1, 3).astype(np.int32) >> 3
    codes = (coarse[..., 0] << 10) | (coarse[..., 1] << 5) | coarse[..., 2]
    usual = int(np.bincount(codes, minlength=1 << 15).argmax())
    colour = np.median(pixels.reshape(-1, 3)[codes == usual], axis=0)
    return colour, np.asarray((np.abs(picture - colour.astype(np.int16)) <= _NEAR).all(axis=2))


def by_cells(ground: Mask) -> npt.NDArray[np.float64]:
    """(h // CELL, w // CELL): the share of each whole cell that is ground."""
    high, wide = ground.shape[0] // CELL, ground.shape[1] // CELL
    return np.asarray(ground[: high * CELL, : wide * CELL].reshape(high, CELL, wide, CELL).mean(axis=(1, 3)))


def on_white(picture: Picture, ground: Mask, box: Box) -> bytes:
    """A part of a picture as PNG, with the ground about what stands there made white, as far as it goes from the
    edges."""
    left, top, right, bottom = box
    part = picture[top:bottom, left:right].copy()
    # What borders on the ground is a blend of it and of the figure.
    part[_grown(_outside(ground[top:bottom, left:right]))] = 255
    file = io.BytesIO()
    Image.fromarray(part).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _outside(ground: Mask) -> Mask:
    """(h, w): the ground that is reached from the edges through ground alone, round no more corners than drawings
    have."""
    free = np.pad(ground, 1, constant_values=True)
    seen = np.zeros_like(free)
    seen[[0, -1]], seen[:, [0, -1]] = True, True
    runs = [_runs(free), _runs(free.T)]
    for _ in range(_CORNERS):
        before = int(seen.sum())
        for each, way, run in ((seen, free, runs[0]), (seen.T, free.T, runs[1])):
            reached = np.bincount(run[each], minlength=int(run.max()) + 1) > 0
            np.logical_or(each, reached[run] & way, out=each)
        if int(seen.sum()) == before:
            break
    return seen[1:-1, 1:-1]


def _runs(free: Mask) -> npt.NDArray[np.int32]:
    """(h, w): the number of each pixel's run of free ones in its row."""
    begins = np.ones_like(free)
    begins[:, 1:] = free[:, 1:] != free[:, :-1]
    return np.cumsum(begins.ravel(), dtype=np.int32).reshape(free.shape)


def connected(filled: Mask) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Rows and columns of each group of cells that touch by a side."""
    left = set(map(tuple, np.argwhere(filled).tolist()))
    groups = []
    while left:
        group = [left.pop()]
        for row, column in group:  # which grows meanwhile
            for each in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if each in left:
                    left.remove(each)
                    group.append(each)
        rows, columns = np.array(group, np.intp).T
        groups.append((rows, columns))
    return groups


def _grown(inked: Mask) -> Mask:
    """With those beside them."""
    around = np.pad(inked, 1)
    high, wide = inked.shape
    found = np.zeros_like(inked)
    for down in range(3):
        for right in range(3):
            found |= around[down : down + high, right : right + wide]
    return found


def _tight(ground: Mask, box: Box) -> Box:
    """The box without the ground at its sides; what ends with the last whole cell may reach to the picture's edge."""
    left, top, right, bottom = box
    high, wide = ground.shape
    right, bottom = (wide if wide - right < CELL else right), (high if high - bottom < CELL else bottom)
    inked = ~ground[top:bottom, left:right]
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return (left, top, left, top)
    return (left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)
