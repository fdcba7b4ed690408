"""A picture as a whole: what is where, for pictures too small or too plain for keypoints."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from revsearch_sift.fitting import LAYOUT_DIM, fit_layouts
from revsearch_sift.layout import MIRROR, SIZE, faced, layout
from revsearch_sift.method import Sift
from revsearch_sift.plugin import revsearch_methods

from revsearch_tui.api import NullControl


def scene(seed: int, side: int = 256) -> np.ndarray:
    """A few large soft blobs: a layout, and hardly a keypoint."""
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)


def small(seed: int) -> np.ndarray:
    return cv2.resize(scene(seed), (32, 32), interpolation=cv2.INTER_AREA)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    first, second = first.astype(np.float64), second.astype(np.float64)
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


@pytest.fixture(scope="module")
def sift() -> Iterator[Sift]:
    method = Sift(revsearch_methods()[0].defaults(), None)
    method.load(NullControl())
    yield method
    method.close()


@pytest.mark.parametrize("shape", [(32, 32), (20, 60), (64, 64), (300, 200), (1, 1), (1, 400)])
def test_a_layout_has_one_length_whatever_the_picture(shape: tuple[int, int]) -> None:
    found = layout(np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8))
    assert (found.shape, found.dtype) == ((SIZE,), np.uint8)


def test_a_mirrored_picture_has_the_mirrored_layout() -> None:
    picture = small(1)
    mirrored = layout(np.ascontiguousarray(picture[:, ::-1]))
    assert likeness(mirrored, layout(picture)[MIRROR]) > 0.995
    assert likeness(mirrored, layout(picture)) < 0.9
    assert np.array_equal(MIRROR[MIRROR], np.arange(SIZE))


def test_a_thumbnail_has_nearly_the_layout_of_the_picture() -> None:
    assert likeness(layout(small(2)), layout(scene(2))) > 0.97
    assert likeness(layout(small(2)), layout(scene(3))) < 0.9


def test_a_picture_and_its_mirror_image_get_one_vector(sift: Sift) -> None:
    rows = sift.aggregate(sift.extract([small(4), np.ascontiguousarray(small(4)[:, ::-1]), small(5)]))
    assert rows[0] @ rows[1] > 0.9 > 0.5 > rows[0] @ rows[2]


def test_pictures_without_keypoints_are_told_apart_by_their_layout(sift: Sift) -> None:
    pictures = [cv2.GaussianBlur(small(seed), (0, 0), 2.5) for seed in range(6)]
    features = sift.extract(pictures)
    assert sum(len(each.keypoints) for each in features) < 6 * 8
    rows = sift.aggregate(features)
    noisy = [
        np.clip(each + np.random.default_rng(9).normal(0, 3, each.shape), 0, 255).astype(np.uint8) for each in pictures
    ]
    assert (sift.aggregate(sift.extract(noisy)) @ rows.T).argmax(axis=1).tolist() == list(range(6))
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_features_read_back_without_a_layout_still_match(sift: Sift) -> None:
    from revsearch_tui.api import Features

    (found,) = sift.extract([cv2.resize(scene(6), (400, 400), interpolation=cv2.INTER_NEAREST)])
    stored = Features(found.keypoints, found.descriptors, found.aspect)
    assert sift.match(found, stored).inliers == len(found.keypoints)


def test_fitted_layouts_turn_mirrored_pictures_to_one_side() -> None:
    found = np.array([layout(small(seed)) for seed in range(150)])
    axis, projection = fit_layouts(found)
    assert projection.dim <= LAYOUT_DIM
    turned, mirrored = faced(found, axis), faced(found[:, MIRROR], axis)
    assert np.array_equal(turned, mirrored)
    again, _ = fit_layouts(found)
    assert np.array_equal(axis, again)
