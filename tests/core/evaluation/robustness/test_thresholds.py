"""Thresholds promise per query: of queries without a copy at most a share is shown anything, also on pictures that
were not used to set them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from revsearch_tui.core.evaluation.record import Estimate, ThresholdAdvice
from revsearch_tui.core.evaluation.robustness.answering import UNVERIFIED, Answered
from revsearch_tui.core.evaluation.robustness.thresholds import Highest, ThresholdTrial


def answered(rows: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> Answered:
    """Answers with nothing but pairs in them."""
    none = np.zeros(0)
    empty = np.zeros((0, 0))
    return Answered(empty.astype(np.int64), empty, empty.astype(np.bool_), empty, none, none, none, rows, scores)


def advised(
    scores: npt.NDArray[np.float64],
    originals: Sequence[int],
    rate: float,
    rows: npt.NDArray[np.int64] | None = None,
    plain: Sequence[bool] = (),
) -> ThresholdAdvice:
    """The advice from the scores of one copy of each original with every picture of the gallery."""
    gallery = scores.shape[1]
    trial = ThresholdTrial(gallery, originals, 1, rate)
    pairs = np.broadcast_to(np.arange(gallery), scores.shape) if rows is None else rows
    trial.add(answered(pairs, scores), originals, plain)
    advice = trial.advice("m")
    assert advice is not None
    return advice


def chance_scores(originals: int, gallery: int, true: float) -> npt.NDArray[np.float64]:
    """Normal scores below 1, true ones farther up."""
    scores = np.random.default_rng(0).normal(0, 1, (originals, gallery))
    scores[np.arange(originals), np.arange(originals)] += true
    return scores / 20


def shown_anything(scores: npt.NDArray[np.float64], advice: ThresholdAdvice) -> float:
    """The share of queries, whose own pictures are taken out, with anything at or above the threshold."""
    others = scores.copy()
    others[np.arange(len(scores)), np.arange(len(scores))] = -np.inf
    return float((others.max(axis=1) >= advice.threshold).mean())


@pytest.mark.parametrize("rate", [0.1, 0.02])
def test_of_queries_without_a_copy_at_most_the_share_is_shown_anything(rate: float) -> None:
    scores = chance_scores(500, 800, 8)
    advice = advised(scores, range(500), rate)
    assert shown_anything(scores, advice) == pytest.approx(rate)
    shown = advice.shown_wrong
    assert shown is not None and rate / 2 < shown.value < 2 * rate, "on pictures that were not used"
    assert shown.low < rate < shown.high and advice.queries == 500
    others = np.random.default_rng(1).normal(0, 1, (4000, 800)) / 20
    assert rate / 2 < float((others.max(axis=1) >= advice.threshold).mean()) < 2 * rate, "the threshold itself too"
    assert rate / 2000 < advice.measured_wrong_rate < rate / 300, "of pairs far fewer"
    assert advice.pairs == 500 * 799, "each with all but itself"


def test_a_lower_rate_asks_for_a_higher_score() -> None:
    scores = chance_scores(200, 500, 4)
    loose, strict = advised(scores, range(200), 0.5), advised(scores, range(200), 0.01)
    assert strict.threshold > loose.threshold
    assert strict.found < loose.found
    assert strict.precision > loose.precision


def test_the_threshold_lies_between_two_scores_that_were_seen_and_lets_no_more_than_the_share_pass() -> None:
    false = np.array([0.6, 0.4, 0.4, 0.2, 0.1])
    scores = np.concatenate([np.eye(5), np.stack([false, false / 2], axis=1)], axis=1)
    thresholds = {rate: advised(scores, range(5), rate).threshold for rate in (0.2, 0.4, 0.6, 0.8)}
    assert thresholds == pytest.approx({0.2: 0.5, 0.4: 0.5, 0.6: 0.3, 0.8: 0.15}), "two in five reach 0.4 together"
    assert 0.6 < advised(scores, range(5), 0.1).threshold < 0.61, "none"


def test_a_query_counts_once_however_much_it_is_shown() -> None:
    scores = np.concatenate([np.eye(20), np.full((20, 30), 0.1)], axis=1)
    scores[3, 20:] = 0.8  # one picture is like thirty others
    advice = advised(scores, range(20), 0.06)
    assert 0.1 < advice.threshold < 0.8
    assert advice.shown_wrong is not None and advice.shown_wrong.value in (0.0, 0.05)
    assert advised(scores, range(20), 0.04).threshold > 0.8


def test_scores_of_one_do_not_raise_the_threshold_above_what_a_picture_has_with_itself() -> None:
    scores = np.concatenate([np.eye(8), np.full((8, 2), 0.3)], axis=1)
    scores[0, 8] = scores[1, 9] = 1.0
    assert advised(scores, range(8), 0.01).threshold == 1.0


def test_copies_of_one_colour_set_no_threshold_and_try_none() -> None:
    scores = chance_scores(100, 300, 8)
    plain = np.arange(100) % 10 == 0
    blank = scores.copy()
    blank[np.ix_(plain, np.append(plain, np.zeros(200, np.bool_)))] = 1.0  # any two of them are alike
    assert advised(blank, range(100), 0.02).threshold == 1.0
    advice = advised(blank, range(100), 0.02, plain=plain.tolist())
    assert advice.threshold < 0.4 and advice.found > 0.9 and advice.queries == 90
    assert advice.shown_wrong is not None and advice.shown_wrong.value < 0.1
    trial = ThresholdTrial(300, range(100), 1, 0.02)
    trial.add(answered(np.broadcast_to(np.arange(300), (100, 300)), blank), range(100), [True] * 100)
    assert trial.advice("m") is None, "nothing is left to set one on"


def test_the_interval_is_one_over_originals() -> None:
    trial = ThresholdTrial(40, range(40), 25, 0.2)
    for _ in range(25):
        scores = np.concatenate([np.linspace(0.9, 0.5, 40)[:, None].repeat(40, axis=1)])
        np.fill_diagonal(scores, 1.0)
        trial.add(answered(np.broadcast_to(np.arange(40), (40, 40)), scores), range(40))
    advice = trial.advice("m")
    assert advice is not None and advice.queries == 1000 and advice.shown_wrong is not None
    assert advice.shown_wrong.high - advice.shown_wrong.low > 0.15, "as wide as of 40 queries, not of 1,000"
    silent = ThresholdTrial(40, range(40), 1, 0.01)
    silent.add(answered(np.broadcast_to(np.arange(40), (40, 40)), np.eye(40)), range(40))
    never = silent.advice("m")
    assert never is not None and never.shown_wrong == Estimate(0.0, 0.0, pytest.approx(0.088, abs=0.001))


def test_precision_is_that_of_a_query_with_one_copy() -> None:
    scores = np.concatenate([np.eye(4), np.full((4, 2), 0.3), np.full((4, 1), 0.1)], axis=1)
    advice = advised(scores, range(4), 0.99)
    assert (advice.found, advice.precision) == (1.0, 1.0)
    passing = ThresholdTrial(7, range(4), 1, 0.99)
    scores[0, 4] = 0.9
    passing.add(answered(np.broadcast_to(np.arange(7), (4, 7)), scores), range(4))
    advice = passing.advice("m")
    assert advice is not None and advice.precision == pytest.approx(4 / 5), "four copies and one wrong picture"


def test_folds_do_not_see_each_others_pictures() -> None:
    scores = np.full((4, 6), 0.1)
    scores[np.arange(4), np.arange(4)] = 0.9
    scores[0, 1] = scores[1, 0] = 0.8  # the first and the second look the same, and lie in different folds
    advice = advised(scores, [0, 1, 2, 3], 0.001)
    assert advice.threshold > 0.8, "set on all"
    assert advice.shown_wrong is not None and advice.shown_wrong.value == 0.5, "without the other it was not known"


def test_pairs_that_failed_verification_are_never_copies() -> None:
    nothing = [-1] * 3
    rows = np.array([[0, 4, 5, *nothing], [1, 4, -1, *nothing]])
    scores = np.full((2, 6), UNVERIFIED)
    scores[0, 0], scores[1, 1] = 0.5, 0.3  # the first original was verified, and a false pair of the second
    rows[1, 1] = 5
    advice = advised(scores, [0, 1], 0.5, rows)
    assert advice.threshold == 0.0, "whatever is verified passes: one in two queries"
    assert advice.found == 0.5
    strict = advised(scores, [0, 1], 0.1, rows)
    assert 0.3 < strict.threshold < 0.31


def test_no_threshold_is_below_what_is_told_as_something_else() -> None:
    scores = np.concatenate([np.eye(20), np.full((20, 30), 0.1)], axis=1)
    trial = ThresholdTrial(50, range(20), 1, 0.1, least=0.7)
    trial.add(answered(np.broadcast_to(np.arange(50), (20, 50)), scores), range(20))
    advice = trial.advice("m")
    assert advice is not None
    assert (advice.threshold, advice.found) == (0.7, 1.0)


def test_only_the_highest_are_kept_and_all_are_counted() -> None:
    highest = Highest(3)
    for values in ([1.0, 9.0], [5.0, 7.0, 2.0], []):
        highest.add(np.array(values))
    assert highest.values.tolist() == [9.0, 7.0, 5.0]
    assert (highest.count, highest.at_least(6.0)) == (5, 2)
