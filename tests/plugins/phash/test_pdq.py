"""PDQ against the hashes that Meta's own program gives, by the package pdqhash 0.2.8, and against it where it is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from revsearch_phash.method import PerceptualHash
from revsearch_phash.pdq import pdq_bits

from revsearch_tui.api import UsageError

KNOWN = (
    ((1, 150, 200), "c1abef07bb42ef51bf5104ef22bae215d8bd81ae3fc1e70418fa0cbe14e3048c"),
    ((2, 480, 640), "ba4400beee3fbf4afa44e2ba00b851eb3c88be44eb478f0451fb14ed15b1eb44"),
    ((3, 64, 64), "dc278b604ccf7c0fe7c633b059291c38a3d6e3d7acd24c69183883d2b1be648f"),
    ((4, 61, 37), "56a7d70f96ce894843b6ac31037a16f1ec44bc4e580e5e8fc85be511dcd41c6f"),
    ((5, 5, 300), "66442d3b828f52f07f64ad0fdd71d2d491bb2d2f66440d31828b52f07f64ad0f"),
)
"""Seed, height and width of a picture, and the bits of its hash, of the lowest frequencies first."""


def fields(seed: int, height: int, width: int) -> Any:
    """A picture of 7 x 9 fields, each of one colour by chance."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return small[np.arange(height) * 7 // height][:, np.arange(width) * 9 // width]


@pytest.mark.parametrize(("made", "bits"), KNOWN)
def test_bits_are_those_of_the_reference(made: tuple[int, int, int], bits: str) -> None:
    assert np.packbits(pdq_bits(fields(*made))).tobytes().hex() == bits


def test_bits_are_those_of_pdqhash_for_pictures_of_many_sizes() -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="it has no wheel for Linux")
    chance = np.random.default_rng(0)
    for seed in range(60):
        picture = fields(seed, *(int(side) for side in chance.integers(5, 900, 2)))
        picture = np.clip(picture + chance.normal(0, 20, picture.shape), 0, 255).astype(np.uint8)
        reference, _quality = pdqhash.compute(picture)
        assert np.array_equal(pdq_bits(picture).ravel(), reference[::-1].astype(bool)), picture.shape


def test_the_method_gives_them_row_by_row_and_takes_no_other_size() -> None:
    picture = fields(*KNOWN[0][0])
    (row,) = PerceptualHash({"hash": "pdq", "size": 16}).embed([picture])
    assert np.array_equal(row, pdq_bits(picture).ravel())
    with pytest.raises(UsageError, match="pdq has a size of 16, not 8"):
        PerceptualHash({"hash": "pdq", "size": 8})
