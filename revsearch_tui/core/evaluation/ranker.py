"""The gallery ranked for every query by one method, exactly."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.nearest import full_orders, nearest
from revsearch_tui.core.evaluation.pictures import Pictures
from revsearch_tui.core.methods.resolving import guarded
from revsearch_tui.core.search.scores import (
    expanded,
    scores_of,
    unverified_score,
    verified_order,
    verified_score,
    wanted_neighbours,
)

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
        orders = full_orders(self._asked, self._gallery, cache.metric, exclude=self._exclude, order=self._order)
        for query, order in enumerate(orders):
            if self._head is not None:
                first = self._head[query][self._head[query] >= 0]
                order[: len(first)] = first
            yield order

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

    def _verify(self, top: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], control: Control) -> None:
        """Put those candidates first that pass the exact comparison, in place; the rest keep their order."""
        method, features = self._embedder.method, self._embedder.cache.features
        keys = [item.key for item in self._pictures.gallery]
        with ThreadPoolExecutor(2, thread_name_prefix="verify") as executor, guarded(self._embedder.choice):
            for number, item in enumerate(self._pictures.queries):
                control.check()
                query = features(item.key)
                places = [int(place) for place in top[number, : self._candidates] if place >= 0]

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
    order = [*first, *rest]
    top[: len(order)] = order
    scores[: len(order)] = [
        verified[place] if place in verified else unverified_score(cosines[place], least, keypoints) for place in order
    ]
