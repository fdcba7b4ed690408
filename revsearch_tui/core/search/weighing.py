"""One ranking of a collection from several methods, by what their scores are worth: see `evidence`.

Every method proposes candidates; each candidate is then held against what every method has stored of it, and local
methods verify what others propose too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revsearch_tui.core.search.evidence import BACKGROUND, View, background, score, similarities, trust
from revsearch_tui.core.search.ranking import turn_and_change, verify
from revsearch_tui.core.search.results import Hit, MethodRank, Tier

if TYPE_CHECKING:
    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.search.ranking import Query

DEPTH = 100
"""Answers of each method that are weighed, where no more hits than these are wanted."""
PROPOSED_TO_VERIFY = 25
"""First answers of every other method that a local method verifies beside its own candidates."""

_TOLD_FROM = 1.0
"""Decades of evidence from which a picture is said to be the same."""
SAME_SCORE = 1 - 10 ** (-_TOLD_FROM / 2)
"""The least score that a picture has which is said to be the same."""


class Answer(NamedTuple):
    """What one method was asked and what it proposes: image ids, best first, with the support of those that it
    verified (see `ranking.support`), else 0."""

    opened: OpenedMethod
    query: Query
    proposed: Mapping[bytes, float]


class Weighed(NamedTuple):
    """A candidate: what to order by, decades of evidence, whether geometry verified it (None where no method does),
    and how the query was turned or changed where that was found out in verifying what others proposed."""

    image_id: bytes
    trust: float
    score: float
    decades: float
    verified: bool | None
    tier: Tier
    change: str = ""


def weigh(answers: Sequence[Answer], weights: Mapping[str, float]) -> list[Weighed]:
    """All candidates, most to be trusted first; the very file of the query before all others, with score 1.

    `weights` by the labels of methods multiply what they say.
    """
    ids, views, changes = views_of(answers, weights)
    if not ids:
        return []
    itself = next((answer.query.image_id for answer in answers), None)
    trusted, decades = trust(views)
    scores, verifying = score(trusted), [view for view in views if view.least]
    nothing = np.zeros(len(ids))
    verified = sum((view.verified for view in verifying), nothing) > 0
    hashes = sum((view.evidence for view in views if view.metric == "hamming"), nothing)
    found = []
    for place, image_id in enumerate(ids):
        tier: Tier = "alike"
        if image_id == itself:
            tier = "same file"
        elif decades[place] >= _TOLD_FROM:
            tier = "copy" if hashes[place] > 0 else "same thing"
        found.append(
            Weighed(
                image_id,
                float(trusted[place]),
                1.0 if image_id == itself else float(scores[place]),
                float(decades[place]),
                bool(verified[place]) or image_id == itself if verifying else None,
                tier,
                changes.get(image_id, ""),
            )
        )
    return sorted(found, key=lambda each: (each.image_id != itself, -each.trust, each.image_id))


def views_of(
    answers: Sequence[Answer], weights: Mapping[str, float]
) -> tuple[list[bytes], list[View], dict[bytes, str]]:
    """The image ids of all candidates, ascending, what each method says of them, and how the query was turned or
    changed for those that were verified in this."""
    ids = sorted({image_id for answer in answers for image_id in answer.proposed})
    if not ids:
        return [], [], {}
    changes: dict[bytes, str] = {}
    views = [_view(answer, answers, ids, weights.get(answer.opened.choice.label, 1.0), changes) for answer in answers]
    return ids, views, changes


def weighed_hits(weighed: Sequence[Weighed], rankings: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """The first k as hits, made of what each method found. Raw values are decades of evidence."""
    found: dict[str, list[Hit]] = {}
    for ranking in rankings:
        for hit in ranking:
            found.setdefault(hit.image_id, []).append(hit)
    return [_hit(rank, found[each.image_id.hex()], each) for rank, each in enumerate(weighed[:k], start=1)]


def _view(
    answer: Answer, answers: Sequence[Answer], ids: Sequence[bytes], weight: float, changes: dict[bytes, str]
) -> View:
    opened, query = answer.opened, answer.query
    journal, info = opened.exact.journal, opened.choice.info
    stored, has = opened.exact.embeddings(ids)
    sample = opened.exact.sample(BACKGROUND)
    if info.plain_rows:
        # What is too plain to tell is near nothing, and a plain query is so to all.
        has &= stored.any(axis=1) & (not opened.exact.is_plain(query.embeddings[0]))
        sample = sample[sample.any(axis=1)]
    similar, turns = np.full(len(ids), np.nan), {}
    if has.any():
        similar[has], turn = similarities(query.embeddings, stored[has], journal.metric)
        turns = dict(zip([ids[place] for place in np.flatnonzero(has).tolist()], turn.tolist(), strict=True))
    least, supports = 0, dict(answer.proposed)
    if info.shape == "local":
        least = opened.method.min_inliers
        others = [other.proposed for other in answers if other is not answer]
        proposed = {image_id for other in others for image_id in list(other)[:PROPOSED_TO_VERIFY]}
        more = [(image_id, turns[image_id]) for image_id in sorted((proposed & turns.keys()) - supports.keys())]
        for (image_id, tried), verdict in zip(more, verify(opened, query, more), strict=True):
            if verdict.inliers < least:
                continue
            supports[image_id] = verdict.support
            if told := turn_and_change(tried, verdict.change):
                changes[image_id] = told
    ordinary = background(
        similarities(query.embeddings, sample, journal.metric)[0], journal.metric, journal.dim, opened.exact.rows
    )
    counted = np.array([supports.get(image_id, 0.0) for image_id in ids])
    return View(info.shape, journal.metric, weight, ordinary, similar, counted, least, opened.reach)


def _hit(rank: int, hits: Sequence[Hit], weighed: Weighed) -> Hit:
    labelled = next((hit for hit in hits if hit.label), hits[0])
    turned = next((hit for hit in hits if hit.verified), hits[0])
    return replace(
        hits[0],
        rank=rank,
        method="fused",
        score=weighed.score,
        raw=weighed.decades,
        unit="decades",
        verified=weighed.verified,
        exact=all(hit.exact for hit in hits),
        orientation=turned.orientation or weighed.change,
        label=labelled.label,
        confidence=labelled.confidence,
        fused=tuple(MethodRank(hit.method, hit.rank, hit.score) for hit in hits),
        tier=weighed.tier,
    )
