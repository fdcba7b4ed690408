"""Features that count in the cells of a grid: histograms of oriented gradients, local binary patterns.

Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005: the gradient of the colour channel
where it is strongest, votes shared between neighbouring orientations and cells, overlapping blocks of 2 x 2 cells
normalised by L2-Hys. Orientations are told apart over the whole turn, dark beside light from light beside dark: on
faces that is worth several per cent.

Ojala, Pietikainen and Maenpaa, Multiresolution Gray-Scale and Rotation Invariant Texture Classification with Local
Binary Patterns, PAMI 2002; over the cells of a face after Ahonen, Hadid and Pietikainen, PAMI 2006. The 58 uniform
patterns are counted apart and all others together; of the shares the square root is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from revsearch_svm.centre import Floats, OfSquares, centres, shares

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

_CLIP = 0.2
"""Largest share one bin has of its block, as in the paper."""
_EPSILON = 1e-2
"""Keeps blocks without any gradient at zero; gradients lie in 0..1."""
_AT_ONCE = 16
"""Pictures whose orientation maps are held at once."""

_BINS = 59
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""Eight neighbours, in the order of a walk around the pixel."""


@dataclass(frozen=True)
class _OfCells(OfSquares):
    """Features of cells of `cell` pixels a side."""

    cell: int = 8

    @property
    def cells(self) -> int:
        """Cells along a side."""
        return self.side // self.cell


@dataclass(frozen=True)
class Hog(_OfCells):
    """`crop` of the picture's middle (0..1] brought to `side` pixels, cells of `cell` pixels a side, `orientations`
    over 360 degrees."""

    cell: int = 8
    orientations: int = 18

    def has_sizes_that_fit(self) -> bool:
        return self.side >= 8 and 1 <= self.orientations <= 64 and 2 <= self.cell <= self.side // 2

    @property
    def dim(self) -> int:
        """Length of a picture's vector."""
        return (self.cells - 1) ** 2 * 4 * self.orientations

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32, 0..1."""
        found = np.empty((len(pictures), self.dim), np.float32)
        for start in range(0, len(pictures), _AT_ONCE):
            squares = centres(pictures[start : start + _AT_ONCE], self.crop, self.side)
            votes = self._votes(squares.astype(np.float32) / np.float32(255))
            histograms = np.asarray(self._pooling @ votes @ self._pooling.T, np.float32)
            found[start : start + len(squares)] = _blocks(histograms)
        return found

    def _votes(self, batch: Floats) -> Floats:
        """(n, orientations, side, side): the gradient's strength, shared between the two orientations next to it."""
        across, down = np.zeros_like(batch), np.zeros_like(batch)
        across[:, :, 1:-1] = batch[:, :, 2:] - batch[:, :, :-2]
        down[:, 1:-1] = batch[:, 2:] - batch[:, :-2]
        strongest = (across**2 + down**2).argmax(axis=3)[..., None]
        x = np.take_along_axis(across, strongest, 3)[..., 0]
        y = np.take_along_axis(down, strongest, 3)[..., 0]
        # Rounding lets an angle come out as a whole turn, which is the first orientation again.
        place = (np.arctan2(y, x) % np.float32(2 * np.pi)) * np.float32(self.orientations / (2 * np.pi))
        strength = np.sqrt(x**2 + y**2)
        bins = np.arange(self.orientations, dtype=np.float32)[:, None, None]
        distance = np.abs(place[:, None] - bins)
        distance = np.minimum(distance, self.orientations - distance)
        return np.asarray(np.maximum(0, 1 - distance) * strength[:, None], np.float32)

    @cached_property
    def _pooling(self) -> Floats:
        return tents(self.side, self.cells)


def tents(side: int, cells: int) -> Floats:
    """(cells, side): how much each pixel counts for each cell, linear between the cells' centres."""
    length = side / cells
    centres = (np.arange(cells) + 0.5) * length - 0.5
    weights = 1 - np.abs(np.arange(side)[None] - centres[:, None]) / length
    return np.maximum(weights, 0).astype(np.float32)


def _blocks(histograms: Floats) -> Floats:
    """(n, (k - 1)^2 * 4 * orientations): every 2 x 2 cells together, L2, clipped, L2."""
    corners = [
        histograms[:, :, down : down - 1 or None, right : right - 1 or None] for down in (0, 1) for right in (0, 1)
    ]
    blocks = np.concatenate(corners, axis=1)
    blocks = blocks / np.sqrt((blocks**2).sum(axis=1, keepdims=True) + _EPSILON**2)
    blocks = np.minimum(blocks, _CLIP)
    blocks /= np.sqrt((blocks**2).sum(axis=1, keepdims=True) + _EPSILON**2)
    return np.asarray(blocks.reshape(len(blocks), -1), np.float32)


def _uniform_patterns() -> npt.NDArray[np.intp]:
    """(256,) the bin of each pattern: its own where the walk around meets at most two changes, else the last."""
    bins = np.full(256, _BINS - 1, np.intp)
    uniform = [
        pattern
        for pattern in range(256)
        if sum((pattern >> bit) & 1 != (pattern >> (bit + 1) % 8) & 1 for bit in range(8)) <= 2
    ]
    bins[uniform] = np.arange(len(uniform))
    return bins


_PATTERN_BINS = _uniform_patterns()


@dataclass(frozen=True)
class Texture(_OfCells):
    """`crop` of the picture's middle (0..1] brought to `side` pixels, cells of `cell` pixels a side; neighbours are
    `radius` pixels away."""

    cell: int = 12
    radius: int = 2

    def has_sizes_that_fit(self) -> bool:
        return self.side >= 8 and 1 <= self.radius <= self.side // 4 and 2 <= self.cell <= self.side

    @property
    def dim(self) -> int:
        """Length of a picture's vector."""
        return self.cells**2 * _BINS

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32, 0..1."""
        found = np.empty((len(pictures), self.dim), np.float32)
        for index, square in enumerate(centres(pictures, self.crop, self.side)):
            bins = self._patterns(square.astype(np.int32).sum(axis=2))
            which = np.zeros((_BINS, *bins.shape), np.float32)
            np.put_along_axis(which, bins[None], 1, axis=0)
            found[index] = np.sqrt(self._pooling @ which @ self._pooling.T).ravel()
        return found

    def _patterns(self, grey: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
        """(m, m) bins of the patterns, m = side - 2 * radius."""
        edge, reach = self.radius, self.side - 2 * self.radius
        middle = grey[edge : edge + reach, edge : edge + reach]
        codes = np.zeros(middle.shape, np.int32)
        for bit, (down, right) in enumerate(_AROUND):
            top, left = edge * (1 + down), edge * (1 + right)
            codes |= (grey[top : top + reach, left : left + reach] >= middle).astype(np.int32) << bit
        return _PATTERN_BINS[codes]

    @cached_property
    def _pooling(self) -> Floats:
        return shares(self.side - 2 * self.radius, self.cells)
