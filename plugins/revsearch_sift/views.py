"""What the features of a picture become when it is mirrored, or when its light and dark are exchanged.

No pixel is looked at again: keypoints stay where they are or go to the other side, and the numbers of a descriptor
change places. Seen along a keypoint's direction, a mirrored surrounding has its rows in the other order and its
gradients point to the other side. Where light and dark are exchanged the keypoint's direction is the opposite one, and
what lies around it is turned by half a circle with it, gradients and all.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.codes import Codes, Rearranged, rearranged
from revsearch_sift.descriptors import LENGTH
from revsearch_tui.api import Features, PairMatch

Indices: TypeAlias = npt.NDArray[np.intp]

PARTED = 400
"""With fewer keypoints than these a picture is taken for one thing, and not looked at in parts."""
PLACES = 4
"""Columns, and rows, of places whose strongest keypoints are taken by turns."""
LEAST = 15
"""With fewer keypoints than these a part says nothing of its own."""

_BINS = np.arange(LENGTH).reshape(4, 4, 8)
"""Rows and columns of places, directions: the order of OpenCV's descriptors."""

MIRRORED: Indices = _BINS[::-1][:, :, -np.arange(8) % 8].ravel()
"""(128,): where in a descriptor each number of the mirrored picture's descriptor is found."""
INVERTED: Indices = _BINS[::-1, ::-1].ravel()
"""(128,): the same for the picture with light and dark exchanged."""


def mirrored(features: Features) -> Features:
    """Those of the picture with left and right exchanged, without its layout."""
    keypoints = features.keypoints.copy()
    keypoints[:, 0] = 1 - keypoints[:, 0]
    keypoints[:, 3] = (180 - keypoints[:, 3]) % 360
    return Features(keypoints, as_mirrored(features.descriptors), features.aspect)


def inverted(features: Features) -> Features:
    """Those of the picture with light and dark exchanged, without its layout."""
    keypoints = features.keypoints.copy()
    keypoints[:, 3] = (keypoints[:, 3] + 180) % 360
    return Features(keypoints, as_inverted(features.descriptors), features.aspect)


def unmirrored(found: PairMatch, aspect: float) -> PairMatch:
    """What was found for the mirrored query, told in places of the query itself, whose width / height is `aspect`."""
    pairs = found.pairs.copy()
    pairs[:, 0] = 1 - pairs[:, 0]
    flip = np.diag([-1.0, 1.0, 1.0])
    flip[0, 2] = min(1.0, aspect)  # the width, where the longest side is 1
    transform = None if found.transform is None else found.transform @ flip
    return replace(found, transform=transform, pairs=pairs, mirrored=True)


def parts(features: Features) -> list[Features]:
    """The keypoints of each of 2 x 2 and 3 x 3 parts that has `LEAST` of them: a collage or a page is more than one
    picture."""
    if len(features.keypoints) < PARTED:
        return []
    held = []
    for side in (2, 3):
        cells = np.minimum((features.keypoints[:, :2] * side).astype(int), side - 1) @ [1, side]
        held += [np.flatnonzero(cells == cell) for cell in range(side * side)]
    return [
        Features(features.keypoints[kept], np.ascontiguousarray(features.descriptors[kept]), features.aspect)
        for kept in held
        if len(kept) >= LEAST
    ]


def strongest_of_places(features: Features, count: int) -> Indices:
    """At most so many rows: the strongest keypoint of each of 4 x 4 places, then the second of each, and so on. The
    keypoints come strongest first."""
    cells = np.minimum((features.keypoints[:, :2] * PLACES).astype(np.intp), PLACES - 1) @ [1, PLACES]
    order = np.argsort(cells, kind="stable")
    turns = np.empty(len(cells), np.intp)
    turns[order] = np.arange(len(cells)) - np.searchsorted(cells[order], cells[order])
    return np.argsort(turns, kind="stable")[:count]


def as_mirrored(codes: Codes) -> Codes:
    """(k, DIMS): the codes of the mirrored picture's descriptors."""
    return _mirroring().apply(codes)


def as_inverted(codes: Codes) -> Codes:
    """(k, DIMS): the same for the picture with light and dark exchanged."""
    return _inverting().apply(codes)


@cache
def _mirroring() -> Rearranged:
    return rearranged(MIRRORED)


@cache
def _inverting() -> Rearranged:
    return rearranged(INVERTED)
