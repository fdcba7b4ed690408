"""The hash of a picture tells what that of the picture turned or mirrored is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from revsearch_phash.method import PerceptualHash

from revsearch_tui.api import UsageError
from revsearch_tui.core.images.decoded_picture import all_orientations
from tests.support.drawn import draw


def _made(kind: str, size: int) -> tuple[PerceptualHash, list[Any]]:
    return PerceptualHash({"hash": kind, "size": size}), [np.asarray(draw(seed, (320, 240))) for seed in range(12)]


@pytest.mark.parametrize(("kind", "size", "most"), [("phash", 16, 16), ("phash", 8, 8), ("ahash", 8, 1)])
def test_turned_bits_are_about_those_of_the_turned_picture(kind: str, size: int, most: int) -> None:
    method, pictures = _made(kind, size)
    rows = method.embed(pictures)
    made = [method.embed(list(views)) for views in zip(*map(all_orientations, pictures), strict=True)]
    for orientation, expected in enumerate(made, 1):
        told = method.turned_rows(rows, orientation)
        assert np.median((told != expected).sum(axis=1)) <= most / 2
        assert (told != expected).sum(axis=1).max() <= 2 * most
    assert np.array_equal(method.turned_rows(rows, 1), rows)


def test_a_plain_picture_stays_plain_however_it_is_turned() -> None:
    method, _ = _made("phash", 16)
    plain = method.embed([np.full((64, 64, 3), 90, np.uint8)])
    assert not any(method.turned_rows(plain, orientation).any() for orientation in range(1, 9))


def test_a_hash_that_does_not_tell_says_so() -> None:
    method, _ = _made("dhash", 8)
    assert not method.turns_rows
    with pytest.raises(UsageError, match="take phash or ahash"):
        method.turned_rows(np.zeros((1, 64), np.uint8), 2)
