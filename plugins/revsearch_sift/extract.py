"""Keypoints and RootSIFT descriptors of one picture."""

from __future__ import annotations

import numpy as np

from revsearch_sift.opencv import cv2
from revsearch_sift.roots import LENGTH, Bytes, root_sift
from revsearch_tui.api import Features

SMALL = 128
"""Pictures whose longest side is below this many pixels are doubled first: they give over twice the keypoints."""


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
