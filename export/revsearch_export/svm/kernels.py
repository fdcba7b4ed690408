"""The RBF kernel by landmarks: rows become coordinates in which the kernel is an inner product.

Williams and Seeger, Using the Nystroem Method to Speed Up Kernel Machines, NIPS 2000. With every row a landmark the
kernel is exact: by the representer theorem the machine then found is that of the whole kernel matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
from revsearch_svm.machine import Kernel, rbf

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats

    from revsearch_tui.api import Control

_FAINT = 1e-5
"""Directions with less than this share of the strongest one's kernel are noise of float32, and are left out."""

_BLOCK = 2048


@dataclass(frozen=True)
class Landmarks:
    """`vectors` (m, d) float32, `gamma`, and the `normalisation` (m, k) float64 from kernel values to coordinates."""

    vectors: Floats
    gamma: float
    normalisation: npt.NDArray[np.float64]

    @classmethod
    def of(cls, vectors: Floats, gamma: float) -> Landmarks:
        """With the normalisation that belongs to these landmarks."""
        values, directions = scipy.linalg.eigh(rbf(vectors, vectors, gamma).astype(np.float64), driver="evd")
        kept = values > _FAINT * values[-1]
        return cls(vectors, gamma, directions[:, kept] / np.sqrt(values[kept]))

    def coordinates(self, rows: Floats, control: Control) -> Floats:
        """(n, k) float32 of (n, d)."""
        normalisation = self.normalisation.astype(np.float32)
        found = np.empty((len(rows), normalisation.shape[1]), np.float32)
        for start in range(0, len(rows), _BLOCK):
            control.check()
            found[start : start + _BLOCK] = rbf(rows[start : start + _BLOCK], self.vectors, self.gamma) @ normalisation
        return found

    def machine(self, weights: npt.NDArray[Any]) -> Kernel:
        """The kernel machine of a solution (k + 1, classes) for coordinates, its bias last."""
        coefficients = (self.normalisation @ weights[:-1]).T.astype(np.float32)
        return Kernel(self.vectors, np.ascontiguousarray(coefficients), weights[-1].astype(np.float32), self.gamma)
