"""What a distance between embeddings means, where verified pictures come, and what found pictures add to the query."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.infos import MethodInfo

_SNAP = 1e-6
"""Scores this near to 1 are 1: the rest is float32 rounding."""

_BELOW = 0.99
"""Keeps what was not verified below all that was."""


def score_of(info: MethodInfo, metric: str, dim: int, distance: float) -> tuple[float, float, str]:
    """(score, raw value, its unit) of a distance: bits that differ, a squared l2 distance, or 1 - cosine."""
    if metric == "hamming":
        return 1 - distance / dim, distance, "bits"
    if metric == "l2":
        length = math.sqrt(max(0.0, distance))
        return 1 / (1 + length), length, "l2 distance"
    score = min(1.0, 1 - distance)
    score = 1.0 if score > 1 - _SNAP else score
    return score, score, "Bhattacharyya" if info.shape == "classifier" else "cosine"


def scores_of(distances: npt.NDArray[Any], metric: str, dim: int) -> npt.NDArray[np.float64]:
    """Scores, 1 for the same, of distances in bits (hamming), squared lengths (l2) or 1 - cosine; infinite ones
    give minus infinity."""
    given = np.asarray(distances, np.float64)
    if metric == "hamming":
        return np.asarray(1 - given / dim)
    if metric == "l2":
        return np.where(np.isfinite(given), 1 / (1 + np.sqrt(np.maximum(given, 0))), -np.inf)
    return np.asarray(np.minimum(1 - given, 1))


def verified_score(inliers: int, keypoints: int) -> float:
    """0..1: the share of the query's keypoints that agree with one geometry."""
    return min(1.0, inliers / max(1, keypoints))


def unverified_score(cosine: float, least_inliers: int, keypoints: int) -> float:
    """0..1, below every verified score: the cosine of the aggregates, scaled down."""
    return max(0.0, cosine) * min(1.0, least_inliers / max(1, keypoints)) * _BELOW


def verified_order(score: float, inliers: int, image_id: bytes) -> tuple[float, int, bytes]:
    """What to sort verified pictures by: by score, which within one orientation is by inliers, so that no picture
    scores above the one before it."""
    return -score, -inliers, image_id


def expanded(
    query: npt.NDArray[Any], neighbours: npt.NDArray[Any], cosines: npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """(d,) of unit length: the query (d,) and its neighbours (n, d), each of these times its cosine where above 0.

    Chum et al., Total recall, ICCV 2007; weighed as in Radenovic, Tolias and Chum, Fine-tuning CNN image retrieval with
    no human annotation, TPAMI 2019, with an exponent of 1.
    """
    total = query.astype(np.float64) + np.einsum("i,ij->j", np.maximum(cosines, 0).astype(np.float64), neighbours)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)


def wanted_neighbours(method: Any) -> int:
    """How many neighbours the method's options ask to take; 0 where it has no such option."""
    return int(getattr(method, "expand", 0))
