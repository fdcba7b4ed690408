"""ORB (Rublee, Rabaud, Konolige and Bradski, ICCV 2011): corners and 256 bits each, matched by Lowe's ratio test and
verified by a homography found by RANSAC. It is imported when the method is used.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from revsearch_tui.api import (
    BaseMethod,
    Control,
    Features,
    FloatArray,
    KeypointLines,
    ModelFile,
    Options,
    PairMatch,
    Picture,
)

_SMALLEST = 64
"""Pixels: ORB looks at a picture in eight sizes, the smallest of them less than a third."""
_WITHIN = 4 / 640
"""How far, of the longest side, a match may lie from the common geometry."""
_PLACE = 2 / 640
"""Corners that are found in several sizes, less than this apart, are one vote and not many."""
_LARGEST = 400.0
"""How many times larger or smaller a part of a picture may be shown in another."""


class Orb(BaseMethod):
    def __init__(self, options: Options, model: ModelFile | None = None) -> None:
        super().__init__(options, model)
        self.min_inliers = int(options["min_inliers"])
        self.ratio = float(options["ratio"])

    def load(self, control: Control) -> None:
        self.orb = cv2.ORB.create(int(self.options["keypoints"]), fastThreshold=10)

    def extract(self, pictures: Sequence[Picture]) -> list[Features]:
        return [self._features(picture) for picture in pictures]

    def aggregate(self, features: Sequence[Features]) -> FloatArray:
        """(n, 256): how often each bit is set, about the mean; candidates are found by it."""
        return np.array([(np.unpackbits(each.descriptors, axis=1) - 0.5).sum(axis=0) for each in features], np.float32)

    def match(self, query: Features, candidate: Features) -> PairMatch:
        """Deterministic, since OpenCV's RANSAC begins with the same seed each time, and thread-safe."""
        at = self._tentative(query.descriptors, candidate.descriptors)
        starts, stops = query.points[at[:, 0]], candidate.points[at[:, 1]]
        places = np.floor(np.hstack([starts, stops]) / _PLACE)
        kept = np.sort(np.unique(places, axis=0, return_index=True)[1])
        if len(kept) < 4:
            return PairMatch.of(query, candidate, at[:0], tentative=len(at))
        transform, agrees = cv2.findHomography(starts[kept], stops[kept], cv2.RANSAC, _WITHIN)
        inside = kept[agrees.ravel() == 1] if transform is not None else kept[:0]
        if len(inside) < 4 or not is_plausible(transform, starts[inside]):
            return PairMatch.of(query, candidate, at[:0], tentative=len(at))
        return PairMatch.of(query, candidate, at[inside], transform, tentative=len(at))

    def explain(self, query: Picture, candidate: Picture) -> KeypointLines:
        return KeypointLines.of(self.match(*self.extract([query, candidate])))

    def _tentative(self, query: npt.NDArray[np.uint8], candidate: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
        """(n, 2) rows whose bits differ by the ratio less than those of the second best."""
        if not len(query) or len(candidate) < 2:
            return np.zeros((0, 2), np.intp)
        pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(query, candidate, k=2)
        good = [best for best, second in pairs if best.distance <= self.ratio * second.distance]
        return np.array([(each.queryIdx, each.trainIdx) for each in good], np.intp).reshape(-1, 2)

    def _features(self, picture: Picture) -> Features:
        height, width = picture.shape[:2]
        is_small = min(height, width) < _SMALLEST
        grey = np.zeros((_SMALLEST, _SMALLEST), np.uint8) if is_small else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        found, bits = self.orb.detectAndCompute(grey, None)
        rows = [(p.pt[0] / width, p.pt[1] / height, p.size / max(height, width), p.angle) for p in found]
        bits = bits if rows else np.zeros((0, 32), np.uint8)
        return Features(np.array(rows, np.float32).reshape(-1, 4), bits, width / height)


def is_plausible(transform: npt.NDArray[Any], where: npt.NDArray[Any]) -> bool:
    """Whether the box about points (n, 2) stays a picture: is not folded, mirrored, or drawn out of all proportion."""
    (left, top), (right, bottom) = where.min(axis=0), where.max(axis=0)
    box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    moved = np.column_stack([box, np.ones(4)]) @ transform.T
    if not np.isfinite(moved).all() or (moved[:, 2] <= 0).any():
        return False
    quad = moved[:, :2] / moved[:, 2:]
    ahead, next_ahead = np.roll(quad, -1, axis=0) - quad, np.roll(quad, -2, axis=0) - np.roll(quad, -1, axis=0)
    turns = ahead[:, 0] * next_ahead[:, 1] - ahead[:, 1] * next_ahead[:, 0]
    areas = [abs(cv2.contourArea(each.astype(np.float32))) for each in (box, quad)]
    return bool((turns > 0).all() and 0 < areas[0] < _LARGEST * areas[1] and areas[1] < _LARGEST * areas[0])
