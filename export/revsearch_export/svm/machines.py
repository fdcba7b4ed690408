"""One machine for given rows, kernel, C and gamma: the RBF kernel by landmarks, and linear machines for large matrices.

Williams and Seeger, Using the Nystroem Method to Speed Up Kernel Machines, NIPS 2000. With every row a landmark the
kernel is exact: by the representer theorem the machine then found is that of the whole kernel matrix.

Minimises, for every class, |w|^2 / 2 + b^2 / 2 + C * sum of max(0, 1 - y f(x))^2: what LIBLINEAR minimises as
L2-regularised L2-loss SVM (Fan et al., JMLR 2008), with the bias regularised as there. LIBLINEAR copies all rows to a
sparse matrix of 16 bytes a number; here the rows stay as they are, and all classes share the products with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.linalg
from revsearch_svm.machine import Kernel, Linear, rbf
from scipy.optimize import minimize

from revsearch_export.svm.rows import Rows
from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats
    from revsearch_svm.model import Machine

    from revsearch_tui.api import Control

LARGEST_EXACT = 8000
"""Rows whose whole kernel matrix is still taken apart."""

_FAINT = 1e-5
"""Directions with less than this share of the strongest one's kernel are noise of float32, and are left out."""
_BLOCK = 2048
Matrix: TypeAlias = npt.NDArray[Any]

_STEPS = 300


@dataclass(frozen=True)
class Plan:
    """`kernel` is linear, nystroem or rbf; `components` are the landmarks of nystroem; `classes` how many there are."""

    kernel: str
    components: int
    classes: int
    seed: int


@dataclass
class Fitter:
    """Machines for the same rows and gamma, one C after the other, each starting from the one before."""

    rows: Rows
    plan: Plan
    gamma: float
    control: Control

    def __post_init__(self) -> None:
        self._start: npt.NDArray[Any] | None = None
        self._landmarks = None if self.plan.kernel == "linear" else self._choose_landmarks()
        self._matrix = (
            self.rows.matrix if self._landmarks is None else self._landmarks.coordinates(self.rows.matrix, self.control)
        )

    def fit(self, c: float) -> Machine:
        """The machine. Raises Cancelled."""
        labels = self.rows.all_labels()
        self._start = solve(self._matrix, labels, self.plan.classes, c, self.control, self._start)
        if self._landmarks is not None:
            return self._landmarks.machine(self._start)
        weights = np.ascontiguousarray(self._start[:-1].T, np.float32)
        return Linear(weights, self._start[-1].astype(np.float32))

    def _choose_landmarks(self) -> Landmarks:
        count = len(self.rows.matrix)
        if self.plan.kernel == "rbf" and count > LARGEST_EXACT:
            raise UsageError(
                f"{count} rows are too many for the exact rbf kernel ({LARGEST_EXACT} at most, mirror images counted): "
                "take kernel nystroem"
            )
        wanted = count if self.plan.kernel == "rbf" else self.plan.components
        if wanted >= count:
            return Landmarks.of(self.rows.matrix, self.gamma)
        # Pictures as they are come first, in equal number of each class as far as there are any.
        chance = np.random.default_rng(self.plan.seed)
        order = chance.permutation(len(self.rows))
        rank = np.empty(len(order), np.int64)
        for label in range(self.plan.classes):
            members = order[self.rows.labels[order] == label]
            rank[members] = np.arange(len(members))
        order = order[np.argsort(rank[order], kind="stable")]
        places = np.concatenate([order, order + len(self.rows)]) if self.rows.mirrored else order
        return Landmarks.of(self.rows.matrix[places[:wanted]], self.gamma)


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


def solve(
    rows: Matrix,
    labels: npt.NDArray[np.int64],
    classes: int,
    c: float,
    control: Control,
    start: Matrix | None = None,
    tolerance: float = 1e-5,
) -> npt.NDArray[np.float64]:
    """(d + 1, classes), the bias last, of (n, d) rows and their labels 0..classes-1.

    L-BFGS stops when a step lowers the objective by less than `tolerance` of it. `start` is a solution to begin with.
    """
    width = rows.shape[1] + 1
    signs = np.where(labels[:, None] == np.arange(classes), 1, -1).astype(rows.dtype)
    # Each weight is solved for in units of its own curvature, which saves most of the steps.
    energy = np.append(np.einsum("ij,ij->j", rows, rows, dtype=np.float64), len(rows))
    units = 1 / np.sqrt(1 + 2 * c * energy)[:, None]

    def objective(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        control.check()
        weights = flat.reshape(width, classes) * units
        small = weights.astype(rows.dtype)
        short = np.maximum(0, 1 - signs * (rows @ small[:-1] + small[-1]))
        slopes = (-2 * c) * signs * short
        gradient = np.vstack([rows.T @ slopes, slopes.sum(axis=0)]).astype(np.float64) + weights
        loss = 0.5 * float((weights**2).sum()) + c * float(np.einsum("ij,ij->", short, short, dtype=np.float64))
        return loss, (gradient * units).ravel()

    first = np.zeros((width, classes)) if start is None else start / units
    options = {"maxiter": _STEPS, "maxfun": 2 * _STEPS, "ftol": tolerance, "gtol": 1e-9, "maxcor": 8}
    found = minimize(objective, first.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x.reshape(width, classes) * units)
