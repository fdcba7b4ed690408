"""Which transforms count as plausible, and which matches go into them."""

from __future__ import annotations

import numpy as np
import pytest
from revsearch_sift.geometry import agree, distinct_places, plausible, tentative, unit_transform

CORNERS = np.array([[100.0, 100.0], [500.0, 100.0], [500.0, 400.0], [100.0, 400.0]])


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("mirrored", np.diag([-1.0, 1.0, 1.0])),
        ("shrunk to nothing", np.diag([0.01, 0.01, 1.0])),
        ("blown up", np.diag([50.0, 50.0, 1.0])),
        ("stretched to a line", np.diag([5.0, 0.2, 1.0])),
        ("across the horizon", np.array([[1.0, 0, 0], [0, 1, 0], [0, -1 / 250, 1]])),
        ("flattened", np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])),
    ],
)
def test_degenerate_transforms_are_rejected(name: str, transform: np.ndarray) -> None:
    assert not plausible(transform, CORNERS), name


def test_what_a_camera_does_is_plausible() -> None:
    turn = np.array([[0.5, -0.6, 300], [0.6, 0.5, 20], [2e-4, 1e-4, 1.0]])
    assert plausible(turn, CORNERS)
    assert plausible(-turn, CORNERS)


def test_a_similarity_is_found_among_wrong_matches() -> None:
    random = np.random.default_rng(0)
    query = random.uniform(0, 640, (60, 2))
    candidate = query @ np.array([[0.0, 0.5], [-0.5, 0.0]]) + [400, 100]
    candidate[30:] = random.uniform(0, 640, (30, 2))
    transform, kept = agree(query, candidate, 4.0, 8)
    assert transform is not None
    assert kept[:30].all()
    assert kept[30:].sum() <= 2
    assert transform[:2, :2] / transform[2, 2] == pytest.approx(np.array([[0.0, -0.5], [0.5, 0.0]]), abs=0.01)


def test_points_all_in_one_place_give_no_transform() -> None:
    transform, kept = agree(np.full((12, 2), 5.0), np.full((12, 2), 9.0), 4.0, 8)
    assert transform is None
    assert not kept.any()


def test_transforms_are_rescaled_to_a_longest_side_of_one() -> None:
    moved = unit_transform(np.array([[2.0, 0, 64], [0, 2, 320], [0, 0, 2]]))
    assert moved == pytest.approx(np.array([[1, 0, 0.05], [0, 1, 0.25], [0, 0, 1]]))


def test_each_keypoint_is_matched_at_most_once() -> None:
    random = np.random.default_rng(1)
    theirs = random.integers(0, 200, (40, 128), dtype=np.uint8)
    ours = np.concatenate([theirs[:20], theirs[:20]])
    first, second = tentative(ours, theirs, 0.8)
    assert len(first) == 20
    assert len(set(second)) == 20


def test_equal_descriptors_pass_the_ratio_test_even_when_there_are_two() -> None:
    descriptors = np.random.default_rng(2).integers(-15, 15, (10, 64), dtype=np.int8)
    first, second = tentative(descriptors[:1], np.concatenate([descriptors, descriptors[:1]]), 0.8)
    assert (list(first), list(second)) == ([0], [0])


def test_a_match_no_better_than_the_second_best_is_dropped() -> None:
    descriptors = np.zeros((3, 64), np.int8)
    descriptors[1, 0], descriptors[2, 1] = 50, 49
    first, _ = tentative(descriptors[:1], descriptors[1:], 0.8)
    assert not len(first)


def test_matches_between_the_same_two_places_count_once() -> None:
    query = np.array([[10.0, 10.0], [10.4, 10.9], [300.0, 20.0], [10.0, 10.0]])
    candidate = np.array([[50.0, 60.0], [50.9, 60.1], [90.0, 80.0], [200.0, 60.0]])
    assert list(distinct_places(query, candidate)) == [0, 2, 3]
