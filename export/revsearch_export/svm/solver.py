"""Linear support vector machines, one class against the rest, for matrices that fill much of the memory.

Minimises, for every class, |w|^2 / 2 + b^2 / 2 + C * sum of max(0, 1 - y f(x))^2: what LIBLINEAR minimises as
L2-regularised L2-loss SVM (Fan et al., JMLR 2008), with the bias regularised as there. LIBLINEAR copies all rows to a
sparse matrix of 16 bytes a number; here the rows stay as they are, and all classes share the products with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

if TYPE_CHECKING:
    from revsearch_tui.api import Control

Rows: TypeAlias = npt.NDArray[Any]

_STEPS = 300


def solve(
    rows: Rows,
    labels: npt.NDArray[np.int64],
    classes: int,
    c: float,
    control: Control,
    start: Rows | None = None,
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
