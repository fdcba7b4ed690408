"""Tones of a picture are those of the places that are asked for, at the scale that they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from revsearch_tui.core.pixels.tones import Tones, reduced


@pytest.mark.parametrize(("shape", "less"), [((37, 50), 4), ((12, 9), 3), ((5, 40), 8), ((6, 6), 1)])
def test_a_smaller_picture_has_the_means_of_whole_squares(shape: tuple[int, int], less: int) -> None:
    grey = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    side = min(less, *shape)
    small = reduced(grey, less)
    assert small.shape == (shape[0] // side, shape[1] // side)
    for row, column in np.ndindex(small.shape):
        square = grey[row * side : (row + 1) * side, column * side : (column + 1) * side]
        assert small[row, column] == pytest.approx(square.mean(), abs=1e-3)


def test_places_have_the_tones_of_their_surroundings_and_none_lies_outside() -> None:
    grey = np.zeros((30, 60), np.uint8)
    grey[:, 30:] = 200
    places = np.array([[0.25, 0.25], [0.75, 0.25], [0.5, 0.25], [1.2, 0.25], [0.5, 0.6]])
    for step in (1 / 60, 0.1):
        tones, within = Tones(grey).at(places, step)
        assert within.tolist() == [True, True, True, False, False]
        assert tones[:3] == pytest.approx([0, 200, 100], abs=1e-3)
