import numpy as np
import pytest
from revsearch_tui.api import NullControl

from revsearch_cld.method import _SCAN, ColourLayout, coefficients


def plain(*colour: int) -> np.ndarray:
    return np.full((32, 48, 3), colour, np.uint8)


def loaded(luma: int = 6, chroma: int = 3) -> ColourLayout:
    method = ColourLayout({"luma": luma, "chroma": chroma})
    method.load(NullControl())
    return method


def test_the_zigzag_is_that_of_jpeg() -> None:
    flat = [8 * down + across for down, across in _SCAN]
    assert flat[:15] == [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4]
    assert flat[-8:] == [53, 60, 61, 54, 47, 55, 62, 63]


def test_a_plain_picture_has_its_mean_colour_and_nothing_else() -> None:
    grey = coefficients(plain(128, 128, 128))
    # Y 126 is step 62 of 128, halved; Cb and Cr 128 are the middle of 16 to 48.
    np.testing.assert_array_equal(grey[:, 0], [31, 32, 32])
    np.testing.assert_array_equal(grey[:, 1:], 16)
    black, white = coefficients(plain(0, 0, 0)), coefficients(plain(255, 255, 255))
    assert (black[0, 0], white[0, 0]) == (2, 61)
    assert coefficients(plain(0, 0, 255))[1, 0] > 60
    assert coefficients(plain(255, 255, 0))[1, 0] < 4


def test_coefficients_are_levels_of_6_and_5_bits() -> None:
    chance = np.random.default_rng(3)
    for _ in range(20):
        levels = coefficients(chance.choice(np.array([0, 255], np.uint8), (8, 8, 3)))
        assert 0 <= levels.min() and levels[:, 0].max() <= 63 and levels[:, 1:].max() <= 31


def test_what_is_dark_above_and_what_is_dark_below_differ_in_the_sign_of_one_coefficient() -> None:
    above = plain(200, 200, 200)
    above[:16] = 40
    one, other = coefficients(above), coefficients(np.ascontiguousarray(above[::-1]))
    assert one[0, 2] < 16 < other[0, 2]
    assert one[0, 1] == other[0, 1] == 16


@pytest.mark.parametrize(("luma", "chroma"), [(6, 3), (1, 1), (64, 64), (2, 10)])
def test_the_distance_of_rows_is_the_weighted_one_of_the_coefficients(luma: int, chroma: int) -> None:
    chance = np.random.default_rng(5)
    first, second = chance.integers(0, 256, (2, 40, 60, 3), dtype=np.uint8)
    rows = loaded(luma, chroma).embed([first, second]).astype(float)
    assert rows.shape == (2, luma + 2 * chroma)
    total = 0.0
    for channel, (count, weights) in enumerate(
        zip((luma, chroma, chroma), ((2, 2, 2), (2, 1, 1), (4, 2, 2)), strict=True)
    ):
        for place in range(count):
            weight = weights[place] if place < 3 else 1
            apart = coefficients(first)[channel, place] - coefficients(second)[channel, place]
            total += weight * float(apart) ** 2
    assert ((rows[0] - rows[1]) ** 2).sum() == pytest.approx(total, rel=1e-5)
