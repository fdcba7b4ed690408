"""What a distance between two embeddings means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.api.infos import MethodInfo

_SNAP = 1e-6
"""Scores this near to 1 are 1: the rest is float32 rounding."""


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
