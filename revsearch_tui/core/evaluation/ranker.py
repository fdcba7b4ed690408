"""The gallery ranked for every query by one method, exactly; and what takes each query's whole gallery: average
precision, the first hit, columns of plugins, fused rankings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, Features, MethodUnavailableError, MetricInfo
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.metrics import average_precision_of_ranks
from revsearch_tui.core.evaluation.nearest import full_orders, nearest
from revsearch_tui.core.evaluation.pictures import Pictures
from revsearch_tui.core.methods.embedding import embed_views
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.search.fusion import best_sum, reciprocal_rank
from revsearch_tui.core.search.scores import (
    expanded,
    scores_of,
    unverified_score,
    verified_order,
    verified_score,
    wanted_neighbours,
)
from revsearch_tui.core.search.views import own_count, with_views

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.plugins.registry import Registry

_AT_ONCE = 2048
"""Queries between two reports of progress."""
_DEEP_AT_ONCE = 64


@dataclass(slots=True)
class Ranking:
    """`top` (queries, depth) are positions in the gallery, best first, -1 where there are no more, and `scores` theirs.

    `seconds` is what ranking took, the making of embeddings not counted.
    """

    top: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    seconds: float = 0.0


class Ranker:
    """One method over the pictures of an evaluation, every one of which it has embedded."""

    def __init__(
        self, embedder: Embedder, pictures: Pictures, exclude: Sequence[Sequence[int]], candidates: int
    ) -> None:
        """`exclude` gives the positions that are not in each query's gallery; a local method verifies so many
        `candidates`."""
        self.label = embedder.choice.label
        self._embedder, self._pictures, self._exclude = embedder, pictures, exclude
        cache = embedder.cache
        self.queries = cache.rows([item.key for item in pictures.queries])
        self._gallery = cache.rows([item.key for item in pictures.gallery])
        self._order = np.arange(len(pictures.gallery))
        self._asked = self.queries
        self._candidates = min(candidates, len(pictures.gallery))
        self._head: npt.NDArray[np.int64] | None = None

    def rank(self, depth: int, control: Control) -> Ranking:
        """The first of each query's gallery; for a local method after verification."""
        started = time.perf_counter()
        local = self._embedder.choice.info.shape == "local"
        wanted = min(max(depth, self._candidates if local else 0), len(self._gallery))
        self._asked = self._expanded(control) if local else self.queries
        top, distances = self._nearest(self._asked, wanted, control)
        scores = scores_of(distances, self._embedder.cache.metric, self._embedder.cache.dim)
        if local:
            self._verify(top, scores, control)
            self._head = top[:, : self._candidates].copy()
        return Ranking(top[:, :depth], scores[:, :depth], time.perf_counter() - started)

    def orders(self) -> Iterator[npt.NDArray[np.int64]]:
        """For each query in turn its whole gallery, best first, as `rank` began it."""
        cache = self._embedder.cache
        orders = full_orders(
            self._asked,
            self._gallery,
            cache.metric,
            exclude=self._exclude,
            order=self._order,
            plain_rows=self._embedder.choice.info.plain_rows,
        )
        for query, order in enumerate(orders):
            if self._head is None:
                yield order
                continue
            first = self._head[query][self._head[query] >= 0]
            yield np.concatenate([first, order[~np.isin(order, first)]])  # views may propose any picture

    def _nearest(
        self, asked: npt.NDArray[Any], wanted: int, control: Control
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        parts = []
        for start in range(0, len(asked), _AT_ONCE):
            control.check()
            part = slice(start, start + _AT_ONCE)
            parts.append(
                nearest(
                    asked[part],
                    self._gallery,
                    wanted,
                    self._embedder.cache.metric,
                    exclude=self._exclude[part],
                    order=self._order,
                    plain_rows=self._embedder.choice.info.plain_rows,
                )
            )
            control.progress(min(start + _AT_ONCE, len(asked)), len(asked), f"ranking: {self.label}")
        top, distances = (np.concatenate(found) for found in zip(*parts, strict=True))
        return top, distances

    def _expanded(self, control: Control) -> npt.NDArray[Any]:
        """The queries, each joined by its nearest rows where the method asks for it, as in a search."""
        count = min(wanted_neighbours(self._embedder.method), len(self._gallery))
        if not count:
            return self.queries
        asked = self.queries.copy()
        for number, (rows, distances) in enumerate(zip(*self._nearest(asked, count, control), strict=True)):
            kept = rows >= 0
            asked[number] = expanded(self.queries[number], self._gallery[rows[kept]], 1 - distances[kept])
        return asked

    def _candidates_of(self, number: int, own: list[int], query: Features) -> list[int]:
        """What is verified for a query, as in a search."""
        own, room = own[: self._candidates], self._candidates - own_count(self._candidates)
        views = embed_views(self._embedder.choice, self._embedder.method, self._embedder.cache.dim, query)
        if not len(views) or not room:
            return own
        exclude = [self._exclude[number]] * len(views)
        metric = self._embedder.cache.metric
        found, _ = nearest(views, self._gallery, room, metric, exclude=exclude, order=self._order)
        return with_views(own, [[int(place) for place in row if place >= 0] for row in found], self._candidates)

    def _verify(self, top: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], control: Control) -> None:
        """Put those candidates first that pass the exact comparison, in place; the rest keep their order."""
        method, features = self._embedder.method, self._embedder.cache.features
        keys = [item.key for item in self._pictures.gallery]
        with ThreadPoolExecutor(2, thread_name_prefix="verify") as executor, guarded(self._embedder.choice):
            for number, item in enumerate(self._pictures.queries):
                control.check()
                query = features(item.key)
                places = self._candidates_of(number, [int(place) for place in top[number] if place >= 0], query)

                def inliers(place: int, query: Any = query) -> int:
                    return int(method.match(query, features(keys[place])).inliers)

                found = dict(zip(places, executor.map(inliers, places), strict=True))
                _reorder(top[number], scores[number], found, keys, len(query.keypoints), int(method.min_inliers))
                control.progress(number + 1, len(self._pictures.queries), f"verifying: {self.label}")


