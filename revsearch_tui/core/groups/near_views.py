"""Pairs of pictures that are near each other where one is looked at otherwise: mirrored, inverted, by its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.groups.near_hashes import Near
from revsearch_tui.core.groups.near_vectors import near_vectors
from revsearch_tui.core.methods.embedding import QUERY_VIEWS, embed_views

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.groups.sides import Side

_LEAST = 0.25
"""Cosine. Of 14 photos and 64 changed copies of each, the nearest of inverted ones are at 0.8 by that view, of mirrored
parts at 0.3 to 0.7, of a tenth of the area at 0.2 to 0.4. The nearest of a picture without any copy is at 0.3 in the
median, so each costs a pair to verify or two."""
_NEAREST = 2
"""One may be the picture itself."""
_BLOCK = 1024


def near_views(
    side: Side, label: str, numbers: npt.NDArray[Any], rows: npt.NDArray[np.float32], is_one: bool, control: Control
) -> Near:
    """Pairs of pictures of a side and `rows` (n, dim), aggregates: each picture's views of the whole by a local method,
    with the nearest rows. `numbers` are the pictures that are asked, and, where `is_one`, those of the rows.

    Nothing where the method has no views. In memory there are the views of one block of pictures.
    """
    opened = side.opened[label]
    found: list[tuple[Any, Any, Any]] = []
    asked = numbers if QUERY_VIEWS in opened.choice.info.capabilities and len(rows) else numbers[:0]
    for start in range(0, len(asked), _BLOCK):
        control.progress(start, len(asked), "looking at pictures otherwise")
        owners: list[int] = []
        views = []
        for place in range(start, min(start + _BLOCK, len(asked))):
            control.check()
            features = side.features(label, int(asked[place]))
            if features is None or not len(features.keypoints):
                continue
            views.append(embed_views(opened.choice, opened.method, rows.shape[1], features, whole=True))
            owners += [place] * len(views[-1])
        if not owners:
            continue
        packed = opened.exact.journal.pack(np.concatenate(views))
        near = near_vectors(packed, _LEAST, others=rows, nearest=_NEAREST)
        first = np.array(owners)[near.first]
        other = (not is_one) | (first != near.second)
        found.append((first[other], near.second[other], near.distance[other]))
    first, second = (np.concatenate([np.zeros(0, np.int64), *(part[place] for part in found)]) for place in (0, 1))
    distance = np.concatenate([np.zeros(0, np.float32), *(part[2] for part in found)])
    return Near(first, second, distance, 1 - _LEAST)
