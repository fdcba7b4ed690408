"""What the contract does for authors: a method's common part, and matches of local features from their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest

from revsearch_tui.api import BaseMethod, Features, ModelFile, NullControl, PairMatch, Picture


def features(aspect: float, *places: tuple[float, float]) -> Features:
    keypoints = np.array([(*place, 0.1, 0) for place in places], np.float32).reshape(-1, 4)
    return Features(keypoints, np.zeros((len(keypoints), 8), np.uint8), aspect)


def test_a_method_that_was_fitted_reads_its_model_when_it_is_loaded() -> None:
    class Fitted(BaseMethod):
        def restore(self, folder: Path) -> None:
            self.read = folder

    method = Fitted({"side": 3}, ModelFile("mine", Path("models/mine"), ""))
    method.load(NullControl())
    assert (method.read, method.options["side"]) == (Path("models/mine"), 3)
    unfitted = Fitted({})
    unfitted.load(NullControl())
    unfitted.close()
    assert not hasattr(unfitted, "read")


def test_annotations_of_pictures_can_be_looked_at() -> None:
    def brightness(picture: Picture) -> float:
        return float(picture.mean())

    assert "uint8" in str(get_type_hints(brightness)["picture"])


def test_points_lie_in_a_picture_whose_longest_side_is_1() -> None:
    np.testing.assert_allclose(features(2.0, (1, 1), (0.5, 0)).points, [[1, 0.5], [0.5, 0]])
    np.testing.assert_allclose(features(0.5, (1, 1)).points, [[0.5, 1]])
    assert features(1.0).points.shape == (0, 2)


@pytest.mark.parametrize("rows", [2, 3])
def test_a_match_is_made_of_the_numbers_of_features_and_the_transform_they_agree_on(rows: int) -> None:
    query, candidate = features(1.0, (0, 0), (0.5, 0.5)), features(1.0, (0.1, 0.2), (0.3, 0.4), (0.6, 0.7))
    match = PairMatch.of(query, candidate, np.array([[0, 2], [1, 0]]), np.eye(3)[:rows], tentative=5)
    assert (match.inliers, match.tentative, match.pairs.dtype) == (2, 5, np.float32)
    np.testing.assert_allclose(match.pairs, [[0, 0, 0.6, 0.7], [0.5, 0.5, 0.1, 0.2]])
    assert match.transform is not None
    np.testing.assert_array_equal(match.transform, np.eye(3))


def test_features_that_agree_on_nothing_are_no_match() -> None:
    one = features(1.0, (0.5, 0.5))
    for matches in (np.zeros((0, 2), int), np.array([]), np.array([[0, 0]])):
        match = PairMatch.of(one, one, matches)
        assert (match.inliers, match.transform, match.pairs.shape) == (0, None, (0, 4))