def _reorder(
    top: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    inliers: dict[int, int],
    keys: Sequence[bytes],
    keypoints: int,
    least: int,
) -> None:
    """What was verified goes first and everything gets its score, as in a search."""
    cosines = dict(zip(top.tolist(), scores.tolist(), strict=True))
    verified = {place: verified_score(n, keypoints) for place, n in inliers.items() if n >= least}
    first = sorted(verified, key=lambda place: verified_order(verified[place], inliers[place], keys[place]))
    rest = [place for place in top.tolist() if place >= 0 and place not in verified]
    order = [*first, *rest][: len(top)]
    top[: len(order)] = order
    scores[: len(order)] = [
        verified[place] if place in verified else unverified_score(cosines[place], least, keypoints) for place in order
    ]


@dataclass(slots=True)
class Deep:
    """Of one method, per query: `average_precision`, `first_hit` (infinite where there is no hit), `columns` of
    plugins; 0 for queries without a relevant picture."""

    average_precision: npt.NDArray[np.float64]
    first_hit: npt.NDArray[np.float64]
    columns: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)


def whole_galleries(
    rankers: Sequence[Ranker],
    fusions: Mapping[str, Mapping[int, float]],
    labels: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    totals: npt.NDArray[np.int64],
    metrics: Mapping[str, Callable[..., float]],
    depth: int,
    control: Control,
) -> tuple[list[Deep], dict[str, Ranking]]:
    """The figures of every ranker and then of every fusion, and the fusions' own rankings.

    `fusions` names rankers to fuse by their places, with their weights. `labels` are the class numbers of queries and
    gallery, `totals` how many relevant pictures each query's gallery holds.
    """
    asked, held = labels
    names = [ranker.label for ranker in rankers] + list(fusions)
    deep = [Deep(np.zeros(len(asked)), np.full(len(asked), np.inf), _columns(metrics, len(asked))) for _ in names]
    wanted = min(depth, len(held))
    fused = {
        name: Ranking(np.full((len(asked), wanted), -1), np.full((len(asked), wanted), -np.inf)) for name in fusions
    }
    for query, orders in enumerate(zip(*(ranker.orders() for ranker in rankers), strict=True)):
        if query % _DEEP_AT_ONCE == 0:
            control.check()
            control.progress(query, len(asked), "measuring whole rankings")
        found: list[npt.NDArray[np.int64]] = list(orders)
        for name, places in fusions.items():
            order, scores = fuse_orders([orders[place] for place in places], len(held), list(places.values()))
            count = min(wanted, len(order))
            fused[name].top[query, :count], fused[name].scores[query, :count] = order[:count], scores[:count]
            found.append(order)
        if totals[query]:
            for each, order in zip(deep, found, strict=True):
                _measure(each, query, held[order] == asked[query], int(totals[query]), metrics)
    return deep, fused


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
