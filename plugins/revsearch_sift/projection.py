"""From long vectors to short ones: principal directions, half whitened, in few bits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Doubles: TypeAlias = npt.NDArray[np.float64]
Floats: TypeAlias = npt.NDArray[np.float32]

_LEVELS = 15
_WHITENING = 0.5


@dataclass(frozen=True)
class Projection:
    """`centre` (s,) float32: the mean of what it was learned from; `directions` (dim, s) int8 times `steps` (dim,)
    float32: the principal directions, whitened, in few bits to be small on disk."""

    centre: Floats
    directions: npt.NDArray[np.int8]
    steps: Floats

    @property
    def dim(self) -> int:
        """Length of the short vectors."""
        return len(self.directions)

    def apply(self, vector: Floats) -> Floats:
        """(dim,) of unit length for (s,); zeros where it is the mean itself."""
        # Unlike numpy's product, einsum stays in this thread; and a vector never depends on others of its batch.
        return unit(np.einsum("ij,j->i", self._scaled, vector - self.centre))

    @cached_property
    def _scaled(self) -> Floats:
        return self.directions.astype(np.float32) * self.steps[:, None]


def unit(vector: Floats) -> Floats:
    """The vector at length 1; zeros stay zeros."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


def learn(vectors: Floats, most: int) -> tuple[Projection, list[float]]:
    """The projection of (n, s) vectors to at most `most` numbers, and the share of variance that 1, 2, ... keep.

    Half of the usual whitening exponent did best: full whitening lifts directions that few training pictures shaped.
    """
    centre = vectors.mean(axis=0)
    values, axes = principal((vectors - centre).astype(np.float64))
    kept = min(most, int((values > values[0] * 1e-6).sum()))
    found = axes[:kept] / (values[:kept, None] / len(vectors)) ** (_WHITENING / 2)
    steps = np.abs(found).max(axis=1) / _LEVELS
    directions = np.rint(found / steps[:, None]).astype(np.int8)
    share = np.cumsum(values[:kept]) / values[values > 0].sum()
    projection = Projection(centre.astype(np.float32), directions, steps.astype(np.float32))
    return projection, [float(each) for each in share]


def principal(vectors: Doubles) -> tuple[Doubles, Doubles]:
    """Squared lengths (k,) of (n, s) vectors along their principal axes, longest first, and these unit axes (k, s).

    k is the smaller of n and s; axes that no vector reaches to have no direction of their own, and are not of length 1.
    """
    tall = len(vectors) > vectors.shape[1]
    values, axes = np.linalg.eigh(vectors.T @ vectors if tall else vectors @ vectors.T)
    values, axes = values[::-1], axes[:, ::-1]
    if not tall:
        axes = vectors.T @ (axes / np.sqrt(np.maximum(values, 1e-12)))
    return values, axes.T
