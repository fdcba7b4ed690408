"""A picture as a whole: RootSIFT descriptors on a fixed grid, whatever there is to see in their places.

Keypoints are few in a small picture, and say little about what kind of scene a large one shows. Nine large descriptors
that overlap, as in dense SIFT (Lazebnik, Schmid and Ponce, Beyond bags of features, CVPR 2006), keep what is where.
Their length is fixed, so that principal components take the place of a vocabulary.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.descriptors import LENGTH, SCALE, Bytes, Floats, root_sift
from revsearch_sift.opencv import cv2
from revsearch_sift.projection import principal

Indices: TypeAlias = npt.NDArray[np.intp]

SIDE = 32
"""Pixels that a small picture is resized to, both ways; a picture larger than twice that keeps `FINE` times as many."""
FINE = 2
BIN = 6.0
"""Side of one of a descriptor's 4 x 4 bins, in pixels of `SIDE`."""
PLACES = (10.0, 15.5, 21.0)
"""Centres of the descriptors down and across, in pixels of `SIDE`: together they reach one pixel over the edges."""

SIZE = len(PLACES) ** 2 * LENGTH
"""Numbers in a layout: 1152."""

_BLUR = 0.55
"""Sigma that the picture is brought to, where cameras are taken to leave 0.5: OpenCV's 1.6 wipes out small pictures."""


def _mirrored() -> Indices:
    """(SIZE,): where in a layout each number of the mirrored picture's layout is found."""
    count = len(PLACES)
    places = np.arange(SIZE).reshape(count, count, 4, 4, 8)[:, ::-1, :, ::-1]
    return places[..., [(4 - bin) % 8 for bin in range(8)]].ravel()


MIRROR = _mirrored()
"""Columns of descriptors and of their bins swapped, gradients pointing the other way."""


def layout(picture: Bytes) -> Bytes:
    """(SIZE,) uint8 of a uint8 RGB picture of any shape, stretched to a square; zeros where it is all of one grey."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    zoom = FINE if max(grey.shape) > SIDE * FINE else 1
    side = SIDE * zoom
    how = cv2.INTER_AREA if min(grey.shape) >= side else cv2.INTER_CUBIC
    grey = cv2.resize(grey, (side, side), interpolation=how)
    # OpenCV's bins are as wide as one and a half times a keypoint's size.
    spots = [
        cv2.KeyPoint((x + 0.5) * zoom - 0.5, (y + 0.5) * zoom - 0.5, BIN * zoom / 1.5, 0.0)
        for y in PLACES
        for x in PLACES
    ]
    _, descriptors = cv2.SIFT.create(sigma=_BLUR).compute(grey, spots)
    return root_sift(np.asarray(descriptors, np.float32)).ravel()


def mirror_axis(layouts: Floats) -> Floats:
    """(SIZE,) unit length: along it (n, SIZE) layouts differ most from those of their mirrored pictures."""
    apart = (layouts - layouts[:, MIRROR]).astype(np.float64)
    axis = principal(apart)[1][0]
    return np.asarray(axis * np.sign(axis[np.abs(axis).argmax()]), np.float32)


def faced(layouts: npt.NDArray[np.uint8], axis: Floats) -> Floats:
    """(n, SIZE) float32 RootSIFT of (n, SIZE) uint8, each mirrored where that turns it to the axis's positive side.

    A picture and its mirror image so have one form, and things that look left are found by those that look right.
    """
    found = layouts.astype(np.float32) / np.float32(SCALE)
    away = np.einsum("ij,j->i", found - found[:, MIRROR], axis) < 0
    found[away] = found[away][:, MIRROR]
    return found
