"""Which places of a picture make a network find it like another one.

Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014: cover a place and see what is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from revsearch_onnx.prepare import prepare

if TYPE_CHECKING:
    from revsearch_onnx.network import TrainedNetwork
    from revsearch_tui.api.types import FloatArray, Picture

FIELDS = 7
"""Places across and down."""


def occlusion_map(network: TrainedNetwork, query: Picture, candidate: Picture, batch: int) -> FloatArray:
    """(h, w) float32 in 0..1 over the candidate's square as the network sees it: how much of the cosine to the query is
    lost when a patch around that place becomes the picture's mean colour. All zeros where nothing is lost anywhere."""
    settings, batch = network.settings, batch or network.best_batch
    seen = [prepare(picture, settings.side, settings.resize, settings.crop) for picture in (query, candidate)]
    (wanted, whole), _ = network.forward(seen)
    covered = _covered(seen[1])
    parts = [network.forward(covered[start : start + batch])[0] for start in range(0, len(covered), batch)]
    lost = np.maximum(0, wanted @ whole - np.concatenate(parts) @ wanted).reshape(FIELDS, FIELDS)
    most = float(lost.max())
    return np.asarray(lost / most if most > 1e-6 else np.zeros_like(lost), np.float32)


def _covered(picture: Picture) -> list[Picture]:
    """The picture with a patch of twice a field's size covered, for each field, row by row."""
    side = len(picture)
    mean = picture.mean(axis=(0, 1)).astype(np.uint8)
    centres = (np.arange(FIELDS) + 0.5) * side / FIELDS
    reach = side / FIELDS
    found = []
    for y in centres:
        for x in centres:
            copy = picture.copy()
            top, left = max(0, int(y - reach)), max(0, int(x - reach))
            copy[top : int(np.ceil(y + reach)), left : int(np.ceil(x + reach))] = mean
            found.append(copy)
    return found
