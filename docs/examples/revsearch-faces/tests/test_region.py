import numpy as np
from revsearch_tui.api import Box

from revsearch_faces.region import make


def test_white_borders_are_left_out() -> None:
    picture = np.full((100, 200, 3), 255, np.uint8)
    picture[25:75, 50:150] = (200, 30, 30)
    assert make()(picture) == [Box(0.25, 0.25, 0.75, 0.75)]


def test_a_plain_picture_is_taken_whole() -> None:
    assert make()(np.zeros((10, 10, 3), np.uint8)) == []
