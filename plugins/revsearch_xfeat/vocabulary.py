"""What makes one vector of a picture: the VLAD of its descriptors beside its layout.

Jegou et al., Aggregating local descriptors into a compact image representation, CVPR 2010. Sums, projections and the
layout are those of `sift`, over other descriptors.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from revsearch_sift.layout import SIZE, faced
from revsearch_sift.projection import Projection, unit
from revsearch_sift.vocabulary import vlad

from revsearch_tui.api import Features, ModelError
from revsearch_xfeat.keypoints import DIM, Floats, unit_rows

_NAMES = (
    *("words", "centre", "directions", "steps"),
    *("axis", "layout_centre", "layout_directions", "layout_steps"),
)
_LAYOUT = 0.2
"""Share of the layout in the cosine of two vectors."""


@dataclass(frozen=True)
class Vocabulary:
    """`words` (w, 64) float32: the cluster centres; `vlads`: the projection of VLADs (w * 64,). `axis` (1152,) says
    which layouts are mirrored, and `layouts` projects them. The VLAD's numbers come first, then the layout's."""

    words: Floats
    vlads: Projection
    axis: Floats
    layouts: Projection

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self.vlads.dim + self.layouts.dim

    def encode(self, features: Features) -> Floats:
        """(dim,) float32 of unit length; zeros where there is nothing to see."""
        first, second = np.zeros(self.vlads.dim, np.float32), np.zeros(self.layouts.dim, np.float32)
        if len(features.descriptors):
            first = self.vlads.apply(vlad(unit_rows(features.descriptors), self.words))
        if features.whole is not None and features.whole.any():
            second = self.layouts.apply(faced(features.whole[None], self.axis)[0])
        return unit(np.concatenate([np.sqrt(1 - _LAYOUT) * first, np.sqrt(_LAYOUT) * second]))

    def save(self, path: Path) -> None:
        """Write a compressed npz file."""
        vlads, layouts = self.vlads, self.layouts
        first = (self.words, vlads.centre, vlads.directions, vlads.steps)
        second = (self.axis, layouts.centre, layouts.directions, layouts.steps)
        with path.open("wb") as out:
            arrays: dict[str, Any] = dict(zip(_NAMES, (*first, *second), strict=True))
            np.savez_compressed(out, **arrays)

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a file that `save` wrote. Raises `ModelError` where it is missing or damaged."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                words, *vlads, axis, centre, directions, steps = (stored[name] for name in _NAMES)
            found = cls(words, Projection(*vlads), axis, Projection(centre, directions, steps))
            if words.shape != (len(words), DIM) or axis.shape != (SIZE,):
                raise ValueError("its arrays are not of the expected form")
            for projection, size in ((found.vlads, words.size), (found.layouts, SIZE)):
                shapes = (projection.centre.shape, projection.directions.shape)
                if shapes != ((size,), (len(projection.steps), size)):
                    raise ValueError("its arrays do not fit together")
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"the vocabulary '{path}' of xfeat cannot be used ({error}): install it again") from error
        return found
