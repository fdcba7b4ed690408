"""Local binary patterns: how often each arrangement of lighter and darker neighbours occurs in each cell.

Ojala, Pietikainen and Maenpaa, Multiresolution Gray-Scale and Rotation Invariant Texture Classification with Local
Binary Patterns, PAMI 2002; over the cells of a face after Ahonen, Hadid and Pietikainen, PAMI 2006. The 58 uniform
patterns are counted apart and all others together; of the shares the square root is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from revsearch_svm.centre import Floats, centres, fraction, shares

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

_BINS = 59
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""Eight neighbours, in the order of a walk around the pixel."""


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
class Texture:
    """`crop` of the picture's middle (0..1] brought to `side` pixels, cells of `cell` pixels a side; neighbours are
    `radius` pixels away."""

    crop: float = 1.0
    side: int = 96
    cell: int = 12
    radius: int = 2

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> Texture:
        """From what `describe` gave. Raises KeyError, TypeError and ValueError where it is something else."""
        numbers = {name: int(description[name]) for name in ("side", "cell", "radius")}
        found = cls(fraction(description["crop"]), **numbers)
        if not 8 <= found.side <= 1024 or not 1 <= found.radius <= found.side // 4 or not 2 <= found.cell <= found.side:
            raise ValueError("its texture has sizes out of range")
        return found

    def describe(self) -> dict[str, Any]:
        """All there is to it, as JSON values."""
        return asdict(self)

    @property
    def cells(self) -> int:
        """Cells along a side."""
        return self.side // self.cell

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
