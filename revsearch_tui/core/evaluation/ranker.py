"""The gallery ranked for every query by one method, exactly."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, Features
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.nearest import all_distances, full_orders, nearest
from revsearch_tui.core.evaluation.pictures import Pictures
from revsearch_tui.core.methods.embedding import embed_views
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.search.evidence import BACKGROUND, View, background, reach_of, similarity_of
from revsearch_tui.core.search.ranking import Checked, support
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

_AT_ONCE = 2048
"""Queries between two reports of progress."""


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
        self._verdicts: list[dict[int, Checked]] = []

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

    def views(self) -> Iterator[View]:
        """For each query in turn what the method says of the whole gallery, as a search has it told by the stored
        embeddings; with the inliers of what `rank` verified."""
        cache, info = self._embedder.cache, self._embedder.choice.info
        count = len(self._gallery)
        sample = np.linspace(0, count - 1, min(BACKGROUND, count)).astype(np.intp)
        least = int(self._embedder.method.min_inliers) if info.shape == "local" else 0
        reach = reach_of(self._gallery[sample], cache.metric, info.shape, tells_kinds=info.tells_kinds)
        rows = all_distances(self.queries, self._gallery, cache.metric, plain_rows=info.plain_rows)
        for query, distances in enumerate(rows):
            similar = similarity_of(distances.astype(np.float64), cache.metric, cache.dim)
            supports = np.zeros(count)
            if least:
                _support(supports, self._verdicts[query], least)
            ordinary = background(similar[sample][np.isfinite(similar[sample])], cache.metric, cache.dim, count)
            similar[~np.isfinite(similar)] = np.nan
            yield View(info.shape, cache.metric, 1.0, ordinary, similar, supports, least, reach)

    def verify_more(self, query: int, view: View, places: Collection[int]) -> None:
        """Compare the query with those of these places that were not compared yet; the view gets to know."""
        wanted = [place for place in places if place not in self._verdicts[query]]
        if wanted:
            features = self._embedder.cache.features(self._pictures.queries[query].key)
            _support(view.support, self._matched(features, wanted), view.least)

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
        keys = [item.key for item in self._pictures.gallery]
        for number, item in enumerate(self._pictures.queries):
            control.check()
            query = self._embedder.cache.features(item.key)
            places = self._candidates_of(number, [int(place) for place in top[number] if place >= 0], query)
            found = self._matched(query, places)
            self._verdicts.append(found)
            least = int(self._embedder.method.min_inliers)
            _reorder(top[number], scores[number], found, keys, len(query.keypoints), least)
            control.progress(number + 1, len(self._pictures.queries), f"verifying: {self.label}")

    def _matched(self, query: Features, places: Sequence[int]) -> dict[int, Checked]:
        """What geometry says of a query and the pictures at these places."""
        method, features = self._embedder.method, self._embedder.cache.features

        def verdict(place: int) -> Checked:
            match = method.match(query, features(self._pictures.gallery[place].key))
            return Checked(int(match.inliers), "", support(match))

        with ThreadPoolExecutor(2, thread_name_prefix="verify") as executor, guarded(self._embedder.choice):
            return dict(zip(places, executor.map(verdict, places), strict=True))


def _support(supports: npt.NDArray[np.float64], verdicts: Mapping[int, Checked], least: int) -> None:
    """Write down (n,) what was verified."""
    for place, verdict in verdicts.items():
        if verdict.inliers >= least:
            supports[place] = verdict.support


def _reorder(
    top: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    verdicts: dict[int, Checked],
    keys: Sequence[bytes],
    keypoints: int,
    least: int,
) -> None:
    """What was verified goes first and everything gets its score, as in a search."""
    cosines = dict(zip(top.tolist(), scores.tolist(), strict=True))
    inliers = {place: verdict.inliers for place, verdict in verdicts.items() if verdict.inliers >= least}
    verified = {place: verified_score(n, keypoints) for place, n in inliers.items()}
    first = sorted(verified, key=lambda place: verified_order(verified[place], inliers[place], keys[place]))
    rest = [place for place in top.tolist() if place >= 0 and place not in verified]
    order = [*first, *rest][: len(top)]
    top[: len(order)] = order
    scores[: len(order)] = [
        verified[place] if place in verified else unverified_score(cosines[place], least, keypoints) for place in order
    ]
