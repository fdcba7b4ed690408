"""How pictures that a local method compared one by one come before the others, and what they score."""

from __future__ import annotations

_BELOW = 0.99
"""Keeps what was not verified below all that was."""


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
