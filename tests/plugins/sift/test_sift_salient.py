"""The region provider: a box around the most crowded of the strongest keypoints."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from revsearch_sift.descriptors import SiftSalient
from revsearch_sift.plugin import revsearch_region_providers

from revsearch_tui.api import Box
from tests.support.drawn import draw


def texture(width: int, height: int) -> np.ndarray:
    """Structure all over."""
    return np.asarray(draw(1, (width, height)))


def patch_at(left: int, top: int, size: tuple[int, int] = (480, 320)) -> np.ndarray:
    """A plain picture with 120 x 80 pixels of texture at that place."""
    picture = np.full((size[1], size[0], 3), 128, np.uint8)
    picture[top : top + 80, left : left + 120] = texture(120, 80)
    return picture


def holds(box: Box, x: float, y: float) -> bool:
    return box.left <= x <= box.right and box.top <= y <= box.bottom


@pytest.mark.parametrize(("left", "top"), [(0, 0), (360, 0), (360, 240), (180, 120), (20, 200)])
def test_the_best_box_holds_what_has_structure(left: int, top: int) -> None:
    best = SiftSalient()(patch_at(left, top))[0]
    assert holds(best, (left + 60) / 480, (top + 40) / 320)
    assert (best.right - best.left, best.bottom - best.top) == pytest.approx((0.5, 0.5)), "the smallest of them"


def test_three_sizes_are_proposed_with_the_pictures_own_shape() -> None:
    boxes = SiftSalient()(np.asarray(draw(3)))
    sides = sorted(round(box.right - box.left, 3) for box in boxes)
    assert sides == [0.5, 0.65, 0.8]
    assert all(box.right - box.left == pytest.approx(box.bottom - box.top) for box in boxes)


def test_structure_all_over_is_cut_least() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    best = SiftSalient()(noise.repeat(16, axis=0).repeat(16, axis=1))[0]
    assert best.right - best.left == pytest.approx(0.8)


def test_the_same_picture_has_the_same_boxes() -> None:
    picture = np.asarray(draw(5))
    assert SiftSalient()(picture) == SiftSalient()(picture.copy())


def test_nothing_is_proposed_where_there_is_nothing_to_see() -> None:
    assert SiftSalient()(np.full((100, 150, 3), 90, np.uint8)) == []


def test_the_plugin_names_the_provider() -> None:
    (info,) = revsearch_region_providers()
    assert info.name == "sift-salient"
    module, _, name = info.factory.partition(":")
    assert getattr(importlib.import_module(module), name) is SiftSalient
