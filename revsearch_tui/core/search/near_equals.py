"""A last look where several hits are as likely: at the pixels of their files.

Two invoices of one form, two chess boards, the same photograph with another date: keypoints agree on all of them, and
how many do is chance. Their order is then that in which they differ from the query, laid upon it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Control, PairMatch
from revsearch_tui.core.search.ranking import match_of
from revsearch_tui.core.search.results import BY_PIXELS

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.pixels.pixel_misfit import Candidate
    from revsearch_tui.core.search.hit_files import HitPictures
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.core.search.weighing import Answer

MOST = 8
"""Hits that are looked at."""
_WITHIN = 3.0
"""Decades of evidence below the first of them. Of 615 queries for one of several pictures that are nearly alike, a
tenth had another one first, in 95 of 100 of these by no more evidence than that: what a few inliers more or less make,
which come and go by chance."""
_CLEARLY = 0.95
"""The share of another's misfit below which a picture is nearer than it."""


class Looking:
    """What it takes to look at the hits of a query: its `picture`, (h, w, 3) uint8, what the methods were asked with,
    the pictures of hits, and the id of the query's own file."""

    def __init__(
        self,
        picture: Picture,
        answers: Sequence[Answer],
        pictures: HitPictures,
        control: Control,
        itself: bytes | None,
    ) -> None:
        self.picture, self.answers, self.pictures = picture, answers, pictures
        self.control, self.itself = control, itself
        self._candidates: dict[str, Candidate | None] = {}

    def candidate(self, hit: Hit) -> Candidate | None:
        """The hit's picture and how it lies upon the query; None where that is not known, or there is no such file."""
        if hit.image_id not in self._candidates:
            self._candidates[hit.image_id] = _candidate(hit, self)
        return self._candidates[hit.image_id]


def nearest_first(hits: Sequence[Hit], looking: Looking) -> list[Hit]:
    """The hits, those first ones that are found as the same and are as likely in the order in which they differ from
    the query. What cannot be read or laid upon it keeps its place, as does the query's own
    file. Those that came first so say why. Raises `Cancelled`."""
    places = _as_likely(hits, looking.itself)
    candidates = {}
    for place in places if len(places) > 1 else ():
        looking.control.check()
        if (found := looking.candidate(hits[place])) is not None:
            candidates[place] = found
    if len(candidates) < 2:
        return list(hits)
    from revsearch_tui.core.pixels.pixel_misfit import misfits

    off = dict(zip(candidates, misfits(looking.picture, list(candidates.values())), strict=True))
    left = {place: misfit for place, misfit in off.items() if misfit is not None}
    order, free = list(range(len(hits))), sorted(left)
    for place in free:
        # The first that is left stays before what is not clearly nearer.
        first, nearest = min(left), min(left, key=lambda each: (left[each], each))
        order[place] = nearest if left[nearest] < _CLEARLY * left[first] else first
        del left[order[place]]
    ranked = []
    for place, came in enumerate(order):
        hit = hits[came]
        ranked.append(replace(hit, rank=place + 1, why=(*hit.why, BY_PIXELS) if place < came else hit.why))
    return ranked


def _as_likely(hits: Sequence[Hit], itself: bytes | None) -> list[int]:
    """The places of the first hits of one tier whose evidence is much the same."""
    places: list[int] = []
    own = itself.hex() if itself is not None else ""
    for place, hit in enumerate(hits):
        if hit.image_id == own:
            continue
        first = hits[places[0]] if places else hit
        if hit.tier not in ("copy", "same thing") or hit.tier != first.tier or hit.raw < first.raw - _WITHIN:
            break
        places.append(place)
        if len(places) == MOST:
            break
    return places


def _candidate(hit: Hit, looking: Looking) -> Candidate | None:
    from revsearch_tui.core.pixels.pixel_misfit import Candidate

    image_id = bytes.fromhex(hit.image_id)
    matches = [match for answer in looking.answers if (match := _verified(answer, image_id)) is not None]
    transform, inverted = None, False
    if matches:
        best = max(matches, key=lambda match: match.inliers)
        transform, inverted = best.transform, best.inverted
    elif hit.tier != "copy" or hit.orientation:
        return None
    picture = looking.pictures.of(hit)
    return None if picture is None else Candidate(picture, transform, inverted)


def _verified(answer: Answer, image_id: bytes) -> PairMatch | None:
    """What geometry says of the query as it is; None where it says nothing, or sees a region alone, whose places are
    not the query's."""
    opened = answer.opened
    if not opened.is_local or opened.choice.region is not None:
        return None
    match: PairMatch | None = opened.method.run(lambda: match_of(opened, answer.query, image_id, 0))
    if match is None or match.transform is None or match.inliers < opened.method.min_inliers:
        return None
    return match if np.shape(match.transform) == (3, 3) else None
