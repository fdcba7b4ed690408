"""The protocols: what each query's answer is worth, one figure a query, before anything is averaged.

`classify` asks a classifier for the query's class; `neighbour` answers the class of the nearest pictures; `retrieve`
wants all pictures of the query's class before all others; `copies` wants the copies of the query first, and scores
that tell copies from other pictures whatever the query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.metrics import (
    expected_calibration_error,
    hit_at,
    knn_labels,
    micro_average_precision_of,
    ndcg_at,
    precision_at,
    recall_at,
    reliability,
)
from revsearch_tui.core.evaluation.pictures import Item, Pictures
from revsearch_tui.core.evaluation.ranker import Ranking
from revsearch_tui.core.evaluation.record import Protocol, ReliabilityBin
from revsearch_tui.core.evaluation.whole_rankings import Deep

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

RETURNED = 100
"""Pictures returned to each query that figures are made of, but for those of whole galleries."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What queries are of: `labels` (queries,) and `held` (gallery,) are class numbers, `totals` (queries,) counts the
    relevant pictures in each query's gallery."""

    classes: Sequence[str]
    labels: Ints
    held: Ints
    totals: Ints

    def returned(self, ranking: Ranking) -> Ints:
        """(queries, depth) the class numbers of what was returned, -1 where nothing was."""
        return np.where(ranking.top >= 0, self.held[ranking.top], -1)


@dataclass(frozen=True, slots=True)
class Statistic:
    """A figure that is no mean over queries: `of` takes numbers of queries, `queries` is how many there are."""

    of: Callable[[npt.NDArray[np.int64]], float]
    queries: int


@dataclass(slots=True)
class Measured:
    """One method under one protocol. `values` hold a figure a query; only those of the queries `counted` count.

    `answered` (queries,) are class numbers, where the protocol answers classes.
    """

    method: str
    protocol: Protocol
    main: str
    values: dict[str, npt.NDArray[np.float64]]
    counted: npt.NDArray[np.bool_]
    ranking: Ranking | None = None
    statistics: dict[str, Statistic] = field(default_factory=dict)
    answered: Ints | None = None
    confidence: npt.NDArray[np.float64] | None = None
    reliability: Sequence[ReliabilityBin] = ()
    cost: dict[str, float] = field(default_factory=dict)


def classify(embedder: Embedder, queries: Sequence[Item], asked: Asked) -> Measured:
    """What a classifier takes the queries for; those of classes that it does not know do not count.

    Raises `UsageError` where it knows none of them.
    """
    names = [str(name) for name in embedder.method.classes]
    known = set(names)
    counted = np.array([item.sample.label in known for item in queries], np.bool_)
    if not counted.any():
        some = ", ".join(f"'{name}'" for name in names[:3])
        raise UsageError(
            f"'{embedder.choice.label}' knows none of the classes of these pictures, but {some} and so on: "
            "measure it without the protocol classify"
        )
    roots = embedder.cache.rows([item.key for item in queries]).astype(np.float64)
    best = roots.argmax(axis=1)
    confidence = np.square(roots[np.arange(len(roots)), best]).clip(0, 1)
    places = {label: place for place, label in enumerate(asked.classes)}
    answered = np.array([places[name] for name in names], np.int64)[best]
    right = answered == asked.labels
    sure, good = confidence[counted], right[counted]
    return Measured(
        embedder.choice.label,
        "classify",
        "accuracy",
        {"accuracy": right.astype(np.float64)},
        counted,
        statistics={
            "ece": Statistic(lambda some: expected_calibration_error(sure[some], good[some]), int(counted.sum()))
        },
        answered=answered,
        confidence=confidence,
        reliability=reliability(sure, good),
    )


def neighbour(method: str, ranking: Ranking, asked: Asked, k: int) -> Measured:
    """The class of the nearest picture, and the one that most of the k nearest have."""
    returned = asked.returned(ranking)
    answered = knn_labels(returned, 1)
    most = knn_labels(returned, k)
    values = {
        "accuracy": (answered == asked.labels).astype(np.float64),
        "knn_accuracy": (most == asked.labels).astype(np.float64),
    }
    return Measured(method, "neighbour", "accuracy", values, asked.totals > 0, ranking, answered=answered)


def retrieve(method: str, ranking: Ranking, deep: Deep, asked: Asked) -> Measured:
    """All pictures of the query's class: mean average precision and what is usual beside it."""
    relevance = asked.returned(ranking) == asked.labels[:, None]
    values = {
        "map": deep.average_precision,
        **{f"precision@{k}": precision_at(relevance, k) for k in (1, 5, 10, 20)},
        **{f"recall@{k}": recall_at(relevance, asked.totals, k) for k in (10, 100)},
        "ndcg@10": ndcg_at(relevance, asked.totals, 10),
        "first_hit_rank": deep.first_hit,
        **deep.columns,
    }
    return Measured(method, "retrieve", "map", values, asked.totals > 0, ranking)


def copies(method: str, ranking: Ranking, asked: Asked) -> Measured:
    """Whether a copy of the query is among the first, and how well scores alone tell copies.

    Queries without a copy in the gallery have no recall, but what is returned to them counts as wrong in `micro_ap`.
    """
    relevance = asked.returned(ranking) == asked.labels[:, None]
    values = {f"recall@{k}": hit_at(relevance, k) for k in (1, 5, 10)}
    query, column = np.nonzero(ranking.top >= 0)
    pooled = micro_average_precision_of(
        ranking.scores[query, column], relevance[query, column], query, np.asarray(asked.totals)
    )
    return Measured(
        method,
        "copies",
        "recall@1",
        values,
        asked.totals > 0,
        ranking,
        statistics={"micro_ap": Statistic(pooled, len(asked.labels))},
    )


def asked_of(classes: Sequence[str], pictures: Pictures, exclude: Sequence[Sequence[int]]) -> Asked:
    """With the relevant pictures of each query counted, those that are excluded for it not among them."""
    places = {label: place for place, label in enumerate(classes)}
    labels, held = (
        np.array([places[item.sample.label] for item in items], np.int64)
        for items in (pictures.queries, pictures.gallery)
    )
    sizes = np.bincount(held, minlength=len(classes))
    gone = [int((held[list(positions)] == label).sum()) for label, positions in zip(labels, exclude, strict=True)]
    return Asked(classes, labels, held, sizes[labels] - np.array(gone, np.int64))


def knows_some(embedder: Embedder, labels: set[str]) -> bool:
    """Whether this is a classifier that has some of these classes."""
    return embedder.choice.info.shape == "classifier" and bool(labels & {str(name) for name in embedder.method.classes})


def class_names(embedders: Sequence[Embedder], labels: Sequence[str], protocols: Sequence[Any]) -> list[str]:
    """The classes of a record: every label, and every class that a classifier may answer."""
    found = set(labels)
    if "classify" in protocols:
        for embedder in embedders:
            if embedder.choice.info.shape == "classifier":
                found |= {str(name) for name in embedder.method.classes}
    return sorted(found)
