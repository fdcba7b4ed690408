"""Keypoints and RootSIFT descriptors of one picture, as they are stored; and the part of a picture where the
strongest are most crowded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.opencv import cv2
from revsearch_tui.api import Box, Features

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

SMALL = 128
"""Pictures whose longest side is below this many pixels are doubled first: they give over twice the keypoints."""

Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]
LENGTH = 128
"""Numbers in a descriptor."""
SCALE = 512.0
"""A stored descriptor is the RootSIFT one times this, rounded: its Euclidean length is 512, give or take a few.

The largest entry that OpenCV's clipping allows stays below 255, and the rounding moves a distance by 0.2 %.
"""

FEATURES = 200
"""Keypoints that vote: the strongest ones."""
LEAST = 8
"""With fewer keypoints than these nothing is salient, and no box is proposed."""
MAX_SIDE = 320
"""Pixels of the longest side that keypoints are looked for at: the place matters here, not the detail."""
SHARES = (0.5, 0.65, 0.8)
"""Sides of the boxes, as fractions of the picture's."""
GRID = 40
"""Places tried across and down the picture."""


def working_size(picture: Bytes, max_side: int, upscale: bool) -> Bytes:
    """The grey picture that keypoints are looked for in. `picture` is uint8 RGB, H x W x 3."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    longest = max(height, width)
    if longest > max_side:
        factor, how = max_side / longest, cv2.INTER_AREA
    elif upscale and longest < SMALL:
        factor, how = 2.0, cv2.INTER_CUBIC
    else:
        return np.asarray(grey, np.uint8)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)


def extract(picture: Bytes, limit: int, max_side: int, upscale: bool) -> Features:
    """At most `limit` keypoints of one uint8 RGB picture, the strongest first. Deterministic."""
    aspect = picture.shape[1] / picture.shape[0]
    grey = working_size(picture, max_side, upscale)
    found, descriptors = cv2.SIFT.create(nfeatures=limit).detectAndCompute(grey, None)
    if not found or descriptors is None:
        return Features(np.zeros((0, 4), np.float32), np.zeros((0, LENGTH), np.uint8), aspect)
    # Responses tie where a point has several orientations: the order is made full, and OpenCV's surplus cut off.
    order = sorted(range(len(found)), key=lambda index: _strength(found[index]))[:limit]
    height, width = grey.shape
    longest = max(height, width)
    keypoints = np.array(
        [
            (
                (found[index].pt[0] + 0.5) / width,
                (found[index].pt[1] + 0.5) / height,
                found[index].size / longest,
                found[index].angle,
            )
            for index in order
        ],
        np.float32,
    )
    keypoints[:, :2] = np.clip(keypoints[:, :2], 0.0, 1.0)
    return Features(keypoints, root_sift(np.asarray(descriptors, np.float32)[order]), aspect)


def _strength(point: cv2.KeyPoint) -> tuple[float, ...]:
    return (-point.response, -point.size, point.pt[1], point.pt[0], point.angle)


def root_sift(descriptors: Floats) -> Bytes:
    """(k, 128) uint8 of OpenCV's (k, 128) float32: the square root of the L1-normalised descriptor, scaled.

    Arandjelovic and Zisserman, Three things everyone should know to improve object retrieval, CVPR 2012.
    """
    total = descriptors.sum(axis=1, keepdims=True)
    root = np.sqrt(descriptors / np.maximum(total, 1e-12))
    return np.asarray(np.minimum(np.rint(root * SCALE), 255), np.uint8)


class SiftSalient:
    """A region provider: boxes of three sizes, each where most of the strongest keypoints lie, best first.

    A box is as good as its share of the keypoints, weighed by their strength, against its side: a small box that holds
    nearly all of them goes before a large one. Ties go to the box nearest to the centre. Thread-safe.
    """

    def __call__(self, picture: Picture) -> list[Box]:
        """At most three boxes with the picture's own aspect ratio; none for a picture without structure."""
        keypoints = extract(picture, FEATURES, MAX_SIDE, True).keypoints
        if len(keypoints) < LEAST:
            return []
        # `extract` gives the strongest first; a rank says how strong, whatever the picture's contrast is.
        weights = np.linspace(1.0, 0.25, len(keypoints))
        votes = _votes(keypoints[:, :2], weights)
        found = [_best_of_size(votes, share) for share in SHARES]
        return [box for _, box in sorted(found, key=lambda pair: -pair[0])]


def _votes(places: npt.NDArray[np.float32], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(GRID + 1, GRID + 1): sums of weights, which are 1 in all, above and left of each corner of the grid."""
    cells = np.minimum((places * GRID).astype(int), GRID - 1)
    grid = np.zeros((GRID, GRID))
    np.add.at(grid, (cells[:, 1], cells[:, 0]), weights / weights.sum())
    return np.pad(grid.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def _best_of_size(votes: npt.NDArray[np.float64], share: float) -> tuple[float, Box]:
    """How good the best box of that side is, and the box."""
    side = round(share * GRID)
    held = votes[side:, side:] - votes[:-side, side:] - votes[side:, :-side] + votes[:-side, :-side]
    offset = np.abs(np.arange(GRID - side + 1) - (GRID - side) / 2) / GRID
    ranked = held - 1e-6 * (offset[:, None] + offset[None, :])
    top, left = np.unravel_index(int(ranked.argmax()), ranked.shape)
    box = Box(int(left) / GRID, int(top) / GRID, (int(left) + side) / GRID, (int(top) + side) / GRID)
    return float(held[top, left]) / share, box
