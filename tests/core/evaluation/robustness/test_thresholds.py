"""Thresholds: set on half of the originals, tried on the other, neither seeing the other's pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from revsearch_tui.core.evaluation.record import ThresholdAdvice
from revsearch_tui.core.evaluation.robustness.answering import UNVERIFIED, Answered
from revsearch_tui.core.evaluation.robustness.thresholds import Highest, ThresholdTrial


def answered(rows: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> Answered:
    """Answers with nothing but pairs in them."""
    none = np.zeros(0)
    empty = np.zeros((0, 0))
    return Answered(empty.astype(np.int64), empty, empty.astype(np.bool_), none, none, none, rows, scores)


def advised(
    scores: npt.NDArray[np.float64], originals: Sequence[int], rate: float, rows: npt.NDArray[np.int64] | None = None
) -> ThresholdAdvice:
    """The advice from the scores of one copy of each original with every picture of the gallery."""
    gallery = scores.shape[1]
    trial = ThresholdTrial(gallery, originals, 1, rate)
    pairs = np.broadcast_to(np.arange(gallery), scores.shape) if rows is None else rows
    trial.add(answered(pairs, scores), originals)
    advice = trial.advice("m")
    assert advice is not None
    return advice


def chance_scores(originals: int, gallery: int, true: float, seed: int = 0) -> npt.NDArray[np.float64]:
    """Normal scores, true ones farther up."""
    scores = np.random.default_rng(seed).normal(0, 1, (originals, gallery))
    scores[np.arange(originals), np.arange(originals)] += true
    return scores


@pytest.mark.parametrize("rate", [0.01, 0.001])
def test_the_rate_holds_on_pictures_that_were_not_used(rate: float) -> None:
    scores = chance_scores(200, 1000, 5)
    advice = advised(scores, range(200), rate)
    assert rate / 2 < advice.measured_wrong_rate < 2 * rate
    assert 0.9 < advice.found <= 1
    assert advice.pairs == 200 * (1000 - 160 - 1), "each with all but itself and the other folds"
    others = chance_scores(200, 1000, 0, seed=1)
    assert rate / 2 < float((others >= advice.threshold).mean()) < 2 * rate, "the threshold itself holds too"


def test_a_lower_rate_asks_for_a_higher_score() -> None:
    scores = chance_scores(100, 500, 3)
    loose, strict = advised(scores, range(100), 0.01), advised(scores, range(100), 0.0005)
    assert strict.threshold > loose.threshold
    assert strict.found < loose.found
    assert strict.precision > loose.precision


def test_the_threshold_lies_between_two_scores_that_were_seen_and_lets_no_more_than_the_share_pass() -> None:
    scores = np.array([[0.9, 0.1, 0.6, 0.3], [0.1, 0.9, 0.4, 0.2]])
    assert advised(scores, [0, 1], 1 / 6).threshold == pytest.approx(0.5), "one of the six false pairs"
    assert advised(scores, [0, 1], 2 / 6).threshold == pytest.approx(0.35)
    assert 0.6 < advised(scores, [0, 1], 0.01).threshold < 0.61, "none"


def test_of_scores_in_steps_the_one_nearest_to_the_rate_is_taken_if_it_is_not_far_above() -> None:
    steps = np.repeat([0.9, 0.8, 0.7], [10, 40, 950])[None].repeat(2, axis=0)
    scores = np.concatenate([np.diag([1.0, 1.0]) + 0.1 * (1 - np.eye(2)), steps], axis=1)
    thresholds = {rate: advised(scores, [0, 1], rate).threshold for rate in (0.012, 0.03, 0.04, 0.055)}
    assert thresholds == pytest.approx({0.012: 0.85, 0.03: 0.85, 0.04: 0.75, 0.055: 0.75})


def test_precision_is_that_of_a_query_with_one_copy() -> None:
    scores = np.array([[0.9, 0.1, 0.6, 0.3], [0.1, 0.9, 0.6, 0.3]])
    advice = advised(scores, [0, 1], 0.5)
    assert (advice.found, advice.measured_wrong_rate) == (1.0, 0.5), "0.6 passes in either fold"
    assert advice.precision == pytest.approx(1 / (1 + 0.5 * 3))


def test_folds_do_not_see_each_others_pictures() -> None:
    scores = np.full((4, 6), 0.1)
    scores[np.arange(4), np.arange(4)] = 0.9
    scores[0, 1] = scores[1, 0] = 1.0  # the first and the second look the same, and lie in different folds
    assert advised(scores, [0, 1, 2, 3], 0.001).measured_wrong_rate == 0.0
    scores[1, 3] = 1.0  # the second and the fourth lie in the same
    assert advised(scores, [0, 1, 2, 3], 0.001).measured_wrong_rate == pytest.approx(1 / 12)


def test_pairs_that_failed_verification_are_never_copies() -> None:
    nothing = [-1] * 3
    rows = np.array([[0, 4, 5, *nothing], [1, 4, -1, *nothing]])
    scores = np.full((2, 6), UNVERIFIED)
    scores[0, 0], scores[1, 1] = 0.5, 0.3  # the first original was verified, and a false pair of the second
    advice = advised(scores, [0, 1], 0.4, rows)
    assert advice.threshold == 0.0, "whatever is verified passes: one in three of the false pairs"
    assert advice.found == 0.5
    strict = advised(scores, [0, 1], 0.1, rows)
    assert 0.3 < strict.threshold < 0.31


def test_only_the_highest_are_kept_and_all_are_counted() -> None:
    highest = Highest(3)
    for values in ([1.0, 9.0], [5.0, 7.0, 2.0], []):
        highest.add(np.array(values))
    assert highest.values.tolist() == [9.0, 7.0, 5.0]
    assert (highest.count, highest.at_least(6.0)) == (5, 2)
