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

_PROPOSED_TO_VERIFY = 25
"""First hits of every other method that a local method verifies beside its own candidates."""


_TOLD_FROM = 1.0
"""Decades of evidence from which a picture is said to be the same."""


class Answer(NamedTuple):
    """What one method was asked and how it ranked the collection: `hits`, best first."""

    opened: OpenedMethod
    query: Query
    hits: Sequence[Hit]

    @property
    def label(self) -> str:
        """The method's."""
        return self.opened.choice.label


def weigh(answers: Sequence[Answer], k: int, weights: Mapping[str, float]) -> list[Hit]:
    """The k hits most to be trusted, best first; the very file of the query before all others, with score 1.

    Raw values are decades of evidence. `weights` by label multiply what a method says.
    """
    found: dict[str, list[Hit]] = {}
    for answer in answers:
        for hit in answer.hits:
            found.setdefault(hit.image_id, []).append(hit)
    ids = [bytes.fromhex(image_id) for image_id in found]
    views = [_view(answer, answers, ids, weights.get(answer.label, 1.0)) for answer in answers]
    itself = next((answer.query.image_id for answer in answers), None)
    trusted = {image_id: trust(views, image_id) for image_id in ids}
    order = sorted(ids, key=lambda image_id: (image_id != itself, -trusted[image_id][0], image_id))[:k]
    return [
        _hit(rank, found[image_id.hex()], views, image_id, trusted[image_id], is_itself=image_id == itself)
        for rank, image_id in enumerate(order, start=1)
    ]


def _view(answer: Answer, answers: Sequence[Answer], ids: Sequence[bytes], weight: float) -> View:
    opened, query = answer.opened, answer.query
    journal, info = opened.exact.journal, opened.choice.info
    stored = {image_id: row for image_id in ids if (row := opened.exact.embedding(image_id)) is not None}
    sample = opened.exact.sample(BACKGROUND)
    if info.plain_rows:
        # What is too plain to tell is near nothing, and a plain query is so to all.
        blank = opened.exact.is_plain(query.embeddings[0])
        stored = {image_id: row for image_id, row in stored.items() if not (blank or opened.exact.is_plain(row))}
        sample = sample[sample.any(axis=1)]
    similar: dict[bytes, float] = {}
    turns: dict[bytes, int] = {}
    if stored:
        near, turn = similarities(query.embeddings, np.stack(list(stored.values())), journal.metric)
        similar = dict(zip(stored, near.tolist(), strict=True))
        turns = dict(zip(stored, turn.tolist(), strict=True))
    inliers: dict[bytes, int] = {}
    changes: dict[bytes, str] = {}
    if info.shape == "local":
        inliers = {bytes.fromhex(hit.image_id): int(hit.raw) for hit in answer.hits if hit.verified}
        proposed = {
            bytes.fromhex(hit.image_id)
            for other in answers
            if other is not answer
            for hit in other.hits[:_PROPOSED_TO_VERIFY]
        }
        tried = {bytes.fromhex(hit.image_id) for hit in answer.hits}
        more = [(image_id, turns[image_id]) for image_id in sorted((proposed & stored.keys()) - tried)]
        for (image_id, tried_turn), (found, change) in zip(more, verify(opened, query, more), strict=True):
            inliers[image_id] = found
            if found >= opened.method.min_inliers:
                changes[image_id] = turn_and_change(tried_turn, change)
    ordinary = background(similarities(query.embeddings, sample, journal.metric)[0], journal.metric, journal.dim, opened.exact.rows)
    least = opened.method.min_inliers if info.shape == "local" else 0
    return View(info.shape, journal.metric, weight, ordinary, similar, inliers, least, changes)


def _hit(
    rank: int,
    hits: Sequence[Hit],
    views: Sequence[View],
    image_id: bytes,
    trusted: tuple[float, float],
    *,
    is_itself: bool,
) -> Hit:
    labelled = next((hit for hit in hits if hit.label), hits[0])
    turned = next((hit for hit in hits if hit.verified), hits[0])
    verifying = [view for view in views if view.least]
    verified = any(view.inliers.get(image_id, 0) >= view.least for view in verifying) or (is_itself and bool(verifying))
    return replace(
        hits[0],
        rank=rank,
        method="fused",
        score=1.0 if is_itself else score(trusted[0]),
        raw=trusted[1],
        unit="decades",
        verified=verified if verifying else None,
        exact=all(hit.exact for hit in hits),
        orientation=turned.orientation
        or next((view.changes[image_id] for view in views if image_id in view.changes), ""),
        label=labelled.label,
        confidence=labelled.confidence,
        fused=tuple(MethodRank(hit.method, hit.rank, hit.score) for hit in hits),
        tier=_tier(views, image_id, trusted[1], is_itself=is_itself),
    )


def _tier(views: Sequence[View], image_id: bytes, decades: float, *, is_itself: bool) -> Tier:
    if is_itself:
        return "same file"
    if decades < _TOLD_FROM:
        return "alike"
    return "copy" if any(view.metric == "hamming" and view.evidence(image_id) > 0 for view in views) else "same thing"
