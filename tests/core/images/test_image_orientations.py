"""The eight orientations."""

from __future__ import annotations

import numpy as np
from PIL import Image

from revsearch_tui.core.images.decoded_picture import ORIENTATION_NAMES, all_orientations, upright


def _picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_the_first_orientation_is_the_picture_itself_and_all_differ() -> None:
    turned = all_orientations(_picture())
    assert np.array_equal(turned[0], _picture())
    assert len({(one.shape, one.tobytes()) for one in turned}) == len(ORIENTATION_NAMES) == 8


def test_orientations_are_contiguous_for_methods_that_need_that() -> None:
    assert all(one.flags.c_contiguous and one.dtype == np.uint8 for one in all_orientations(_picture()))


def test_orientations_are_numbered_as_exif_numbers_them() -> None:
    for index, turned in enumerate(all_orientations(_picture())):
        assert np.array_equal(turned, np.asarray(upright(Image.fromarray(_picture()), index + 1)))


def test_the_orientations_of_any_orientation_are_the_same_eight() -> None:
    expected = {one.tobytes() for one in all_orientations(_picture())}
    for start in all_orientations(_picture()):
        assert {one.tobytes() for one in all_orientations(start)} == expected
