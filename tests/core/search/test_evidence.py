"""Similarities held against what is ordinary in a collection."""

from __future__ import annotations

import numpy as np
import pytest

from revsearch_tui.core.search.evidence import View, background, reach_of, score, similarities, trust


def ordinary(count: int, mean: float, spread: float) -> np.ndarray:
    return np.random.default_rng(7).normal(mean, spread, count)


def view(similar: float, *, shape: str = "vector", metric: str = "cosine", support: float = 0, least: int = 0) -> View:
    sample = background(ordinary(1000, 0.3, 0.1), metric, 64, 1000)
    return View(shape, metric, 1.0, sample, np.array([similar]), np.array([support]), least)


def test_as_many_as_chance_has_are_expected() -> None:
    """Half the queries meet one picture of a thousand as similar as this by chance: that is no evidence."""
    found = [
        background(rng.normal(0, 1, 1000), "cosine", 64, 1000).decades(rng.normal(0, 1, 1000).max())
        for rng in (np.random.default_rng(seed) for seed in range(300))
    ]
    assert 0.3 < np.mean(np.array(found) > 0) < 0.75
    assert np.mean(np.array(found) > 2) < 0.03


def test_the_larger_the_collection_the_less_a_similarity_says() -> None:
    few, many = (background(ordinary(1000, 0.3, 0.1), "cosine", 64, rows) for rows in (1_000, 1_000_000))
    assert few.decades(0.9) - many.decades(0.9) == pytest.approx(3)


def test_copies_of_the_query_in_the_sample_do_not_hide_it() -> None:
    sample = np.concatenate([ordinary(997, 0.3, 0.1), [0.99, 0.98, 0.97]])
    assert background(sample, "cosine", 64, 1000).decades(0.98) > 3


def test_a_method_without_evidence_adds_nothing_to_one_that_has() -> None:
    sure, unsure = view(0.95), view(0.6, metric="hamming")
    assert trust([sure, unsure])[1][0] == pytest.approx(trust([sure])[1][0])


def test_verified_geometry_is_evidence_and_more_of_it_is_more() -> None:
    few, many = (view(0.3, shape="local", support=n, least=7) for n in (7, 40))
    none = view(0.3, shape="local", support=6, least=7)
    assert trust([none])[1] == 0 < trust([few])[1] < trust([many])[1]


def test_geometry_in_doubt_is_no_evidence_but_comes_before_what_no_geometry_found() -> None:
    doubted, none = (view(0.3, shape="local", support=n, least=14) for n in (0.2, 0))
    nearer = view(0.45, shape="local", least=14)
    assert trust([doubted])[1][0] == trust([none])[1][0] == 0
    assert trust([doubted])[0][0] > trust([nearer])[0][0] > trust([none])[0][0]


def test_geometry_of_ever_more_keypoints_is_ever_more_evidence() -> None:
    found = [float(trust([view(0.3, shape="local", support=n, least=7)])[1][0]) for n in (40, 60, 150, 700)]
    assert found == sorted(found) and len(set(found)) == 4, "of two that are sure the surer one is first"


def test_hashes_of_which_a_third_of_the_bits_differ_are_no_evidence_however_rare_that_is() -> None:
    rare = background(np.full(1000, 0.5) + np.random.default_rng(1).normal(0, 0.01, 1000), "hamming", 256, 1000)
    for similar, is_evidence in ((0.7, False), (0.8, True)):
        one = View("vector", "hamming", 1.0, rare, np.array([similar]), np.zeros(1))
        assert bool(one.evidence[0] > 0) == is_evidence


def test_a_method_that_knows_kinds_reaches_further_than_one_that_sees_noise() -> None:
    chance = np.random.default_rng(3)
    kinds = np.repeat(np.eye(16), 30, axis=0) + chance.normal(0, 0.15, (480, 16))
    noise = chance.normal(0, 1, (480, 16))
    known, unknown = (
        reach_of(rows / np.linalg.norm(rows, axis=1, keepdims=True), "cosine", "vector") for rows in (kinds, noise)
    )
    assert known > 4 * unknown > 0


