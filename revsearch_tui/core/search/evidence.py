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
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
_SURE = {"hamming": 2.5, "cosine": 4.0, "l2": 4.0}
"""Decades of chance that are no evidence yet: of hashes one in 300 queries meets as much by chance. Embeddings of
networks have more pictures of one kind than chance has, so much more is asked of them."""
_MOST = 12.0
"""Decades that one method adds at the most."""
_FIRST_INLIERS, _PER_INLIER = 0.1, 0.3
"""Decades for the least verification there is, which chance brings about too, and for each further keypoint; beyond
`_MOST` they grow with the logarithm."""
_MOST_BITS = 0.6
"""The share of equal bits that two pictures have at the most where nobody knows better; half of them is usual."""
_LEAST_BITS = 0.75
"""The share of equal bits below which no two hashes are evidence, however rare that is in the collection."""
_USUAL_REACH = {"vector": 1.0, "local": 0.45, "classifier": 1.0}
"""Where a collection has too few pictures to tell."""
_NORMAL, _LEAST_REACH, _REACHED_BY = 2.33, 0.05, 64
"""Spreads above the mean that one in a hundred values of a normal distribution has; and of how many pictures the reach
is told."""
_NARROW = 0.1
"""Reach that says nothing: a network that knows other pictures than these has as much, by colours and patterns."""
_OF_COPIES = 0.15
"""What the reach of a method counts that tells no kinds."""
_CLASSIFIER = 0.3
"""What a classifier's likeness counts: by its classes alone, pictures of one class are hardly told apart."""
_LEANING = 1.8
"""Spreads of likeness that a decade of chance counts which is no evidence yet: else a method that knows kinds and tells
no copies would order them."""
_UNVERIFIED = 0.25
"""What the evidence of an embedding counts where a local method could have verified it and did not: two photos of the
only two bears of a collection are as rare as a copy."""
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

    def decades(self, similarity: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Decades below one picture that would be as similar by chance; negative where there would be several."""
        above = np.maximum(0.0, similarity - self.start)
        chance = math.log10(self.share) - above / self.scale * math.log10(math.e)
        return np.asarray(-(chance + math.log10(max(1, self.rows))))


def background(similarities: npt.NDArray[Any], metric: str, dim: int, rows: int) -> Background:
    """From the similarities (n,) of a query to a sample of a collection of so many rows; n may be 0."""
    if not len(similarities):
        similarities = np.zeros(1)
    ordered = np.sort(np.asarray(similarities, np.float64))[::-1]
    mean, spread = float(ordered.mean()), max(float(ordered.std()), 1e-6)
    if len(ordered) < _LEAST_SAMPLE:
        # Of so few many may be copies: the middle and the deviations from it (MAD) hardly go by those.
        mean = float(np.median(ordered))
        spread = max(1.4826 * float(np.median(np.abs(ordered - mean))), _SPREADS[metric], 1e-6)
        if metric == "hamming":
            mean, spread = min(mean, _MOST_BITS), _SPREADS[metric]
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
        distances = 1 - np.asarray(queries, np.float64) @ np.asarray(stored, np.float64).T
    elif metric == "hamming":
        distances = np.array([(stored != query).sum(axis=1) for query in queries])
    else:
        distances = np.array([np.square(stored - query).sum(axis=1) for query in queries])
    each = similarity_of(distances, metric, queries.shape[1])
    return each.max(axis=0), each.argmax(axis=0)


def similarity_of(distances: npt.NDArray[Any], metric: str, dim: int) -> npt.NDArray[np.float64]:
    """The same from distances: bits that differ, 1 - cosine, or squared lengths; infinite ones give minus infinity."""
    if metric == "hamming":
        return np.asarray(1 - distances / dim)
    return np.asarray(1 - distances) if metric == "cosine" else np.asarray(-np.sqrt(np.maximum(distances, 0)))


def reach_of(sample: npt.NDArray[Any], metric: str, shape: str, *, tells_kinds: bool = True) -> float:
    """How far those pictures of a collection that are most alike stand out from the others by a method's embeddings, of
    which `sample` (n, dim) are some: spreads above the mean, beyond what a normal distribution has.

    A method that knows kinds of pictures has those of one kind far out; to one that sees noise all are as unlike. One
    that was made to tell copies from all else has a reach as well, of which little says anything of kinds.
    """
    told = 1.0 if tells_kinds else _OF_COPIES
    if len(sample) < _LEAST_SAMPLE or metric == "hamming":
        return told * _USUAL_REACH[shape]
    asked = sample[np.linspace(0, len(sample) - 1, min(_REACHED_BY, len(sample))).astype(np.intp)]
    distances = 1 - asked @ sample.T
    if metric == "l2":
        distances = 2 * distances - 2 + np.square(asked).sum(axis=1)[:, None] + np.square(sample).sum(axis=1)
    each = np.sort(similarity_of(distances, metric, sample.shape[1]), axis=1)
    spread = np.maximum(each.std(axis=1), 1e-6)
    outermost = (each[:, -1 - len(sample) // 100] - each.mean(axis=1)) / spread
    return told * max(_LEAST_REACH, float(outermost.mean()) - _NORMAL - _NARROW)


@dataclass(frozen=True, slots=True)
class View:
    """What one method says of n candidates: `similar` (n,), NaN where it cannot tell; `support` (n,) is what geometry
    says for those that it verified, in inliers (see `ranking.support`), 0 for the others.

    `shape` and `metric` are the method's; `least` the inliers from which a picture counts as verified, 0 where it
    verifies none. `reach` is the method's in this collection: see `reach_of`.
    """

    shape: str
    metric: str
    weight: float
    ordinary: Background
    similar: npt.NDArray[np.float64]
    support: npt.NDArray[np.float64]
    least: int = 0
    reach: float = 1.0

    def of(self, places: npt.NDArray[np.int64]) -> View:
        """What it says of some of the candidates."""
        return replace(self, similar=self.similar[places], support=self.support[places])

    @property
    def verified(self) -> npt.NDArray[np.bool_]:
        """(n,) what geometry found to be the query's."""
        return np.asarray(self.support >= max(1, self.least))

    @property
    def decades(self) -> npt.NDArray[np.float64]:
        """(n,) decades of chance; 0 where it cannot tell."""
        return np.nan_to_num(self.ordinary.decades(self.similar), nan=0.0)

    @property
    def evidence(self) -> npt.NDArray[np.float64]:
        """(n,) decades of evidence that a picture is the query's."""
        found = np.zeros(len(self.similar))
        if self.shape == "vector":
            found = np.clip(self.decades - _SURE[self.metric], 0, _MOST)
            if self.metric == "hamming":
                found = np.where(self.similar >= _LEAST_BITS, found, 0)
        sure = _FIRST_INLIERS + (self.support - self.least) * _PER_INLIER
        sure = np.where(sure > _MOST, _MOST * (1 + np.log(np.maximum(sure, _MOST) / _MOST)), sure)
        return np.asarray((found + np.where(self.verified, sure, 0)) * self.weight)

    @property
    def leaning(self) -> npt.NDArray[np.float64]:
        """(n,) decades of chance that are no evidence; of geometry that is in doubt, the most that there are."""
        if self.least:
            doubted = (self.support > 0) & ~self.verified
            return np.asarray(np.where(doubted, _SURE[self.metric], 0) * self.weight)
        if self.shape != "vector":
            return np.zeros(len(self.similar))
        decades = np.clip(self.decades, 0, _SURE[self.metric])
        if self.metric == "hamming":
            decades = np.where(self.similar >= _MOST_BITS, decades, 0)
        return np.asarray(decades * self.weight)

    @property
    def says(self) -> float:
        """How much it has to say about likeness; hashes nothing, where there are others."""
        kind = _CLASSIFIER if self.shape == "classifier" else 1.0
        return 0.0 if self.metric == "hamming" else self.weight * kind * self.reach**2

    @property
    def likeness(self) -> npt.NDArray[np.float64]:
        """(n,) how much more similar than usual, in spreads."""
        return np.nan_to_num((self.similar - self.ordinary.mean) / self.ordinary.spread, nan=0.0)


def trust(views: Sequence[View]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Trust and decades of evidence of n candidates, (n,) each. Trust is what to order by; `score` makes 0..1 of it."""
    verifying = [view.verified for view in views if view.least]
    counts = np.where(np.any(verifying, axis=0), 1.0, _UNVERIFIED) if verifying else 1.0
    is_embedding = [view.shape == "vector" and view.metric != "hamming" for view in views]
    decades = np.sum(
        [view.evidence * (counts if each else 1.0) for view, each in zip(views, is_embedding, strict=True)], axis=0
    )
    says = [view.says for view in views]
    if not any(says):
        says = [view.weight for view in views]
    alike = np.sum([share * view.likeness for share, view in zip(says, views, strict=True)], axis=0) / sum(says)
    alike = alike + _LEANING * np.sum([view.leaning for view in views], axis=0)
    likeness = 1 / (1 + np.exp(np.minimum(50.0, (_HALF_ALIKE - alike) / _SOFTNESS)))
    return decades / 2 - np.log10(1 - 0.5 * likeness), decades


def score(trusted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """0..1: below a half where a picture is alike and no more, near 1 where there is no doubt that it is the same."""
    return np.asarray(1 - np.power(10.0, -trusted))
