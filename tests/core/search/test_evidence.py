"""Similarities held against what is ordinary in a collection."""

from __future__ import annotations

import numpy as np
import pytest

from revsearch_tui.core.search.evidence import View, background, score, similarities, trust


def ordinary(count: int, mean: float, spread: float) -> np.ndarray:
    return np.random.default_rng(7).normal(mean, spread, count)


def view(similar: float, *, shape: str = "vector", metric: str = "cosine", inliers: int = 0, least: int = 0) -> View:
    sample = background(ordinary(1000, 0.3, 0.1), metric, 64, 1000)
    return View(shape, metric, 1.0, sample, np.array([similar]), np.array([inliers]), least)


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
    few, many = (view(0.3, shape="local", inliers=n, least=7) for n in (7, 40))
    none = view(0.3, shape="local", inliers=6, least=7)
    assert trust([none])[1] == 0 < trust([few])[1] < trust([many])[1]


def test_scores_without_evidence_are_below_a_half_and_rise_with_likeness() -> None:
    values = [float(score(trust([view(similar)])[0])[0]) for similar in (0.2, 0.4, 0.5)]
    assert values == sorted(values) and values[-1] < 0.5
    assert score(trust([view(0.99)])[0]) > 0.9


@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("metric", ["hamming", "cosine", "l2"])
def test_collections_of_few_pictures_have_a_background_too(count: int, metric: str) -> None:
    sample = background(np.full(count, 0.5), metric, 64, count)
    assert np.isfinite(sample.decades(np.ones(1))) and np.isfinite(sample.decades(np.zeros(1)))


def test_a_query_counts_in_the_orientation_in_which_it_is_most_similar() -> None:
    stored = np.array([[1.0, 0.0], [0.0, 1.0]])
    near, turn = similarities(np.array([[1.0, 0.0], [0.0, 1.0]]), stored, "cosine")
    assert near.tolist() == [1, 1] and turn.tolist() == [0, 1]
    bits = np.array([[0, 1, 1, 1]], np.uint8)
    assert similarities(bits, np.array([[0, 1, 0, 1]], np.uint8), "hamming")[0].tolist() == [0.75]
    assert similarities(np.zeros((1, 2)), np.array([[3.0, 4.0]]), "l2")[0].tolist() == [-5]
