"""What the scores of several methods are worth together.

Ranks say nothing of how sure a method is, and raw scores of different methods cannot be compared. So the similarity of
a query and a picture is held against how similar the query is to a sample of the collection: as the number of pictures
of the whole collection that would be as similar by chance, as BLAST does with its E-value (Altschul et al., Basic local
alignment search tool, 1990), with an exponential tail beyond the sample. The logarithm of that number, in decades below
one, is the evidence that they are one picture. Geometry that was verified is evidence too. What is no evidence, as when
nothing in the collection is a copy, is ordered by likeness in units of the sample's spread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

BACKGROUND = 1000
"""Pictures of the collection that a query is compared with to learn what is ordinary."""

_OUTLIERS = 3
"""The most similar ones of a sample may be copies of the query themselves."""
_TAIL, _LEAST_SAMPLE = 50, 100
_SPREADS = {"hamming": 0.08, "cosine": 0.1, "l2": 0.0}
"""The least spread that so few pictures are believed to have."""
_STEPS = {"cosine": 0.005, "l2": 0.0}
"""The least scale of a tail; of bits it is one bit."""
_SURE = {"hamming": 2.5, "cosine": 2.0, "l2": 2.0}
"""Decades of chance that are no evidence yet: one in 300 queries, and one in 100, meets as much by chance."""
_MOST = 12.0
"""Decades that one method adds at the most."""
_AGGREGATE = 0.5
"""What evidence of a local method's aggregate counts: it shares its pixels with the verification."""
_FIRST_INLIERS, _PER_INLIER = 0.1, 0.3
"""Decades for the least verification there is, which chance brings about too, and for each further keypoint."""
_ALIKE = {"vector": 1.0, "local": 0.2, "classifier": 0.3}
"""How much a method has to say about likeness; hashes nothing, where there are others."""
_HALF_ALIKE, _SOFTNESS = 3.0, 1.5
"""Spreads above the mean at which a picture counts as half alike, and how gently that comes."""


@dataclass(frozen=True, slots=True)
class Background:
    """What is ordinary for one query and one method: mean and spread of its similarities to the sample, and the tail
    above `start`, of which a share `share` of all pictures is, with its scale. `rows` is the size of the collection."""

    mean: float
    spread: float
    start: float
    share: float
    scale: float
    rows: int

    def decades(self, similarity: float) -> float:
        """Decades below one picture that would be as similar by chance; negative where there would be several."""
        above = max(0.0, similarity - self.start)
        chance = math.log10(self.share) - above / self.scale * math.log10(math.e)
        return -(chance + math.log10(max(1, self.rows)))


def background(similarities: npt.NDArray[Any], metric: str, dim: int, rows: int) -> Background:
    """From the similarities (n,) of a query to a sample of a collection of so many rows; n may be 0."""
    if not len(similarities):
        similarities = np.zeros(1)
    ordered = np.sort(np.asarray(similarities, np.float64))[::-1]
    few = len(ordered) < _LEAST_SAMPLE
    spread = max(float(ordered.std()), _SPREADS[metric] if few else 0.0, 1e-6)
    mean = float(ordered.mean())
    if few:
        return Background(mean, spread, mean + spread, 0.16, 0.6 * spread, rows)
    kept = ordered[_OUTLIERS:]
    length = min(_TAIL, len(kept) // 10)
    start = float(kept[length])
    scale = max(float((kept[:length] - start).mean()), _STEPS.get(metric, 1 / dim), 1e-9)
    return Background(mean, spread, start, length / len(kept), scale, rows)


def similarities(
    queries: npt.NDArray[Any], stored: npt.NDArray[Any], metric: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """(n,) how similar stored embeddings (n, dim) are to a query at its best orientation (turns, dim), and which that
    is: the share of equal bits, the cosine, or the distance below zero."""
    if metric == "cosine":
        each = np.asarray(queries, np.float64) @ np.asarray(stored, np.float64).T
    elif metric == "hamming":
        each = np.array([(stored == query).mean(axis=1) for query in queries])
    else:
        each = np.array([-np.sqrt(np.square(stored - query).sum(axis=1)) for query in queries])
    return each.max(axis=0), each.argmax(axis=0)


@dataclass(frozen=True, slots=True)
class View:
    """What one method says of the candidates: `similar` by image id, `inliers` of those that it verified.

    `shape` and `metric` are the method's; `least` the inliers from which a picture counts as verified. `changes` tells
    how the query was turned, mirrored or inverted in those that it verified because others proposed them.
    """

    shape: str
    metric: str
    weight: float
    ordinary: Background
    similar: Mapping[bytes, float]
    inliers: Mapping[bytes, int] = field(default_factory=dict)
    least: int = 0
    changes: Mapping[bytes, str] = field(default_factory=dict)

    def evidence(self, image_id: bytes) -> float:
        """Decades of evidence that the picture is the query's."""
        inliers = self.inliers.get(image_id, 0)
        found = 0.0
        if self.shape != "classifier" and image_id in self.similar:
            decades = self.ordinary.decades(self.similar[image_id]) - _SURE[self.metric]
            found = min(_MOST, max(0.0, decades)) * (_AGGREGATE if self.shape == "local" else 1)
        if self.least and inliers >= self.least:
            found += min(_MOST, _FIRST_INLIERS + (inliers - self.least) * _PER_INLIER)
        return found * self.weight

    @property
    def says(self) -> float:
        """How much it has to say about likeness."""
        return self.weight * (0.0 if self.metric == "hamming" else _ALIKE[self.shape])

    def likeness(self, image_id: bytes) -> float:
        """How much more similar than usual, in spreads."""
        if image_id not in self.similar:
            return 0.0
        return (self.similar[image_id] - self.ordinary.mean) / self.ordinary.spread


def trust(views: Sequence[View], image_id: bytes) -> tuple[float, float]:
    """(trust, decades of evidence) of a candidate. Trust is what to order by; `score` makes 0..1 of it."""
    decades = sum(view.evidence(image_id) for view in views)
    says = [view.says for view in views]
    if not any(says):
        says = [view.weight for view in views]
    alike = sum(share * view.likeness(image_id) for share, view in zip(says, views, strict=True)) / sum(says)
    likeness = 1 / (1 + math.exp(min(50.0, (_HALF_ALIKE - alike) / _SOFTNESS)))
    return decades / 2 - math.log10(1 - 0.5 * likeness), decades


def score(trusted: float) -> float:
    """0..1: below a half where a picture is alike and no more, near 1 where there is no doubt that it is the same."""
    return 1 - math.pow(10, -trusted)
