"""What methods answer to copies: the gallery ranked for each, scores of false pairs, and rankings of several made
one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.search.fusion import best_sum, reciprocal_rank, verified_first_score
from revsearch_tui.core.search.fusion_rules import Listed, OpenedRule, ballots_of
from revsearch_tui.core.search.opened import OpenedMethod
from revsearch_tui.core.search.ranking import Query, rank_local
from revsearch_tui.core.search.scores import scores_of
from revsearch_tui.core.search.weighing import DEPTH, Answer, views_of, weigh

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

UNVERIFIED = float("-inf")
"""The score of a pair that a local method could not verify, in `pair_scores`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One method's answers to n copies.

    `rows` (n, depth) are positions in the gallery, best first, -1 where there are no more; `scores` and `support`
    (n, depth), 0 where a picture was not verified, go with them (see `ranking.support`), as does `verified`. `ranks`
    (n,) are those of the originals, 1 is best, infinite where they were not found.
    `true` (n,) are the originals' scores, `false` (n,) those of the best other pictures, as a search shows them; 0
    where the method tells nothing of a picture, or of the copy.
    `pair_rows` and `pair_scores` (n, m) are all pairs that the method compared, the true one among them, for
    thresholds; -1 as a row means no pair.
    """

    rows: npt.NDArray[np.int64]
    scores: Floats
    verified: npt.NDArray[np.bool_]
    support: Floats
    ranks: Floats
    true: Floats
    false: Floats
    pair_rows: npt.NDArray[np.int64]
    pair_scores: Floats


class MethodScorer:
    """Ranks the pictures of a gallery, given by their image ids in ascending order, by one method, exactly.

    The method has embedded all of them. Ties are broken by image id, as in a search.
    """

    def __init__(self, opened: OpenedMethod, image_ids: Sequence[bytes], candidates: int) -> None:
        self.opened, self._candidates = opened, candidates
        self.places = {image_id: place for place, image_id in enumerate(image_ids)}
        self._columns = np.array([opened.exact.row_of(image_id) for image_id in image_ids], np.int64)
        chosen = np.zeros(opened.exact.rows, np.bool_)
        chosen[self._columns] = True
        self._allowed = None if chosen.all() else chosen

    def answer(self, queries: Sequence[Query], originals: Sequence[int], absent: Sequence[Collection[int]]) -> Answered:
        """Rank the gallery for each query; with several orientations each picture counts at its best.

        `originals` (n,) are positions in the gallery, `absent` (n,) those of pictures that are not in a query's.
        """
        if self.opened.choice.info.shape == "local":
            return self._local(queries, originals, absent)
        return _dense(self._scores(queries), np.asarray(originals, np.int64), absent)

    def tells(self, places: Sequence[int]) -> npt.NDArray[np.bool_]:
        """(n,) whether the pictures at these positions are not too plain to tell."""
        return np.asarray(~self.opened.exact.plain[self._columns[list(places)]])

    def _scores(self, queries: Sequence[Query]) -> Floats:
        """(queries, gallery): the scores of a search."""
        turns = [len(query.embeddings) for query in queries]
        distances = self.opened.exact.distances_of_many(np.concatenate([query.embeddings for query in queries]))
        starts = np.concatenate([[0], np.cumsum(turns)[:-1]])
        best = np.minimum.reduceat(distances, starts, axis=0)[:, self._columns].astype(np.float64)
        journal = self.opened.exact.journal
        return scores_of(best, journal.metric, journal.dim)

    def _local(self, queries: Sequence[Query], originals: Sequence[int], absent: Sequence[Collection[int]]) -> Answered:
        size = (len(queries), DEPTH)
        rows, scores, verified = np.full(size, -1, np.int64), np.zeros(size), np.zeros(size, np.bool_)
        support = np.zeros(size)
        ranks, true, false = np.full(len(queries), np.inf), np.zeros(len(queries)), np.zeros(len(queries))
        pair_rows = np.full((len(queries), self._candidates), -1, np.int64)
        pair_scores = np.full((len(queries), self._candidates), UNVERIFIED)
        depth = max(DEPTH, self._candidates)
        for number, (query, original) in enumerate(zip(queries, originals, strict=True)):
            rated = rank_local(self.opened, query, depth, self._allowed, False, self._candidates)
            ranked = [row for row in rated if self.places[row.image_id] not in absent[number]]
            found = np.array([self.places[row.image_id] for row in ranked], np.int64)
            values = np.array([row.score for row in ranked], np.float64)
            sure = np.array([row.verified is True for row in ranked], np.bool_)
            shown = min(DEPTH, len(found))
            rows[number, :shown], scores[number, :shown] = found[:shown], values[:shown]
            verified[number, :shown] = sure[:shown]
            support[number, :shown] = [row.support for row in ranked[:shown]]
            compared = min(self._candidates, len(found))
            pair_rows[number, :compared] = found[:compared]
            pair_scores[number, :compared] = np.where(sure, values, UNVERIFIED)[:compared]
            own = np.flatnonzero(found == original)
            if len(own):
                ranks[number], true[number] = own[0] + 1, values[own[0]]
            false[number] = values[found != original].max(initial=0.0)
        return Answered(rows, scores, verified, support, ranks, true, false, pair_rows, pair_scores)


def _dense(scores: Floats, originals: npt.NDArray[np.int64], absent: Sequence[Collection[int]]) -> Answered:
    """The answers behind (n, gallery) scores."""
    count, gallery = scores.shape
    numbers = np.arange(count)
    pairs = np.tile(np.arange(gallery), (count, 1))
    for number, gone in enumerate(absent):
        scores[number, list(gone)] = -np.inf
        pairs[number, list(gone)] = -1
    own = scores[numbers, originals]
    order = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    rows, shown = np.full((count, DEPTH), -1, np.int64), np.zeros((count, DEPTH))
    best = np.take_along_axis(scores, order, axis=1)
    rows[:, : order.shape[1]] = np.where(np.isfinite(best), order, -1)
    shown[:, : order.shape[1]] = np.where(np.isfinite(best), best, 0)
    others = scores.copy()
    others[numbers, originals] = -np.inf
    best_other = others.max(axis=1)
    return Answered(
        rows=rows,
        scores=shown,
        verified=np.zeros((count, DEPTH), np.bool_),
        support=np.zeros((count, DEPTH)),
        ranks=np.where(np.isfinite(own), ranks_of(scores, originals), np.inf),
        true=np.where(np.isfinite(own), own, 0),
        false=np.where(np.isfinite(best_other), best_other, 0),
        pair_rows=pairs,
        pair_scores=scores,
    )


def ranks_of(scores: npt.NDArray[Any], originals: npt.NDArray[np.int64]) -> Floats:
    """(n,) ranks, 1 is best, of one position in each row of (n, gallery) scores; the first of equals is before."""
    own = scores[np.arange(len(scores)), originals][:, None]
    before = np.arange(scores.shape[1]) < originals[:, None]
    return np.asarray(1.0 + (scores > own).sum(axis=1) + ((scores == own) & before).sum(axis=1))


def weigh_answers(
    scorers: Sequence[MethodScorer],
    queries: Sequence[Sequence[Query]],
    parts: Sequence[Answered],
    image_ids: Sequence[bytes],
    originals: Sequence[int],
) -> Answered:
    """What a search that names no method makes of the answers of all scorers: see `weighing.weigh`.

    `queries` are those that each scorer was asked, n of them, `parts` what it answered. Pairs are those weighed.
    """

    def weighed(number: int) -> list[tuple[bytes, float]]:
        return [(each.image_id, each.score) for each in weigh(_asked(scorers, queries, parts, image_ids, number), {})]

    return _together(scorers, originals, weighed)


def rule_answers(
    rule: OpenedRule,
    scorers: Sequence[MethodScorer],
    queries: Sequence[Sequence[Query]],
    parts: Sequence[Answered],
    weights: Sequence[float],
    image_ids: Sequence[bytes],
    originals: Sequence[int],
) -> Answered:
    """What a plugin's rule makes of the same in a search that names it, with the `weights` of the scorers."""

    def fused(number: int) -> list[tuple[bytes, float]]:
        ids, views, _ = views_of(_asked(scorers, queries, parts, image_ids, number), {})
        if not ids:
            return []
        at = {scorers[0].places[image_id]: place for place, image_id in enumerate(ids)}
        listed = []
        for scorer, part, weight in zip(scorers, parts, weights, strict=True):
            rows = part.rows[number]
            places = np.array([at[row] for row in rows[rows >= 0].tolist()], np.int64)
            listed.append(Listed(scorer.opened.choice.label, weight, places, part.scores[number][rows >= 0]))
        order, scores = rule.order(ballots_of(listed, views))
        return [(ids[place], float(score)) for place, score in zip(order, scores, strict=True)]

    return _together(scorers, originals, fused)


