"""Metrics of ranked results and of classes, one figure a query, as trec_eval and scikit-learn define them; and
whether a confidence of 80 % is right 80 % of the time.

`relevance` is bool (queries, depth): whether each returned picture is relevant, best first, false where nothing was
returned. `totals` is int (queries,): how many relevant pictures the query's gallery holds; a query that has none
scores 0. A `k` beyond the depth counts what is missing as not relevant.

Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.evaluation.record import ReliabilityBin

if TYPE_CHECKING:
    import numpy.typing as npt


def average_precision(relevance: npt.NDArray[np.bool_], totals: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(queries,) 0..1: the precisions at the rank of each relevant picture, summed and divided by `totals`.

    `relevance` should reach as deep as the gallery; what lies deeper counts as never found. Source: trec_eval's `map`
    before it is averaged (Buckley and Voorhees 2000).
    """
    query, column = np.nonzero(relevance)
    found = np.bincount(query, minlength=len(relevance))
    hit = np.arange(1, len(query) + 1) - np.repeat(np.cumsum(found) - found, found)
    return _share(np.bincount(query, weights=hit / (column + 1), minlength=len(relevance)), totals)


def average_precision_of_ranks(ranks: Iterable[npt.NDArray[Any]], totals: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The same from the ranks (1 is best, ascending) of each query's relevant pictures."""
    sums = [float((np.arange(1, len(found) + 1) / found).sum()) for found in ranks]
    return _share(np.asarray(sums, np.float64), totals)


def precision_at(relevance: npt.NDArray[np.bool_], k: int) -> npt.NDArray[np.float64]:
    """(queries,) 0..1: the share of relevant pictures among the first k."""
    return np.asarray(relevance[:, :k].sum(axis=1) / k, np.float64)


def recall_at(relevance: npt.NDArray[np.bool_], totals: npt.NDArray[Any], k: int) -> npt.NDArray[np.float64]:
    """(queries,) 0..1: the share of all relevant pictures that is among the first k."""
    return _share(relevance[:, :k].sum(axis=1), totals)


def hit_at(relevance: npt.NDArray[np.bool_], k: int) -> npt.NDArray[np.float64]:
    """(queries,) 0 or 1: whether any of the first k is relevant; what papers on retrieval often call recall@k."""
    return np.asarray(relevance[:, :k].any(axis=1), np.float64)


def ndcg_at(relevance: npt.NDArray[np.bool_], totals: npt.NDArray[Any], k: int) -> npt.NDArray[np.float64]:
    """(queries,) 0..1: discounted cumulative gain of the first k, divided by the best possible one; a relevant
    picture gains 1. Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    gained = relevance[:, :k] @ discounts[: relevance.shape[1]]
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(totals, k)]
    return _share(gained, ideal)


def first_hit_rank(relevance: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """(queries,) the rank of the first relevant picture, from 1; infinite where none was returned."""
    if relevance.shape[1] == 0:
        return np.full(len(relevance), np.inf)
    return np.asarray(np.where(relevance.any(axis=1), relevance.argmax(axis=1) + 1.0, np.inf))


def micro_average_precision(scores: npt.NDArray[Any], is_true: npt.NDArray[np.bool_], total_true: int) -> float:
    """0..1: average precision over the pairs of all queries in one ranking, the highest score first.

    `scores` and `is_true` are (pairs,); pairs of one score are one threshold. `total_true` counts the true pairs
    there are, returned or not. Source: Perronnin, Liu and Renders, "A family of contextual measures of similarity
    between distributions with application to image retrieval", 2009; the measure of the Image Similarity Challenge.
    """
    pairs = np.zeros(len(scores), np.int64)
    return micro_average_precision_of(scores, is_true, pairs, np.array([total_true]))(np.zeros(1, np.int64))


def micro_average_precision_of(
    scores: npt.NDArray[Any], is_true: npt.NDArray[np.bool_], query: npt.NDArray[Any], totals: npt.NDArray[Any]
) -> Callable[[npt.NDArray[Any]], float]:
    """A function from the numbers of queries (repeats allowed) to the micro average precision of their pairs.

    `query` (pairs,) is the query each pair belongs to, `totals` (queries,) the true pairs of each. The pairs are
    sorted once, which makes it cheap to bootstrap.
    """
    order = np.argsort(-np.asarray(scores), kind="stable")
    ranked, query = np.asarray(scores)[order], np.asarray(query)[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.zeros(0, np.int64)
    true_pairs = np.flatnonzero(np.asarray(is_true)[order])
    threshold = np.searchsorted(ends, true_pairs)

    def measure(queries: npt.NDArray[Any]) -> float:
        weights = np.bincount(queries, minlength=len(totals))
        total = int(weights @ totals)
        if total == 0 or len(true_pairs) == 0:
            return 0.0
        returned = np.cumsum(weights[query])[ends]
        gained = np.bincount(threshold, weights=weights[query[true_pairs]], minlength=len(ends))
        return float((gained * np.cumsum(gained) / np.maximum(returned, 1)).sum() / total)

    return measure


def knn_labels(labels_of_returned: npt.NDArray[Any], k: int) -> npt.NDArray[np.int64]:
    """(queries,) the label most of the first k pictures have; of equally frequent ones that of the nearer picture.

    Labels are int (queries, returned), nearest first; a negative one stands for nothing returned and has no vote.
    The answer is -1 where nothing was returned.
    """
    labels = np.asarray(labels_of_returned, np.int64)[:, :k]
    if labels.shape[1] == 0:
        return np.full(len(labels), -1, np.int64)
    votes = np.stack([(labels == column[:, None]).sum(axis=1) for column in labels.T], axis=1)
    votes[labels < 0] = -1
    return np.asarray(labels[np.arange(len(labels)), votes.argmax(axis=1)], np.int64).clip(min=-1)


def confusion(true: npt.NDArray[Any], answered: npt.NDArray[Any], classes: int) -> npt.NDArray[np.int64]:
    """(classes, classes) how many queries of each true class (row) were answered by each class (column).

    Classes are numbered from 0; queries with a negative one on either side are not counted.
    """
    counted = (true >= 0) & (answered >= 0)
    cells = np.asarray(true, np.int64)[counted] * classes + np.asarray(answered, np.int64)[counted]
    return np.bincount(cells, minlength=classes * classes).astype(np.int64).reshape(classes, classes)


def _share(parts: npt.NDArray[Any], wholes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Parts of wholes, 0 where there is no whole."""
    return np.asarray(np.divide(parts, wholes, out=np.zeros(len(parts)), where=np.asarray(wholes) > 0))


def reliability(confidence: npt.NDArray[Any], right: npt.NDArray[Any], bins: int = 15) -> list[ReliabilityBin]:
    """Equally wide ranges of confidence from 0 to 1, each with its upper end; empty ones are there, with zeros.

    `confidence` is (queries,) 0..1, `right` (queries,) bool.
    """
    queries, sure, good = _binned(confidence, right, bins)
    held = np.maximum(queries, 1)
    return [
        ReliabilityBin(n / bins, (n + 1) / bins, int(queries[n]), float(sure[n] / held[n]), float(good[n] / held[n]))
        for n in range(bins)
    ]


def expected_calibration_error(confidence: npt.NDArray[Any], right: npt.NDArray[Any], bins: int = 15) -> float:
    """0..1: how far mean confidence and accuracy lie apart within the ranges, weighted by queries; 0 without any."""
    _, sure, good = _binned(confidence, right, bins)
    return float(np.abs(sure - good).sum() / max(len(confidence), 1))


def _binned(confidence: npt.NDArray[Any], right: npt.NDArray[Any], bins: int) -> tuple[npt.NDArray[Any], ...]:
    """(bins,) each: queries, sum of confidences, number of right ones."""
    sure = np.asarray(confidence, np.float64)
    uppers = np.arange(1, bins) / bins
    place = np.searchsorted(uppers, sure, side="left")
    return (
        np.bincount(place, minlength=bins),
        np.bincount(place, weights=sure, minlength=bins),
        np.bincount(place, weights=np.asarray(right, np.float64), minlength=bins),
    )
