"""VLAD: one vector for all descriptors of a picture, and the vocabulary that makes it.

Jegou et al., Aggregating local descriptors into a compact image representation, CVPR 2010; intra-normalisation after
Arandjelovic and Zisserman, All about VLAD, CVPR 2013.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.extract import LENGTH, SCALE
from revsearch_sift.products import times
from revsearch_tui.api import ModelError

Floats: TypeAlias = npt.NDArray[np.float32]

FORMAT = 1
"""Version of the file format."""

_LARGEST_FILE = 256 * 1024 * 1024


@dataclass(frozen=True)
class Vocabulary:
    """What turns (k, 128) uint8 descriptors into one unit vector of `dim` numbers.

    `mean` (128,), `basis` (128, d): descriptors are centred and reduced to d numbers; `words` (w, d): the cluster
    centres; `centre` (w * d,): the mean VLAD; `projection` (dim, w * d) int8 times `steps` (dim,): its whitened
    principal directions, in few bits to be small on disk. All but the projection are float32.
    """

    mean: Floats
    basis: Floats
    words: Floats
    centre: Floats
    projection: npt.NDArray[np.int8]
    steps: Floats

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return len(self.projection)

    def reduce(self, descriptors: npt.NDArray[np.uint8]) -> Floats:
        """(k, d) float32 of (k, 128) uint8."""
        centred = descriptors.astype(np.float32) / np.float32(SCALE) - self.mean
        return times(centred, self._axes)

    def encode(self, descriptors: npt.NDArray[np.uint8]) -> Floats:
        """(dim,) float32 of unit length; zeros where there are no descriptors."""
        if not len(descriptors):
            return np.zeros(self.dim, np.float32)
        vector = vlad(self.reduce(descriptors), self.words) - self.centre
        return unit(times(vector[None], self._directions)[0])

    def save(self, path: Path) -> None:
        """Write a compressed npz file."""
        with path.open("wb") as out:
            np.savez_compressed(out, **self._arrays())

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
                found = cls(**{name: stored[name] for name in cls.__dataclass_fields__})
            found._check()
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"the SIFT vocabulary '{path}' cannot be used ({error}): fit or install it again"
            ) from error
        return found

    def _arrays(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {"format": np.array(FORMAT, np.int64), **arrays}

    def _check(self) -> None:
        words, reduced = self.words.shape if self.words.ndim == 2 else (0, 0)
        size = words * reduced
        dim = self.projection.shape[0] if self.projection.ndim == 2 else 0
        shapes = {
            "mean": (LENGTH,),
            "basis": (LENGTH, reduced),
            "words": (words, reduced),
            "centre": (size,),
            "projection": (dim, size),
            "steps": (dim,),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            wanted = np.int8 if name == "projection" else np.float32
            if array.shape != shape or array.dtype != wanted or not array.size or not np.isfinite(array).all():
                raise ValueError(f"its array '{name}' is not of the expected form")

    @cached_property
    def _axes(self) -> Floats:
        return np.ascontiguousarray(self.basis.T)

    @cached_property
    def _directions(self) -> Floats:
        return self.projection.astype(np.float32) * self.steps[:, None]


def unit(vector: Floats) -> Floats:
    """The vector at length 1; zeros stay zeros."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


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