def _asked(
    scorers: Sequence[MethodScorer],
    queries: Sequence[Sequence[Query]],
    parts: Sequence[Answered],
    image_ids: Sequence[bytes],
    number: int,
) -> list[Answer]:
    """What the scorers were asked and proposed for one copy."""
    return [
        Answer(scorer.opened, query[number], _proposed(part, number, image_ids))
        for scorer, query, part in zip(scorers, queries, parts, strict=True)
    ]


def _together(
    scorers: Sequence[MethodScorer], originals: Sequence[int], ranked: Callable[[int], list[tuple[bytes, float]]]
) -> Answered:
    """The answers of several scorers, of which `ranked` makes one for each copy: image ids and scores, best first."""
    places = scorers[0].places
    own = np.asarray(originals, np.int64)
    rows, scores = np.full((len(own), DEPTH * len(scorers)), -1, np.int64), np.zeros((len(own), DEPTH * len(scorers)))
    for number in range(len(own)):
        found = ranked(number)
        rows[number, : len(found)] = [places[image_id] for image_id, _ in found]
        scores[number, : len(found)] = [score for _, score in found]
    there = rows == own[:, None]
    return Answered(
        rows=rows[:, :DEPTH],
        scores=scores[:, :DEPTH],
        verified=np.zeros((len(own), DEPTH), np.bool_),
        support=np.zeros((len(own), DEPTH)),
        ranks=np.where(there.any(axis=1), 1.0 + there.argmax(axis=1), np.inf),
        true=np.where(there, scores, 0).max(axis=1),
        false=np.where(there, 0, scores).max(axis=1),
        pair_rows=rows,
        pair_scores=np.where(rows >= 0, scores, UNVERIFIED),
    )


