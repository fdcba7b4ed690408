"""Metrics against trec_eval and scikit-learn, which know nothing of each other or of us."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.evaluation import metrics

CLOSE = {"rel": 0, "abs": 1e-9}
CUTS = (1, 3, 10, 50)


def rankings(name: str) -> tuple[Any, Any]:
    """Relevance (queries, depth) and how many relevant pictures each query has, found or not."""
    chance = np.random.default_rng(7)
    depth = 12
    if name == "random":
        relevance = chance.random((40, depth)) < chance.random((40, 1))
        return relevance, relevance.sum(axis=1) + chance.integers(0, 5, 40)
    if name == "nothing relevant":
        return np.zeros((3, depth), bool), np.zeros(3, np.int64)
    if name == "all relevant":
        return np.ones((3, depth), bool), np.array([depth, depth + 1, 1000])
    if name == "relevant but never found":
        return np.zeros((3, depth), bool), np.array([1, depth, 500])
    if name == "one at the last place":
        return np.eye(1, depth, depth - 1).astype(bool), np.array([1])
    return np.ones((2, 1), bool), np.array([1, 9])  # a gallery of one picture


KINDS = [
    "random",
    "nothing relevant",
    "all relevant",
    "relevant but never found",
    "one at the last place",
    "a single answer",
]


def by_trec_eval(relevance: Any, totals: Any) -> dict[str, list[float]]:
    pytrec_eval = pytest.importorskip("pytrec_eval")
    judged, ranked = {}, {}
    for query, (row, total) in enumerate(zip(relevance, totals, strict=True)):
        missed = {f"missed{n}": 1 for n in range(int(total) - int(row.sum()))}
        judged[str(query)] = {f"d{n}": int(value) for n, value in enumerate(row)} | missed
        ranked[str(query)] = {f"d{n}": float(len(row) - n) for n in range(len(row))}
    cuts = ",".join(map(str, CUTS))
    wanted = {"map", "recip_rank", f"P.{cuts}", f"recall.{cuts}", f"ndcg_cut.{cuts}", f"success.{cuts}"}
    found = pytrec_eval.RelevanceEvaluator(judged, wanted).evaluate(ranked)
    return {name: [found[str(query)][name] for query in range(len(relevance))] for name in found["0"]}


@pytest.mark.parametrize("kind", KINDS)
def test_rankings_are_measured_as_trec_eval_measures_them(kind: str) -> None:
    relevance, totals = rankings(kind)
    expected = by_trec_eval(relevance, totals)
    assert metrics.average_precision(relevance, totals) == pytest.approx(expected["map"], **CLOSE)
    assert 1 / metrics.first_hit_rank(relevance) == pytest.approx(expected["recip_rank"], **CLOSE)
    for k in CUTS:  # beyond the depth as well
        assert metrics.precision_at(relevance, k) == pytest.approx(expected[f"P_{k}"], **CLOSE)
        assert metrics.recall_at(relevance, totals, k) == pytest.approx(expected[f"recall_{k}"], **CLOSE)
        assert metrics.hit_at(relevance, k) == pytest.approx(expected[f"success_{k}"], **CLOSE)
        assert metrics.ndcg_at(relevance, totals, k) == pytest.approx(expected[f"ndcg_cut_{k}"], **CLOSE)


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_alone_give_the_same_average_precision(kind: str) -> None:
    relevance, totals = rankings(kind)
    ranks = [np.flatnonzero(row) + 1 for row in relevance]
    expected = metrics.average_precision(relevance, totals)
    assert metrics.average_precision_of_ranks(ranks, totals) == pytest.approx(expected, **CLOSE)


def test_an_empty_gallery_scores_nothing() -> None:
    relevance, totals = np.zeros((2, 0), bool), np.zeros(2, np.int64)
    assert metrics.average_precision(relevance, totals).tolist() == [0, 0]
    assert metrics.precision_at(relevance, 5).tolist() == [0, 0]
    assert metrics.recall_at(relevance, totals, 5).tolist() == [0, 0]
    assert metrics.ndcg_at(relevance, totals, 5).tolist() == [0, 0]
    assert metrics.hit_at(relevance, 5).tolist() == [0, 0]
    assert metrics.first_hit_rank(relevance).tolist() == [np.inf, np.inf]
    assert metrics.knn_labels(np.zeros((2, 0), np.int64), 5).tolist() == [-1, -1]


@pytest.mark.parametrize("levels", [1, 2, 7, 1000])
def test_pooled_pairs_are_measured_as_scikit_learn_measures_them_ties_included(levels: int) -> None:
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    chance = np.random.default_rng(levels)
    scores, is_true = chance.integers(0, levels, 300) / levels, chance.random(300) < 0.2
    expected = sklearn_metrics.average_precision_score(is_true, scores)
    found = int(is_true.sum())
    assert metrics.micro_average_precision(scores, is_true, found) == pytest.approx(expected, **CLOSE)
    # True pairs that were not returned cost recall and change no precision.
    missed = metrics.micro_average_precision(scores, is_true, 3 * found)
    assert missed == pytest.approx(expected / 3, **CLOSE)


def test_pooled_pairs_without_a_true_one_score_nothing() -> None:
    assert metrics.micro_average_precision(np.array([0.3, 0.2]), np.array([False, False]), 0) == 0
    assert metrics.micro_average_precision(np.array([0.3, 0.2]), np.array([False, False]), 4) == 0
    assert metrics.micro_average_precision(np.zeros(0), np.zeros(0, bool), 4) == 0


def test_pooled_pairs_of_drawn_queries_are_those_of_the_queries_written_out() -> None:
    chance = np.random.default_rng(3)
    scores, is_true = chance.integers(0, 20, (15, 8)), chance.random((15, 8)) < 0.3
    totals = is_true.sum(axis=1) + 1
    measure = metrics.micro_average_precision_of(scores.ravel(), is_true.ravel(), np.repeat(np.arange(15), 8), totals)
    for drawn in chance.integers(15, size=(20, 15)):
        expected = metrics.micro_average_precision(
            scores[drawn].ravel(), is_true[drawn].ravel(), int(totals[drawn].sum())
        )
        assert measure(drawn) == pytest.approx(expected, **CLOSE)


def test_the_nearest_vote_and_the_nearer_wins_a_tie() -> None:
    returned = np.array([[2, 1, 1, 2], [0, 1, 2, 1], [5, 3, 3, 5], [7, -1, -1, -1], [-1, -1, -1, -1]])
    assert metrics.knn_labels(returned, 4).tolist() == [2, 1, 5, 7, -1]
    assert metrics.knn_labels(returned, 3).tolist() == [1, 0, 3, 7, -1]
    assert metrics.knn_labels(returned, 1).tolist() == [2, 0, 5, 7, -1]
    assert metrics.knn_labels(returned, 99).tolist() == metrics.knn_labels(returned, 4).tolist()


def test_votes_are_those_that_counting_gives() -> None:
    returned = np.random.default_rng(5).integers(0, 4, (200, 9))
    # `most_common` puts what it met first before what is as frequent.
    expected = [Counter(row[:7].tolist()).most_common(1)[0][0] for row in returned]
    assert metrics.knn_labels(returned, 7).tolist() == expected


def test_confusion_is_counted_as_scikit_learn_counts_it() -> None:
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    true, answered = np.random.default_rng(6).integers(0, 5, (2, 500))
    expected = sklearn_metrics.confusion_matrix(true, answered, labels=range(8))
    assert metrics.confusion(true, answered, 8).tolist() == expected.tolist()


def test_a_query_that_got_no_class_is_in_no_cell_of_the_confusion() -> None:
    assert metrics.confusion(np.array([0, 1, 1]), np.array([0, -1, 0]), 2).tolist() == [[1, 0], [1, 0]]
    assert metrics.confusion(np.zeros(0, np.int64), np.zeros(0, np.int64), 2).tolist() == [[0, 0], [0, 0]]
