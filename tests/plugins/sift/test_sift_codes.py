"""Codes of descriptors: what is left of distances, what changed pictures' codes are, and what they take on the disk."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from revsearch_sift.codes import DIMS, STEP, axes, encode
from revsearch_sift.descriptors import extract
from revsearch_sift.method import Sift
from revsearch_sift.plugin import revsearch_methods
from revsearch_sift.views import INVERTED, MIRRORED, as_inverted, as_mirrored

from revsearch_tui.core.storage.journal.features import pack_features, unpack_features
from tests.plugins.sift.test_sift_method import textured


@pytest.fixture(scope="module")
def descriptors() -> np.ndarray:
    return np.concatenate([extract(textured(seed), 700, 640, True).descriptors for seed in (1, 2, 3)])


def test_the_axes_are_at_right_angles() -> None:
    rows = axes().rows
    assert rows.shape == (DIMS, 128)
    assert rows @ rows.T == pytest.approx(np.eye(DIMS), abs=1e-3)


def test_codes_are_those_of_exact_arithmetic_and_no_row_depends_on_others(descriptors: np.ndarray) -> None:
    found = encode(descriptors)
    assert found.dtype == np.int8 and np.abs(found).max() < 40
    whole = axes().whole.astype(np.int64)
    projected = (descriptors.astype(np.int64) - axes().mean.astype(np.int64)) @ whole.T
    expected = np.rint(projected.astype(np.float32) / np.float32(STEP * 2**14))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(encode(descriptors[5:12]), found[5:12])


def test_distances_between_codes_are_those_between_descriptors(descriptors: np.ndarray) -> None:
    codes, exact = encode(descriptors).astype(float), descriptors.astype(float)
    ours, theirs = np.random.default_rng(0).integers(0, len(exact), (2, 2000))
    near = np.linalg.norm(codes[ours] - codes[theirs], axis=1) * STEP
    far = np.linalg.norm(exact[ours] - exact[theirs], axis=1)
    apart = far > 0
    assert 0.9 < np.median(near[apart] / far[apart]) < 1.02
    assert np.corrcoef(near, far)[0, 1] > 0.98


@pytest.mark.parametrize(("places", "changed"), [(MIRRORED, as_mirrored), (INVERTED, as_inverted)])
def test_the_code_of_rearranged_descriptors_is_near_what_is_made_of_the_code(
    descriptors: np.ndarray, places: np.ndarray, changed: object
) -> None:
    expected = encode(np.ascontiguousarray(descriptors[:, places])).astype(float)
    made = changed(encode(descriptors))  # type: ignore[operator]
    apart = np.linalg.norm(made - expected, axis=1)
    others = np.linalg.norm(made - np.roll(expected, 100, axis=0), axis=1)
    assert made.dtype == np.int8
    assert np.median(apart) < 0.3 * np.median(others)


def test_what_is_read_back_is_what_a_fresh_query_has_and_takes_few_bytes() -> None:
    method = Sift(revsearch_methods()[0].defaults(), None)
    picture = cv2.GaussianBlur(textured(4, 640, 480), (0, 0), 1)
    first, second = method.extract([picture, picture.copy()])
    stored = pack_features(first)
    assert len(stored) < 32 * len(first.keypoints)
    assert method.match(second, unpack_features(stored)).inliers == len(first.keypoints) > 300
