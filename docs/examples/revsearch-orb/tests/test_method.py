import cv2
import numpy as np
import pytest
from revsearch_tui.api import NullControl
from revsearch_tui.api.testing import sample_pictures

from revsearch_orb.method import Orb, is_plausible
from revsearch_orb.plugin import revsearch_methods

(INFO,) = revsearch_methods()


@pytest.fixture
def method() -> Orb:
    made = Orb(INFO.defaults())
    made.load(NullControl())
    return made


def test_a_picture_is_found_again_turned_by_a_quarter_and_another_is_not(method: Orb) -> None:
    picture, other = sample_pictures(2, 240, 320)
    query, turned, stranger = method.extract([picture, np.ascontiguousarray(np.rot90(picture)), other])
    assert method.match(query, turned).inliers >= method.min_inliers > method.match(query, stranger).inliers


def test_a_part_is_found_in_its_place(method: Orb) -> None:
    (picture,) = sample_pictures(1, 360, 480)
    part, whole = method.extract([np.ascontiguousarray(picture[90:270, 120:360]), picture])
    match = method.match(part, whole)
    assert match.inliers >= method.min_inliers
    assert match.transform is not None
    # The part's middle, in a picture whose longest side is 1, is the middle of the whole.
    x, y, depth = match.transform @ [0.5, 0.375, 1]
    assert (x / depth, y / depth) == pytest.approx((0.5, 0.375), abs=0.01)


def test_a_slanted_shot_is_found(method: Orb) -> None:
    (picture,) = sample_pictures(1, 300, 400)
    corners = np.array([[0, 0], [400, 0], [400, 300], [0, 300]], np.float32)
    moved = np.array([[40, 10], [390, 40], [360, 280], [10, 250]], np.float32)
    shot = np.asarray(cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, moved), (400, 300)), np.uint8)
    assert method.match(*method.extract([shot, picture])).inliers >= method.min_inliers


def test_the_explanation_is_the_match(method: Orb) -> None:
    (picture,) = sample_pictures(1, 240, 320)
    part = np.ascontiguousarray(picture[:160, :200])
    match = method.match(*method.extract([part, picture]))
    lines = method.explain(part, picture)
    assert np.array_equal(lines.pairs, match.pairs) and lines.tentative == match.tentative > 0


def test_a_geometry_that_mirrors_or_draws_out_is_none() -> None:
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    assert is_plausible(np.eye(3), square)
    assert not is_plausible(np.diag([-1.0, 1.0, 1.0]), square)
    assert not is_plausible(np.diag([1e-4, 1.0, 1.0]), square)
    assert not is_plausible(np.array([[1, 0, 0], [0, 1, 0], [-2.0, 0, 1]]), square)
