"""What takes each query's whole gallery: average precision, the first hit, columns of plugins, and rankings of several
methods made one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, MethodUnavailableError, MetricInfo
from revsearch_tui.core.evaluation.metrics import average_precision_of_ranks
from revsearch_tui.core.evaluation.ranker import Ranker, Ranking
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.search.evidence import View, score, trust
from revsearch_tui.core.search.fusion import DEFAULT, Fused, best_sum, reciprocal_rank
from revsearch_tui.core.search.fusion_rules import Listed, OpenedRule, ballots_of
from revsearch_tui.core.search.weighing import DEPTH, PROPOSED_TO_VERIFY

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.plugins.registry import Registry

_AT_ONCE = 64
"""Queries between two reports of progress."""


@dataclass(slots=True)
class Deep:
    """Of one method, per query: `average_precision`, `first_hit` (infinite where there is no hit), `columns` of
    plugins; 0 for queries without a relevant picture."""

    average_precision: npt.NDArray[np.float64]
    first_hit: npt.NDArray[np.float64]
    columns: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)


def whole_galleries(
    rankers: Sequence[Ranker],
    fusions: Mapping[str, Fused],
    rules: Mapping[str, OpenedRule],
    rankings: Sequence[Ranking],
    labels: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    totals: npt.NDArray[np.int64],
    metrics: Mapping[str, Callable[..., float]],
    depth: int,
    control: Control,
) -> tuple[list[Deep], dict[str, Ranking]]:
    """The figures of every ranker, then of several as a search ranks by them (`DEFAULT`), then of every fusion; and the
    rankings of what is not a ranker's.

    `fusions` names rankers to fuse by their places, with their weights, and `rules` the plugins' rules among them by
    name, which go by the scores in `rankings`, those of the rankers. `labels` are the class numbers of queries and
    gallery, `totals` how many relevant pictures each query's gallery holds.
    """
    asked, held = labels
    together = [DEFAULT, *fusions] if len(rankers) > 1 else list(fusions)
    names = [ranker.label for ranker in rankers] + together
    deep = [Deep(np.zeros(len(asked)), np.full(len(asked), np.inf), _columns(metrics, len(asked))) for _ in names]
    wanted = min(depth, len(held))
    fused = {
        name: Ranking(np.full((len(asked), wanted), -1), np.full((len(asked), wanted), -np.inf)) for name in together
    }
    views = zip(*(ranker.views() for ranker in rankers), strict=True)
    for query, orders in enumerate(zip(*(ranker.orders() for ranker in rankers), strict=True)):
        if query % _AT_ONCE == 0:
            control.check()
            control.progress(query, len(asked), "measuring whole rankings")
        found: list[npt.NDArray[np.int64]] = list(orders)
        for name in together:
            if name == DEFAULT:
                said = next(views)
                order, scores = weigh_orders(query, rankers, said, orders)
            else:
                places, rule = fusions[name]
                order, scores = fuse_orders([orders[place] for place in places], len(held), list(places.values()))
                if rule:
                    listed = [
                        _listed(rankers[place].label, share, rankings[place], query) for place, share in places.items()
                    ]
                    order, scores = rule_orders(rules[rule], listed, [said[place] for place in places], order)
            count = min(wanted, len(order))
            fused[name].top[query, :count], fused[name].scores[query, :count] = order[:count], scores[:count]
            found.append(order)
        if totals[query]:
            for each, order in zip(deep, found, strict=True):
                _measure(each, query, held[order] == asked[query], int(totals[query]), metrics)
    return deep, fused


def weigh_orders(
    query: int, rankers: Sequence[Ranker], views: Sequence[View], orders: Sequence[npt.NDArray[np.int64]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """One ranking of the whole gallery, as `weighing.weigh` makes it where so many hits are wanted, and its scores."""
    for place, (ranker, view) in enumerate(zip(rankers, views, strict=True)):
        if view.least:
            others = [order[:PROPOSED_TO_VERIFY] for number, order in enumerate(orders) if number != place]
            ranker.verify_more(query, view, sorted({int(each) for order in others for each in order}))
    trusted, _ = trust(views)
    there = np.unique(np.concatenate(orders))  # ascending, so that image ids break ties
    ranked = there[np.argsort(-trusted[there], kind="stable")]
    return ranked, score(trusted[ranked])


def fuse_orders(
    orders: Sequence[npt.NDArray[np.int64]], size: int, weights: Sequence[float]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """One ranking of whole galleries from several, with its scores, by the formula of `search.fusion`."""
    sums = np.zeros(size)
    for order, weight in zip(orders, weights, strict=True):
        sums[order] += weight * reciprocal_rank(np.arange(1, len(order) + 1))
    # Stable, so that positions, which are in the order of image ids, break ties.
    best = np.argsort(-sums, kind="stable")[: int((sums > 0).sum())]
    return best, np.minimum(1.0, sums[best] / best_sum(sum(weights)))


def rule_orders(
    rule: OpenedRule, listed: Sequence[Listed], views: Sequence[View], others: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """What a plugin's rule makes of as many answers of each method as a search takes, and behind that the `others` in
    their order, with score 0."""
    there = np.unique(np.concatenate([each.places for each in listed]))
    numbered = [each._replace(places=np.searchsorted(there, each.places)) for each in listed]
    order, scores = rule.order(ballots_of(numbered, [view.of(there) for view in views]))
    first = there[order]
    behind = others[~np.isin(others, first)]
    return np.concatenate([first, behind]), np.concatenate([scores, np.zeros(len(behind))])


def _listed(label: str, weight: float, ranking: Ranking, query: int) -> Listed:
    top = ranking.top[query, :DEPTH]
    return Listed(label, weight, top[top >= 0], ranking.scores[query, :DEPTH][top >= 0])


def plugin_metrics(registry: Registry, notes: list[str]) -> dict[str, Callable[..., float]]:
    """The columns that plugins offer, by name; a note for each that does not work."""
    found: dict[str, Callable[..., float]] = {}
    for row in registry.rows():
        if row.kind == "metric" and row.state == "available" and isinstance(row.info, MetricInfo):
            try:
                with contained(f"the metric '{row.name}'"):
                    found[row.name] = load_factory(row.info.factory)()
            except MethodUnavailableError as error:
                notes.append(f"left out: {error}")
    return found


def _columns(metrics: Mapping[str, Any], queries: int) -> dict[str, npt.NDArray[np.float64]]:
    return {name: np.zeros(queries) for name in metrics}


def _measure(
    deep: Deep, query: int, hits: npt.NDArray[np.bool_], total: int, metrics: Mapping[str, Callable[..., float]]
) -> None:
    ranks = np.flatnonzero(hits) + 1
    deep.average_precision[query] = average_precision_of_ranks([ranks], np.array([total]))[0]
    deep.first_hit[query] = ranks[0] if len(ranks) else np.inf
    for name, metric in metrics.items():
        with contained(f"the metric '{name}'"):
            deep.columns[name][query] = float(metric(hits.copy(), total))
