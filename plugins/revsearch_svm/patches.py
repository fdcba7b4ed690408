"""Features of small patches, learnt without labels.

Coates, Lee and Ng, An Analysis of Single-Layer Networks in Unsupervised Feature Learning, AISTATS 2011: every patch is
normalised for contrast, whitened (ZCA), compared with k centroids, and answers with how much nearer than the average
each centroid is ("triangle"); the answers are summed over the cells of a coarse grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_svm.centre import Bytes, Floats, centres, fraction, shares

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

_CONTRAST = 10.0
"""Added to a patch's variance, in grey values squared, as in the paper."""

_AT_ONCE = 4
"""Pictures compared with the centroids at once: few, so that their answers stay in the processor's cache."""


@dataclass(frozen=True)
class Patches:
    """`crop` of the picture's middle (0..1] brought to `side` pixels; patches of `size` pixels, every `stride`-th of
    them; their answers are averaged over `grid` x `grid` cells.

    `mean` (p,) and `whitening` (p, p) with p = 3 * size^2, `centroids` (k, p), all float32.
    """

    crop: float
    side: int
    size: int
    stride: int
    grid: int
    mean: Floats
    whitening: Floats
    centroids: Floats

    @classmethod
    def of(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Patches:
        """From what `describe` and `arrays` gave. Raises KeyError, TypeError and ValueError for something else."""
        side, size, stride, grid = (int(description[name]) for name in ("side", "size", "stride", "grid"))
        mean, whitening, centroids = (arrays[name] for name in ("mean", "whitening", "centroids"))
        found = cls(fraction(description["crop"]), side, size, stride, grid, mean, whitening, centroids)
        length = 3 * found.size**2
        if (
            not 2 <= found.size <= found.side <= 1024
            or not 1 <= found.stride <= found.size
            or found.places < found.grid
        ):
            raise ValueError("its patches have sizes out of range")
        shapes = {"mean": (length,), "whitening": (length, length), "centroids": (len(found.centroids), length)}
        for name, shape in shapes.items():
            array = getattr(found, name)
            if array.dtype != np.float32 or array.shape != shape or not array.size:
                raise ValueError(
                    f"its array 'patches.{name}' is {array.dtype} of {array.shape}, not float32 of {shape}"
                )
        return found

    def describe(self) -> dict[str, Any]:
        """All numbers but the arrays, as JSON values."""
        return {"crop": self.crop, "side": self.side, "size": self.size, "stride": self.stride, "grid": self.grid}

    def arrays(self) -> dict[str, Floats]:
        """What was learnt."""
        return {"mean": self.mean, "whitening": self.whitening, "centroids": self.centroids}

    @property
    def places(self) -> int:
        """Patches along a side."""
        return (self.side - self.size) // self.stride + 1

    @property
    def dim(self) -> int:
        """Length of a picture's vector."""
        return int(self.grid**2 * len(self.centroids))

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        """(n, dim) float32, at least 0: per cell of the grid, k numbers."""
        found = np.empty((len(pictures), self.grid**2, len(self.centroids)), np.float32)
        table = self._table
        for start in range(0, len(pictures), _AT_ONCE):
            squares = centres(pictures[start : start + _AT_ONCE], self.crop, self.side)
            batch = normalised(cut(squares, self.size, self.stride))
            whitened = (batch - self.mean) @ self.whitening
            squared = (whitened**2).sum(axis=1, keepdims=True)
            # |x - c|^2 = |x|^2 - 2 x.c + |c|^2 in one product: x is lengthened by |x|^2 and 1, c by 1 and |c|^2.
            distance = np.concatenate([whitened, squared, np.ones_like(squared)], axis=1) @ table
            np.maximum(distance, 0, out=distance)
            np.sqrt(distance, out=distance)
            np.subtract(distance.mean(axis=1, keepdims=True), distance, out=distance)
            np.maximum(distance, 0, out=distance)
            answers = distance.reshape(-1, self.places**2, len(self.centroids))
            found[start : start + len(answers)] = self._pooling @ answers
        return found.reshape(len(pictures), -1)

    @cached_property
    def _table(self) -> Floats:
        squared = (self.centroids**2).sum(axis=1)[None]
        return np.concatenate([-2 * self.centroids.T, np.ones_like(squared), squared]).astype(np.float32)

    @cached_property
    def _pooling(self) -> Floats:
        """(grid^2, places^2): the mean over each cell."""
        row = shares(self.places, self.grid)
        return np.kron(row, row).astype(np.float32)


def cut(squares: Bytes, size: int, stride: int) -> Floats:
    """(n * places^2, 3 * size^2) float32, all patches of (n, side, side, 3) uint8, row by row of each picture."""
    windows = np.lib.stride_tricks.sliding_window_view(squares, (size, size), axis=(1, 2))
    return windows[:, ::stride, ::stride].reshape(-1, 3 * size**2).astype(np.float32)


def normalised(patches: Floats) -> Floats:
    """Each patch with the mean 0 and, but for faint ones, the variance 1."""
    centred = patches - patches.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(_CONTRAST)), np.float32)
