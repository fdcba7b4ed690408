"""Geometric verification as OpenCV's own tutorials write it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

_RATIO = 0.8
_WITHIN_PX = 4.0
_FEATURES = 700
_LEAST = 8


class BareSift:
    """Candidates with keypoints and descriptors in memory, in OpenCV's own form."""

    def __init__(self, candidates: Sequence[Path]) -> None:
        self._candidates = [_features(path) for path in candidates]
        self._matcher = cv2.BFMatcher(cv2.NORM_L2)

    def search(self, query: Path) -> list[int]:
        """The inliers of each candidate: detect, match with the ratio test, fit a homography."""
        points, descriptors = _features(query)
        return [self._inliers(points, descriptors, *candidate) for candidate in self._candidates]

    def _inliers(self, points: np.ndarray, descriptors: np.ndarray, others: np.ndarray, described: np.ndarray) -> int:
        if len(described) < 2:
            return 0
        pairs = self._matcher.knnMatch(descriptors, described, k=2)
        good = [first for first, second in pairs if first.distance < _RATIO * second.distance]
        if len(good) < _LEAST:
            return 0
        ours = points[[match.queryIdx for match in good]]
        theirs = others[[match.trainIdx for match in good]]
        _, mask = cv2.findHomography(ours, theirs, cv2.USAC_MAGSAC, _WITHIN_PX, maxIters=2000, confidence=0.999)
        return 0 if mask is None else int(mask.sum())


def _features(path: Path) -> tuple[np.ndarray, np.ndarray]:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError(f"OpenCV cannot read {path}")
    found, descriptors = cv2.SIFT.create(nfeatures=_FEATURES).detectAndCompute(grey, None)
    points = np.array([point.pt for point in found], np.float64).reshape(-1, 2)
    return points, descriptors if descriptors is not None else np.zeros((0, 128), np.float32)
