"""Every method and every fusion under every protocol, and from one figure a query to what a record keeps: means with
their intervals, classes, answers, paired tests.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.intervals import (
    bootstrap_mean,
    bootstrap_statistic,
    holm,
    paired_difference,
    paired_randomisation,
)
from revsearch_tui.core.evaluation.metrics import confusion
from revsearch_tui.core.evaluation.pictures import Item, Pictures
from revsearch_tui.core.evaluation.protocols import (
    RETURNED,
    Asked,
    Measured,
    classify,
    copies,
    knows_some,
    neighbour,
    retrieve,
)
from revsearch_tui.core.evaluation.ranker import Ranker, Ranking
from revsearch_tui.core.evaluation.record import Answers, Comparison, MethodAnswers, Outcome, PictureRef, Protocol
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.whole_rankings import Deep, plugin_metrics, whole_galleries
from revsearch_tui.core.search.fusion import Fused, fused_labels
from revsearch_tui.core.search.fusion_rules import OpenedRule
from revsearch_tui.core.search.weighing import DEPTH

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.workspace import Workspace

MOST_CONFUSED = 200
"""Classes up to which there is a confusion matrix."""
_SCORE_DIGITS = 7


def measure_all(
    workspace: Workspace,
    request: EvalRequest,
    pictures: Pictures,
    embedders: Sequence[Embedder],
    fusions: Mapping[str, Fused],
    rules: Mapping[str, OpenedRule],
    protocols: Sequence[Protocol],
    asked: Asked,
    exclude: Sequence[Sequence[int]],
    control: Control,
) -> list[Measured]:
    """One entry for each method and protocol that fit, protocol by protocol: methods in the order asked, then several
    of them as a search ranks by them, fusions last.

    What is left out is told in the notes of `pictures`. Raises `UsageError` where no query can be answered.
    """
    measured: list[Measured] = []
    if "classify" in protocols:
        measured += _classified(request, pictures, embedders, asked)
    ranked = [protocol for protocol in protocols if protocol != "classify"]
    if ranked:
        candidates = request.candidates or workspace.config.number("search.candidates")
        rankers = [Ranker(each, pictures, exclude, candidates) for each in embedders]
        depth = max(RETURNED, request.depth, request.k, DEPTH if rules else 0)
        rankings = {ranker.label: ranker.rank(depth, control) for ranker in rankers}
        deep: dict[str, Deep] = {}
        if len(rankers) > 1 or fusions or "retrieve" in ranked:
            metrics = plugin_metrics(workspace.registry, pictures.notes) if "retrieve" in ranked else {}
            labels, every = (asked.labels, asked.held), list(rankings.values())
            figures, fused = whole_galleries(
                rankers, fusions, rules, every, labels, asked.totals, metrics, depth, control
            )
            deep = dict(zip([*rankings, *fused], figures, strict=True))
            rankings |= fused
        measured += _ranked(request, ranked, rankings, deep, asked)
        bare = int((asked.totals == 0).sum())
        if bare:
            pictures.notes.append(
                f"{bare:,} of {len(asked.totals):,} queries have no picture of their class in the gallery and do not "
                "count, but for micro_ap"
            )
    for each in measured:
        each.cost = _cost(each, embedders, len(pictures.queries), len(pictures.gallery))
    return [each for each in measured if _counts(each, pictures)]


def _classified(
    request: EvalRequest, pictures: Pictures, embedders: Sequence[Embedder], asked: Asked
) -> list[Measured]:
    measured = []
    labels = {item.sample.label for item in pictures.queries}
    classifiers = [each for each in embedders if each.choice.info.shape == "classifier"]
    able = [each for each in classifiers if knows_some(each, labels)]
    for each in able or classifiers:  # where none is able, the first says so
        measured.append(classify(each, pictures.queries, asked))
        unknown = int((~measured[-1].counted).sum())
        if unknown:
            pictures.notes.append(
                f"{unknown:,} of {len(pictures.queries):,} queries are of classes that '{each.choice.label}' does not "
                "know, and do not count under classify"
            )
    for each in classifiers:
        if able and each not in able:
            pictures.notes.append(f"'{each.choice.label}' knows none of these classes, and is not asked under classify")
    return measured


def _ranked(
    request: EvalRequest,
    protocols: Sequence[Protocol],
    rankings: Mapping[str, Ranking],
    deep: Mapping[str, Deep],
    asked: Asked,
) -> list[Measured]:
    measured = []
    for protocol in protocols:
        for label, ranking in rankings.items():
            if protocol == "neighbour":
                measured.append(neighbour(label, ranking, asked, request.k))
            elif protocol == "retrieve":
                measured.append(retrieve(label, ranking, deep[label], asked))
            else:
                measured.append(copies(label, ranking, asked))
    return measured


def _counts(measured: Measured, pictures: Pictures) -> bool:
    if measured.counted.any():
        return True
    pictures.notes.append(f"no query counts for '{measured.method}' under {measured.protocol}")
    return False


def _cost(measured: Measured, embedders: Sequence[Embedder], queries: int, gallery: int) -> dict[str, float]:
    """As far as measured, now or when the cache was filled. Methods over one model share what running it took."""
    parts = [each for each in embedders if each.choice.label in fused_labels(measured.method)]
    cost: dict[str, float] = {}
    if measured.ranking is not None and measured.ranking.seconds:
        cost["seconds_per_query"] = measured.ranking.seconds / max(1, queries)
    if len(parts) != 1:
        return cost
    (one,) = parts
    group = [one]
    if one.choice.model is not None:
        sha256 = one.choice.model.sha256
        group = [each for each in embedders if each.choice.model is not None and each.choice.model.sha256 == sha256]
    known = [each.cache.cost() for each in group]
    pictures = known[group.index(one)].get("pictures", 0)
    if pictures:
        cost["seconds_per_picture"] = sum(entry.get("seconds", 0) for entry in known) / pictures
        cost["memory_mb"] = max(entry.get("memory_mb", 0) for entry in known)
    return cost | {
        "index_bytes": float(np.round(one.cache.bytes_per_picture() * gallery)),
        "dim": float(one.cache.dim),
    }


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
