"""What makes one vector of a picture: the VLAD of its keypoints' descriptors beside its layout.

Jegou et al., Aggregating local descriptors into a compact image representation, CVPR 2010; intra-normalisation after
Arandjelovic and Zisserman, All about VLAD, CVPR 2013.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from revsearch_sift.codes import STEP, Codes, axes
from revsearch_sift.descriptors import LENGTH, SCALE, Floats
from revsearch_sift.layout import SIZE, faced
from revsearch_sift.products import times
from revsearch_sift.projection import Projection, unit
from revsearch_tui.api import Features, ModelError

FORMAT = 2
"""Version of the file format."""

KEYPOINTS = 200
"""With this many keypoints a picture's VLAD and its layout weigh the same; with more, the VLAD weighs more."""

_LARGEST_FILE = 256 * 1024 * 1024
_NAMES = (
    *("mean", "basis", "words", "centre", "directions", "steps"),
    *("axis", "layout_centre", "layout_directions", "layout_steps"),
)


@dataclass(frozen=True)
class Vocabulary:
    """What turns the features of a picture into one unit vector of `dim` numbers.

    `mean` (128,), `basis` (128, d): descriptors are centred and reduced to d numbers; `words` (w, d): the cluster
    centres; `vlads`: the projection of VLADs (w * d,). `axis` (1152,) says which layouts are mirrored, and `layouts`
    projects them. The VLAD's numbers come first, then the layout's.
    """

    mean: Floats
    basis: Floats
    words: Floats
    vlads: Projection
    axis: Floats
    layouts: Projection

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self.vlads.dim + self.layouts.dim

    def reduce(self, codes: Codes) -> Floats:
        """(k, d) float32: what is left of the descriptors whose (k, DIMS) codes these are."""
        matrix, shift = self._of_codes
        return times(codes.astype(np.float32), matrix) + shift

    def encode(self, features: Features) -> Floats:
        """(dim,) float32 of unit length; zeros where there is nothing to see."""
        count, whole = len(features.descriptors), features.whole
        first = np.zeros(self.vlads.dim, np.float32)
        if count:
            first = self.vlads.apply(vlad(self.reduce(features.descriptors), self.words))
        second = np.zeros(self.layouts.dim, np.float32)
        if whole is not None and whole.any():
            second = self.layouts.apply(faced(whole[None], self.axis)[0])
        return unit(np.concatenate([np.sqrt(count / KEYPOINTS) * first, second]))

    def save(self, path: Path) -> None:
        """Write a compressed npz file."""
        with path.open("wb") as out:
            np.savez_compressed(out, format=np.array(FORMAT, np.int64), **self._arrays())

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a file that `save` wrote. Raises `ModelError` where it is missing, damaged or of another form."""
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > _LARGEST_FILE:
                    raise ValueError("too large")
            with np.load(path, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise ValueError(f"format {int(stored['format'])} is not known to this version")
                found = cls._of({name: stored[name] for name in _NAMES})
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"the SIFT vocabulary '{path}' cannot be used ({error}): fit or install it again"
            ) from error
        return found

    def _arrays(self) -> dict[str, Any]:
        vlads, layouts = self.vlads, self.layouts
        own = (self.mean, self.basis, self.words, vlads.centre, vlads.directions, vlads.steps)
        return dict(zip(_NAMES, (*own, self.axis, layouts.centre, layouts.directions, layouts.steps), strict=True))

    @classmethod
    def _of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Vocabulary:
        """Raises `ValueError` where the arrays do not fit together."""
        words, reduced = _rows_columns(arrays["words"])
        size, dim, layout_dim = words * reduced, len(arrays["steps"]), len(arrays["layout_steps"])
        shapes = [(LENGTH,), (LENGTH, reduced), (words, reduced), (size,), (dim, size), (dim,)]
        shapes += [(SIZE,), (SIZE,), (layout_dim, SIZE), (layout_dim,)]
        for name, shape in zip(_NAMES, shapes, strict=True):
            array = arrays[name]
            wanted = np.int8 if name.endswith("directions") else np.float32
            if array.shape != shape or array.dtype != wanted or not array.size or not np.isfinite(array).all():
                raise ValueError(f"its array '{name}' is not of the expected form")
        mean, basis, centres, *vlads = (arrays[name] for name in _NAMES[:6])
        axis, *layouts = (arrays[name] for name in _NAMES[6:])
        return cls(mean, basis, centres, Projection(*vlads), axis, Projection(*layouts))

    @cached_property
    def _of_codes(self) -> tuple[Floats, Floats]:
        """(d, DIMS) and (d,): codes are decoded, centred and reduced in one step."""
        found = axes()
        matrix = times(np.ascontiguousarray(self.basis.T), found.rows) * np.float32(STEP / SCALE)
        return matrix, times((found.mean / np.float32(SCALE) - self.mean)[None], np.ascontiguousarray(self.basis.T))[0]


def _rows_columns(array: npt.NDArray[Any]) -> tuple[int, int]:
    return (array.shape[0], array.shape[1]) if array.ndim == 2 else (0, 0)


def nearest_word(reduced: Floats, words: Floats) -> npt.NDArray[np.intp]:
    """(k,) index of the word each of (k, d) descriptors is nearest to."""
    return np.asarray((times(reduced, words) - 0.5 * np.einsum("ij,ij->i", words, words)).argmax(axis=1))


def vlad(reduced: Floats, words: Floats) -> Floats:
    """(w * d,) of unit length: per word the sum of differences of (k, d) descriptors to it, each word normalised."""
    assigned = np.zeros((len(words), len(reduced)), np.float32)
    assigned[nearest_word(reduced, words), np.arange(len(reduced))] = 1
    sums = times(assigned, np.ascontiguousarray(reduced.T)) - assigned.sum(axis=1)[:, None] * words
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return unit(sums.ravel())
