"""Keypoints and descriptors of one picture, of what the network says about it.

Which pixels are keypoints, and how they are ordered, follows Potje et al., "XFeat: Accelerated Features for Lightweight
Image Matching", CVPR 2024.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from revsearch_sift.opencv import cv2

from revsearch_tui.api import Features

Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]

CELL = 8
"""Pixels of the side of a cell, of which there is one descriptor."""
MULTIPLE = 32
"""Sides that the network takes are multiples of this."""
DIM = 64
SCALE = 256.0
"""A stored descriptor is one of length 1 times this, rounded, and cut off at 127: few numbers are beyond half."""

SMALL = 320
"""A picture whose longest side is below this many pixels is looked at enlarged to it as well: of the network's two
scales one is then near that of what it was cut out of, or reduced from."""

_GREY = np.full((1, 3), 1 / 3, np.float32)
_LEAST_HEAT = 0.05
_WINDOW = 9
_LEAST_CORNER = 0.06
"""Of the gradients around a keypoint: the determinant of their products over the squared trace, 0.25 at most."""
_APART = 5
"""A keypoint is the hottest pixel of the square of this side around it."""


def working_size(picture: Bytes, longest: int) -> Floats:
    """(h, w) float32: the grey picture with its longest side of about so many pixels, and both sides rounded to
    multiples of 32. `picture` is uint8 RGB, H x W x 3."""
    height, width = picture.shape[:2]
    factor = longest / max(height, width)
    sides = [max(1, round(side * factor / MULTIPLE)) * MULTIPLE for side in (width, height)]
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(cv2.transform(picture, _GREY), sides, interpolation=how)
    return np.asarray(resized, np.float32)


def from_maps(
    grey: Floats, descriptors: Floats, heat: Floats, reliability: Floats, limit: int, aspect: float
) -> Features:
    """At most `limit` keypoints, those with the most heat times reliability first, none on straight edges.

    `descriptors` (64, h / 8, w / 8), `heat` (h, w), `reliability` (h / 8, w / 8) are the network's maps of the picture
    `grey` (h, w), whose width was `aspect` times its height.
    """
    peaks = (heat >= cv2.dilate(heat, np.ones((_APART, _APART), np.uint8))) & (heat > _LEAST_HEAT)
    rows, columns = np.nonzero(peaks)
    cornered = _cornered(grey, rows, columns)
    rows, columns = rows[cornered], columns[cornered]
    places = np.stack([columns, rows], axis=1).astype(np.float32)
    scores = heat[rows, columns] * sampled(reliability[None], places)[:, 0]
    # Stable, so that ties go to the upper left whatever sorts them.
    order = np.argsort(-scores, kind="stable")[:limit]
    places = places[order]
    height, width = heat.shape
    keypoints = np.zeros((len(places), 4), np.float32)
    keypoints[:, 0] = (places[:, 0] + 0.5) / width
    keypoints[:, 1] = (places[:, 1] + 0.5) / height
    keypoints[:, 2] = CELL / max(height, width)
    return Features(keypoints, stored(sampled(descriptors, places)), aspect)


def _cornered(grey: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Which pixels have gradients in more than one direction around them.

    Along a straight edge all places look alike, and matches between two of them agree on many a geometry. The measure
    is that of Harris and Stephens, A combined corner and edge detector, 1988.
    """
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    window = (_WINDOW, _WINDOW)
    xx, yy, xy = (
        cv2.boxFilter(product, -1, window)[rows, columns] for product in (across * across, down * down, across * down)
    )
    trace = xx + yy
    return np.asarray(xx * yy - xy * xy > _LEAST_CORNER * trace * trace)


def interleaved(first: Features, second: Features, limit: int) -> Features:
    """The surest of both, by turns, at most `limit`."""
    turns = np.concatenate([np.arange(len(each.keypoints)) for each in (first, second)])
    order = np.argsort(turns, kind="stable")[:limit]
    keypoints = np.concatenate([first.keypoints, second.keypoints])
    descriptors = np.concatenate([first.descriptors, second.descriptors])
    return Features(keypoints[order], descriptors[order], first.aspect)


def sampled(maps: Floats, places: Floats) -> Floats:
    """(k, c) float32: maps (c, h / 8, w / 8) at (k, 2) pixels x, y of the picture, interpolated bilinearly."""
    height, width = maps.shape[1:]
    at = (places + 0.5) / CELL - 0.5
    x = np.clip(at[:, 0], 0, width - 1)
    y = np.clip(at[:, 1], 0, height - 1)
    left, top = np.minimum(x.astype(np.intp), max(width - 2, 0)), np.minimum(y.astype(np.intp), max(height - 2, 0))
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left).astype(np.float32), (y - top).astype(np.float32)
    # One row a cell: what is gathered then lies together.
    cells = np.ascontiguousarray(maps.reshape(len(maps), -1).T)
    upper = _between(cells[top * width + left], cells[top * width + right], across)
    lower = _between(cells[bottom * width + left], cells[bottom * width + right], across)
    return _between(upper, lower, down)


def _between(first: Floats, second: Floats, share: Floats) -> Floats:
    return first + (second - first) * share[:, None]


def stored(descriptors: Floats) -> npt.NDArray[np.int8]:
    """(k, 64) int8 of descriptors of any length."""
    lengths = np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-12)
    return np.asarray(np.clip(np.rint(descriptors * (SCALE / lengths)), -127, 127), np.int8)


def unit_rows(descriptors: npt.NDArray[Any]) -> Floats:
    """(k, 64) float32 of length 1 of stored descriptors."""
    rows = descriptors.astype(np.float32)
    return np.asarray(rows / np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None], 1e-12), np.float32)