def _proposed(part: Answered, number: int, image_ids: Sequence[bytes]) -> dict[bytes, float]:
    rows, support = part.rows[number].tolist(), part.support[number].tolist()
    return {image_ids[row]: worth for row, worth in zip(rows, support, strict=True) if row >= 0}


def fuse_answers(
    parts: Sequence[Answered],
    weights: Sequence[float],
    local: Sequence[bool],
    gallery: int,
    originals: Sequence[int],
    verified_first: bool,
) -> Answered:
    """What `fusion.fuse` makes of the first `DEPTH` ranks of each method, for n copies at once, by either rule.

    `weights` are those of the parts, `local` tells which of them verify.
    """
    # Only their proportions count, and at most 1 they keep within the ranges of `keys` below.
    share = np.asarray(weights) / max(weights)
    verifying = float(share[np.asarray(local, np.bool_)].sum())
    places = np.asarray(originals, np.int64)
    numbers = np.arange(len(places))
    votes = [_votes(part, gallery, weight) for part, weight in zip(parts, share, strict=True)]
    every: Floats = sum(votes[1:], start=votes[0])
    keys = scores = every / best_sum(float(share.sum()))
    if verified_first:
        verified = [_votes(part, gallery, weight, sure=True) for part, weight in zip(parts, share, strict=True)]
        sure = sum(verified, start=np.zeros_like(every))
        rest = sum((vote for vote, verifies in zip(votes, local, strict=True) if not verifies), np.zeros_like(every))
        scores = verified_first_score(sure, rest, verifying, float(share.sum()) - verifying)
        # One number in the order of three: votes of verified hits, of methods that do not verify, of all.
        keys = np.where(sure > 0, 2 + sure, rest) + rest * 1e-4 + every * 1e-8
    own = keys[numbers, places]
    order = np.argsort(-keys, axis=1, kind="stable")[:, :DEPTH]
    shown = np.take_along_axis(scores, order, axis=1)
    others = scores.copy()
    others[numbers, places] = 0
    return Answered(
        rows=np.where(np.take_along_axis(every, order, axis=1) > 0, order, -1),
        scores=shown,
        verified=np.zeros(order.shape, np.bool_),
        support=np.zeros(order.shape),
        ranks=np.where(own > 0, ranks_of(keys, places), np.inf),
        true=scores[numbers, places],
        false=others.max(axis=1),
        pair_rows=np.zeros((len(places), 0), np.int64),
        pair_scores=np.full((len(places), 0), UNVERIFIED),
    )


def _votes(part: Answered, gallery: int, weight: float, *, sure: bool = False) -> Floats:
    """(n, gallery): weight / (60 + rank) where the method returned a picture, of its verified ones alone if `sure`."""
    votes = np.zeros((len(part.rows), gallery))
    numbers, ranks = np.nonzero((part.rows >= 0) & part.verified if sure else part.rows >= 0)
    votes[numbers, part.rows[numbers, ranks]] = weight * reciprocal_rank(1.0 + ranks)
    return votes
