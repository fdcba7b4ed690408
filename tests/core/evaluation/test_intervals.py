"""Intervals hold what they promise; tests of chance agree with exact ones."""

from __future__ import annotations

import numpy as np
import pytest

from revsearch_tui.core.evaluation.intervals import (
    bootstrap_mean,
    bootstrap_statistic,
    holm,
    paired_difference,
    paired_randomisation,
)


@pytest.mark.parametrize("kind", ["accuracies", "precisions"])
def test_intervals_hold_the_truth_about_95_times_of_100(kind: str) -> None:
    chance = np.random.default_rng(11)
    if kind == "accuracies":
        truth, samples = 0.7, chance.random((200, 100)) < 0.7
    else:  # many near 0 and 1
        truth, samples = 0.6, chance.beta(0.6, 0.4, (200, 100))
    found = [bootstrap_mean(values, seed, resamples=400) for seed, values in enumerate(samples)]
    held = sum(estimate.low <= truth <= estimate.high for estimate in found)
    assert 0.91 <= held / 200 <= 0.98
    assert all(estimate.low < estimate.value < estimate.high for estimate in found)


def test_an_interval_is_about_that_of_the_normal_distribution_for_many_queries() -> None:
    values = np.random.default_rng(2).random(4000)
    found, error = bootstrap_mean(values, 0), values.std() / np.sqrt(4000)
    assert found.value == values.mean()
    assert found.low == pytest.approx(found.value - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(found.value + 1.96 * error, abs=0.15 * error)


def test_the_same_seed_gives_the_same_and_another_seed_another_interval() -> None:
    values = np.random.default_rng(3).random(50)
    assert bootstrap_mean(values, 5) == bootstrap_mean(values, 5)
    assert bootstrap_mean(values, 5) != bootstrap_mean(values, 6)
    other = values[::-1].copy()
    assert paired_randomisation(values, other * 1.1, 5) == paired_randomisation(values, other * 1.1, 5)


def test_any_statistic_of_the_drawn_queries_is_estimated() -> None:
    values = np.random.default_rng(4).random(80)
    mean = bootstrap_statistic(lambda drawn: float(values[drawn].mean()), 80, seed=1)
    expected = bootstrap_mean(values, seed=1)
    assert [mean.value, mean.low, mean.high] == pytest.approx([expected.value, expected.low, expected.high])
    ranks = np.where(values < np.median(values), 1.0, np.inf)  # a median that may well be infinite
    median = bootstrap_statistic(lambda drawn: float(np.partition(ranks[drawn], 40)[40]), 80, seed=1)
    assert (median.low, median.high) == (1, np.inf)


def test_values_that_are_all_alike_leave_no_doubt_and_none_leave_no_figure() -> None:
    assert bootstrap_mean(np.full(9, 0.25), 0) == bootstrap_mean(np.array([0.25]), 1)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean(np.zeros(0), 0)


def test_the_difference_of_pairs_is_surer_than_that_of_two_samples() -> None:
    chance = np.random.default_rng(5)
    hard = chance.random(200)
    first, second = hard + 0.02 + 0.01 * chance.random(200), hard
    found = paired_difference(first, second, 0)
    assert found.value == pytest.approx((first - second).mean())
    assert 0.02 < found.low < found.value < found.high < 0.03


@pytest.mark.parametrize("seed", range(4))
def test_few_queries_are_tested_exactly_as_scipy_does(seed: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    chance = np.random.default_rng(seed)
    first, second = chance.integers(0, 5, (2, 9)) / 4  # with ties and zeros
    expected = stats.permutation_test(
        (first, second), lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples", vectorized=True
    )
    assert paired_randomisation(first, second, 0) == pytest.approx(expected.pvalue, abs=1e-12)


def test_signed_ranks_are_tested_as_wilcoxon_does() -> None:
    stats = pytest.importorskip("scipy.stats")
    few = np.array([1, -2, 3, 4, -5, 6, 7, 8, 9, 10, 11.0])
    expected = stats.wilcoxon(few, method="exact").pvalue
    assert paired_randomisation(few, np.zeros(11), 0) == pytest.approx(expected, abs=1e-12)
    many = np.arange(1, 41) * np.where(np.arange(40) % 3, 1.0, -1.0)  # far too many signs to try them all
    expected = stats.wilcoxon(many, method="exact").pvalue
    assert 0.01 < expected < 0.2
    assert paired_randomisation(many, np.zeros(40), 0) == pytest.approx(expected, abs=0.01)


def test_right_and_wrong_answers_are_tested_as_mcnemar_does() -> None:
    stats = pytest.importorskip("scipy.stats")
    first = np.array([1] * 30 + [0] * 14 + [1] * 100)
    second = np.array([0] * 30 + [1] * 14 + [1] * 100)
    expected = stats.binomtest(14, 44).pvalue
    assert paired_randomisation(first, second, 0) == pytest.approx(expected, abs=0.006)


def test_methods_that_answer_alike_do_not_differ_and_a_clear_lead_is_no_chance() -> None:
    values = np.random.default_rng(8).random(500)
    assert paired_randomisation(values, values, 0) == 1
    assert paired_randomisation(values + 0.1, values, 0) == pytest.approx(1 / 10_001)


def test_p_values_without_a_difference_are_spread_evenly() -> None:
    chance = np.random.default_rng(9)
    pairs = chance.normal(size=(300, 2, 40))
    found = np.array([paired_randomisation(first, second, 0, rounds=300) for first, second in pairs])
    assert 0.02 <= (found <= 0.05).mean() <= 0.09
    assert 0.42 <= (found <= 0.5).mean() <= 0.58


def test_several_comparisons_are_corrected_as_by_hand() -> None:
    # In order: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1, none below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
