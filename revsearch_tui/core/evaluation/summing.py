"""From one figure a query to what a record keeps: means with their intervals, classes, answers, paired tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.evaluation.intervals import (
    bootstrap_mean,
    bootstrap_statistic,
    holm,
    paired_difference,
    paired_randomisation,
)
from revsearch_tui.core.evaluation.metrics import confusion
from revsearch_tui.core.evaluation.pictures import Item, Pictures
from revsearch_tui.core.evaluation.protocols import Asked, Measured
from revsearch_tui.core.evaluation.record import Answers, Comparison, MethodAnswers, Outcome, PictureRef

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_CONFUSED = 200
"""Classes up to which there is a confusion matrix."""
_SCORE_DIGITS = 7


def outcome_of(measured: Measured, asked: Asked, seed: int) -> Outcome:
    """The figures of one method under one protocol."""
    counted = measured.counted
    metrics = {name: bootstrap_mean(values[counted], seed) for name, values in measured.values.items()}
    for name, statistic in measured.statistics.items():
        metrics[name] = bootstrap_statistic(statistic.of, statistic.queries, seed)
    table: Sequence[Sequence[int]] = ()
    if measured.answered is not None and len(asked.classes) <= MOST_CONFUSED:
        table = confusion(asked.labels[counted], measured.answered[counted], len(asked.classes)).tolist()
    return Outcome(
        measured.method,
        measured.protocol,
        measured.main,
        metrics,
        _per_class(measured, asked),
        table,
        measured.reliability,
        measured.cost,
    )


def compare_all(measured: Sequence[Measured], seed: int) -> list[Comparison]:
    """Every two methods under the same protocol, on the queries that count for both; p values corrected over all."""
    found: list[tuple[Measured, Measured, Any, float]] = []
    for first, second in itertools.combinations(measured, 2):
        both = first.counted & second.counted
        if first.protocol == second.protocol and both.any():
            one, other = first.values[first.main][both], second.values[second.main][both]
            found.append((first, second, paired_difference(one, other, seed), paired_randomisation(one, other, seed)))
    return [
        Comparison(first.protocol, first.method, second.method, difference, p, corrected)
        for (first, second, difference, p), corrected in zip(found, holm([entry[3] for entry in found]), strict=True)
    ]


def answers_of(measured: Sequence[Measured], pictures: Pictures, asked: Asked, depth: int) -> Answers:
    """What every method answered to every query, with the pictures of the gallery that anything returned."""
    tops = [each.ranking.top[:, :depth] for each in measured if each.ranking is not None]
    shown = np.unique(np.concatenate([top[top >= 0] for top in tops])) if tops else np.zeros(0, np.int64)
    places = np.full(len(pictures.gallery) + 1, -1, np.int64)
    places[shown] = np.arange(len(shown))
    return Answers(
        [_reference(item) for item in pictures.queries],
        [_reference(pictures.gallery[int(place)]) for place in shown],
        [_method_answers(each, asked, places, depth) for each in measured],
    )


def _method_answers(measured: Measured, asked: Asked, places: npt.NDArray[np.int64], depth: int) -> MethodAnswers:
    returned: list[list[int]] = []
    scores: list[list[float]] = []
    if measured.ranking is not None:
        for top, row in zip(measured.ranking.top[:, :depth], measured.ranking.scores[:, :depth], strict=True):
            there = top >= 0
            returned.append(places[top[there]].tolist())
            scores.append([round(score, _SCORE_DIGITS) for score in row[there].tolist()])
    answered = measured.answered
    return MethodAnswers(
        measured.method,
        measured.protocol,
        np.where(measured.counted, measured.values[measured.main], np.nan).tolist(),
        returned,
        scores,
        [asked.classes[place] if place >= 0 else "" for place in answered.tolist()] if answered is not None else [],
        measured.confidence.tolist() if measured.confidence is not None else [],
    )


def _per_class(measured: Measured, asked: Asked) -> dict[str, dict[str, float]]:
    found = {}
    for place, label in enumerate(asked.classes):
        chosen = measured.counted & (asked.labels == place)
        if chosen.any():
            means = {name: float(values[chosen].mean()) for name, values in measured.values.items()}
            found[label] = {"queries": float(chosen.sum()), "main": means[measured.main], **means}
    return found


def _reference(item: Item) -> PictureRef:
    return PictureRef(str(item.sample.path), item.sample.label, item.image_id)
