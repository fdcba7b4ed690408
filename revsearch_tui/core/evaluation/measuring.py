"""Every method and every fusion under every protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.evaluation.deep import Deep, plugin_metrics, whole_galleries
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.pictures import Pictures
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
from revsearch_tui.core.evaluation.record import Protocol
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.search.fusion import fused_labels

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace


def measure_all(
    workspace: Workspace,
    request: EvalRequest,
    pictures: Pictures,
    embedders: Sequence[Embedder],
    fusions: Mapping[str, Mapping[int, float]],
    protocols: Sequence[Protocol],
    asked: Asked,
    exclude: Sequence[Sequence[int]],
    control: Control,
) -> list[Measured]:
    """One entry for each method and protocol that fit, protocol by protocol, methods in the order asked, fusions last.

    What is left out is told in the notes of `pictures`. Raises `UsageError` where no query can be answered.
    """
    measured: list[Measured] = []
    if "classify" in protocols:
        measured += _classified(request, pictures, embedders, asked)
    ranked = [protocol for protocol in protocols if protocol != "classify"]
    if ranked:
        candidates = request.candidates or workspace.config.number("search.candidates")
        rankers = [Ranker(each, pictures, exclude, candidates) for each in embedders]
        depth = max(RETURNED, request.depth, request.k)
        rankings = {ranker.label: ranker.rank(depth, control) for ranker in rankers}
        deep: dict[str, Deep] = {}
        if fusions or "retrieve" in ranked:
            metrics = plugin_metrics(workspace.registry, pictures.notes) if "retrieve" in ranked else {}
            figures, fused = whole_galleries(
                rankers, fusions, (asked.labels, asked.held), asked.totals, metrics, depth, control
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
