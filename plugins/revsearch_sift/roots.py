"""RootSIFT descriptors as they are stored."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]

LENGTH = 128
"""Numbers in a descriptor."""

SCALE = 512.0
"""A stored descriptor is the RootSIFT one times this, rounded: its Euclidean length is 512, give or take a few.

The largest entry that OpenCV's clipping allows stays below 255, and the rounding moves a distance by 0.2 %.
"""


def root_sift(descriptors: Floats) -> Bytes:
    """(k, 128) uint8 of OpenCV's (k, 128) float32: the square root of the L1-normalised descriptor, scaled.

    Arandjelovic and Zisserman, Three things everyone should know to improve object retrieval, CVPR 2012.
    """
    total = descriptors.sum(axis=1, keepdims=True)
    root = np.sqrt(descriptors / np.maximum(total, 1e-12))
    return np.asarray(np.minimum(np.rint(root * SCALE), 255), np.uint8)
