"""Distances as the scores that a search shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def scores_of(distances: npt.NDArray[Any], metric: str, dim: int) -> npt.NDArray[np.float64]:
    """Scores, 1 for the same, of distances in bits (hamming), squared lengths (l2) or 1 - cosine; infinite ones
    give minus infinity."""
    given = np.asarray(distances, np.float64)
    if metric == "hamming":
        return np.asarray(1 - given / dim)
    if metric == "l2":
        return np.where(np.isfinite(given), 1 / (1 + np.sqrt(np.maximum(given, 0))), -np.inf)
    return np.asarray(np.minimum(1 - given, 1))
