"""Descriptors as few small numbers: the form in which they are stored and compared.

A RootSIFT descriptor is projected to its first principal components, and each of these is rounded to a multiple of one
step: equal steps for all are what a Gaussian of many dimensions loses least by, for the bits that they take once each
number is written in as many as it is rare. Distances between codes, times the step, are those between descriptors, but
for what is left out. The axes are part of this package and of no vocabulary, so that a vocabulary that was fitted to a
collection changes no code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revsearch_sift.descriptors import LENGTH, Bytes, Floats
from revsearch_sift.products import times

Codes: TypeAlias = npt.NDArray[np.int8]
Indices: TypeAlias = npt.NDArray[np.intp]

DIMS = 64
"""Numbers in a code."""
STEP = 20.0
"""Of a code's numbers, in those of a descriptor, whose length is 512."""
LARGEST = 127

_FILE = Path(__file__).parent / "codes.npz"
"""`mean` (128,) uint8 and `axes` (DIMS, 128) int16: of the descriptors that the vocabulary that ships was learned from.
Codes that are stored mean nothing by other axes, nor by another step: a change of either is a version of the method."""
_UNIT = 1 << 14
"""The axes are whole numbers of this length. Products and sums stay below 2 ** 24, so that float32 holds them exactly,
and codes are the same whatever library multiplies."""


@dataclass(frozen=True, slots=True)
class Axes:
    """`rows` (DIMS, 128), at right angles and of length 1, through the `mean` (128,) of descriptors; `whole` are the
    rows in whole numbers, and `offset` (DIMS,) is what these make of the mean."""

    mean: Floats
    rows: Floats
    whole: Floats
    offset: Floats


@dataclass(frozen=True, slots=True)
class Rearranged:
    """What a code becomes when the numbers of its descriptor change places: `matrix` (DIMS, DIMS) times it, plus
    `shift` (DIMS,)."""

    matrix: Floats
    shift: Floats

    def apply(self, codes: Codes) -> Codes:
        """(k, DIMS) of (k, DIMS)."""
        return _rounded(times(codes.astype(np.float32), self.matrix) + self.shift)


@cache
def axes() -> Axes:
    """Read once."""
    with np.load(_FILE, allow_pickle=False) as stored:
        mean, whole = (stored[name].astype(np.float32) for name in ("mean", "axes"))
    return Axes(mean, whole / np.float32(_UNIT), whole, times(mean[None], whole)[0])


def encode(descriptors: Bytes) -> Codes:
    """(k, DIMS) int8 codes of (k, 128) uint8 RootSIFT descriptors."""
    found = axes()
    projected = times(descriptors.astype(np.float32), found.whole) - found.offset
    return _rounded(projected / np.float32(STEP * _UNIT))


def rearranged(places: Indices) -> Rearranged:
    """For descriptors whose number i becomes the one at `places[i]`."""
    found = axes()
    assert places.shape == (LENGTH,)
    matrix = found.rows @ found.rows[:, places].T
    shift = found.rows @ (found.mean[places] - found.mean) / np.float32(STEP)
    return Rearranged(np.ascontiguousarray(matrix, np.float32), np.asarray(shift, np.float32))


def _rounded(numbers: Floats) -> Codes:
    return np.asarray(np.clip(np.rint(numbers), -LARGEST, LARGEST), np.int8)
