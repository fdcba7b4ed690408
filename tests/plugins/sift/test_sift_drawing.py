"""An even draw from pictures of which nobody knows how many there will be."""

from __future__ import annotations

import numpy as np
from revsearch_sift.fitting import Drawn


def drawn(offered: int, most: int) -> list[int]:
    draw = Drawn(most, lambda pictures: [int(picture[0, 0, 0]) for picture in pictures])
    for number in range(offered):
        draw.offer(np.full((1, 1, 3), number, np.uint8))
    return draw.all()


def test_few_pictures_are_all_kept_in_order() -> None:
    assert drawn(40, 100) == list(range(40))
    assert drawn(0, 100) == []


def test_of_many_as_many_as_asked_for_are_kept_early_and_late_ones_alike() -> None:
    kept = drawn(250, 100)
    assert len(set(kept)) == 100
    assert 25 < sum(number >= 125 for number in kept) < 75


def test_the_same_pictures_give_the_same_draw() -> None:
    assert drawn(250, 100) == drawn(250, 100)
