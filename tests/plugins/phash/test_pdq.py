"""PDQ against hashes that Meta's own program gave, by pdqhash 0.2.8, and against that where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from revsearch_phash.method import PerceptualHash
from revsearch_phash.pdq import pdq_bits

from revsearch_tui.api import UsageError

KNOWN = (
    ((1, 150, 200), "f25822dd587216cb3990f870b930078fc66fe874a6cd9d230da7bd21fa5822dd"),
    ((2, 480, 640), "3d299ad09ec3d93ab871113b3931eec4478e26cd613c278dc2deead435299ec1"),
    ((3, 64, 64), "c8e6ba511ce3970af338b9314cc44ec62ce768f4c71a05ee331bb8c3b8e7b251"),
    ((4, 61, 37), "44e829f507bc23dcc31c0adcf52874e31ce3dc27fa13d60e38e3d52a34e329b5"),
    ((5, 5, 300), "eec4aad53ce1e4eccf061b13c31e552a113baa55cec4aad538e964eccf061b13"),
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