def test_the_reach_of_distances_is_that_of_what_lies_nearest() -> None:
    chance = np.random.default_rng(3)
    rows = np.repeat(np.eye(8) * 5, 30, axis=0) + chance.normal(0, 0.5, (240, 8))
    each = -np.sqrt(np.square(rows[:, None] - rows).sum(axis=2))
    asked = np.sort(each[np.linspace(0, 239, 64).astype(int)], axis=1)
    outermost = (asked[:, -1 - 2] - asked.mean(axis=1)) / asked.std(axis=1)
    assert reach_of(rows, "l2", "vector") == pytest.approx(max(0.05, outermost.mean() - 2.43), abs=1e-6)


def test_a_method_of_copies_leaves_the_order_of_what_is_alike_to_one_of_kinds() -> None:
    chance = np.random.default_rng(5)
    rows = np.repeat(np.eye(16), 30, axis=0) + chance.normal(0, 0.15, (480, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    kinds, copies = (reach_of(rows, "cosine", "vector", tells_kinds=told) for told in (True, False))
    assert 0 < copies < 0.2 * kinds


@pytest.mark.parametrize("shape", ["vector", "local", "classifier"])
def test_the_reach_in_a_small_collection_is_the_usual_one(shape: str) -> None:
    assert 0 < reach_of(np.eye(4), "cosine", shape) <= 1


def test_of_two_methods_the_one_that_reaches_further_decides_what_is_alike() -> None:
    sample = background(ordinary(1000, 0.3, 0.1), "cosine", 64, 1000)
    first, second = np.array([0.6, 0.3]), np.array([0.3, 0.6])
    far = View("vector", "cosine", 1.0, sample, first, np.zeros(2), reach=1.0)
    near = View("vector", "cosine", 1.0, sample, second, np.zeros(2), reach=0.2)
    assert np.argmax(trust([far, near])[0]) == 0


def test_scores_without_evidence_are_below_a_half_and_rise_with_likeness() -> None:
    values = [float(score(trust([view(similar)])[0])[0]) for similar in (0.2, 0.4, 0.5)]
    assert values == sorted(values) and values[-1] < 0.5
    assert score(trust([view(1.2)])[0]) > 0.9


@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("metric", ["hamming", "cosine", "l2"])
def test_collections_of_few_pictures_have_a_background_too(count: int, metric: str) -> None:
    sample = background(np.full(count, 0.5), metric, 64, count)
    assert np.isfinite(sample.decades(np.ones(1))) and np.isfinite(sample.decades(np.zeros(1)))


@pytest.mark.parametrize("others", [[], [0.5], [0.97, 0.5, 0.52], [1.0, 0.96, 0.47, 0.5, 0.52, 0.55, 0.49]])
def test_a_copy_is_one_in_a_folder_of_few_pictures_too_even_of_mostly_copies(others: list[float]) -> None:
    sample = background(np.array([0.98, *others]), "hamming", 256, 1 + len(others))
    copy, other = View("vector", "hamming", 1.0, sample, np.array([0.98, 0.55]), np.zeros(2)).evidence
    assert copy > 0.3 and other == 0


def test_a_query_counts_in_the_orientation_in_which_it_is_most_similar() -> None:
    stored = np.array([[1.0, 0.0], [0.0, 1.0]])
    near, turn = similarities(np.array([[1.0, 0.0], [0.0, 1.0]]), stored, "cosine")
    assert near.tolist() == [1, 1] and turn.tolist() == [0, 1]
    bits = np.array([[0, 1, 1, 1]], np.uint8)
    assert similarities(bits, np.array([[0, 1, 0, 1]], np.uint8), "hamming")[0].tolist() == [0.75]
    assert similarities(np.zeros((1, 2)), np.array([[3.0, 4.0]]), "l2")[0].tolist() == [-5]
