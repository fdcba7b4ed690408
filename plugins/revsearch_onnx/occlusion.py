"""Which places of a picture make a network find another one: cover a place, and see what is lost. Nothing but the
network's own vectors is needed.

Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from revsearch_tui.api import HeatMap

if TYPE_CHECKING:
    from revsearch_tui.api import ClassBars
    from revsearch_tui.api.types import Embeddings, FloatArray, Picture

FIELDS, FEWER_FIELDS = 8, 4
"""Places across and down; and where so many would take too long."""
LONGEST_S = 6.0
"""How long a map of `FIELDS` may take, as its first batch tells."""
_LONGEST_SIDE = 512
"""Pixels of the picture that is covered; networks look at fewer."""
_LEAST = 1e-6
"""Similarity that is lost by rounding alone."""


def occlusion_map(
    embed: Callable[[Sequence[Picture]], Embeddings],
    query: Picture,
    candidate: Picture,
    batch: int,
    classes: ClassBars | None = None,
) -> HeatMap:
    """How much of the cosine to the query is lost where a patch of the candidate takes the picture's mean colour.

    `embed` gives the vectors of at most `batch` pictures at a time. All zeros where nothing is lost anywhere.
    """
    candidate = _shrunk(candidate)
    wanted, whole = _unit(embed([query, candidate]))
    lost = _lost(embed, candidate, wanted, float(wanted @ whole), FIELDS, batch, LONGEST_S)
    if lost is None:
        lost = _lost(embed, candidate, wanted, float(wanted @ whole), FEWER_FIELDS, batch, float("inf"))
        assert lost is not None
    most = float(lost.max())
    values = lost / most if most > _LEAST else np.zeros_like(lost)
    return HeatMap(values.astype(np.float32), most=most if most > _LEAST else 0.0, classes=classes)


def _lost(
    embed: Callable[[Sequence[Picture]], Embeddings],
    candidate: Picture,
    wanted: FloatArray,
    similarity: float,
    fields: int,
    batch: int,
    longest_s: float,
) -> FloatArray | None:
    """(fields, fields) similarity that is lost; None where that would take longer."""
    places = [(row, column) for row in range(fields) for column in range(fields)]
    found: list[FloatArray] = []
    for start in range(0, len(places), batch):
        began = time.monotonic()
        part = [_covered(candidate, row, column, fields) for row, column in places[start : start + batch]]
        found.append(similarity - _unit(embed(part)) @ wanted)
        if start == 0 and (time.monotonic() - began) * len(places) / len(part) > longest_s:
            return None
    return np.maximum(0, np.concatenate(found)).reshape(fields, fields)


def _covered(picture: Picture, row: int, column: int, fields: int) -> Picture:
    """The picture without a field and half of each one beside it: as patches overlap, the map is smooth."""
    copy = picture.copy()
    height, width = picture.shape[:2]
    top, bottom = max(0.0, row - 0.5) * height / fields, (row + 1.5) * height / fields
    left, right = max(0.0, column - 0.5) * width / fields, (column + 1.5) * width / fields
    copy[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = picture.mean(axis=(0, 1)).astype(np.uint8)
    return copy


def _shrunk(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = _LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _unit(rows: Embeddings) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
