"""One machine for given rows, kernel, C and gamma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from revsearch_svm.machine import Linear

from revsearch_export.svm.kernels import Landmarks
from revsearch_export.svm.rows import Rows
from revsearch_export.svm.solver import solve
from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_svm.model import Machine

    from revsearch_tui.api import Control

LARGEST_EXACT = 8000
"""Rows whose whole kernel matrix is still taken apart."""


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
