"""What pixels say of hits: which are copies that no method is sure of, and which of several differ from the query.

A form, a card or a drawing has few keypoints, or the same ones as its like, and a hash that many of its like nearly
have. The files of what is so near by hash are read, and each is laid upon the query whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from revsearch_tui.core.pixels import ELSEWHERE
from revsearch_tui.core.search.near_equals import MOST, Looking, nearest_first
from revsearch_tui.core.search.results import BY_PIXELS, SAME_PIXELS

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.Image import Image

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.core.search.weighing import Answer

_NEAR = 0.9
"""The least share of equal bits. Of 436 drawings at half their size the least had 0.945 in common with theirs."""
_LEAST_LINES = 60
"""Places of the query in which something must be seen: fog is like any fog."""
_SURELY = 0.42
"""The share of lines that may be left unexplained in a copy that nothing else speaks for. Of 115 drawings at half their
size all but one have less; forms that are filled in otherwise, with writing that is hardly read, had 0.46."""
_DECADES = 12.0
"""Of evidence that equal pixels are: the most that one method has."""


def seen_by_pixels(hits: Sequence[Hit], looking: Looking) -> list[Hit]:
    """The hits of a query with what their pixels say: copies that no method was sure of are told as such, of those that
    are as likely the nearest come first, and copies that lack something of the query say so. Raises `Cancelled`."""
    return _with_differences(nearest_first(_with_copies(hits, looking), looking), looking)


def _with_copies(hits: Sequence[Hit], looking: Looking) -> list[Hit]:
    """The hits, with those that show what the query does told as copies, and ranked among these."""
    asked = list(_uncertain(hits, looking.answers))
    if not asked:
        return list(hits)
    from revsearch_tui.core.pixels.shown_by import look_of
    from revsearch_tui.core.pixels.small_print import places_with_lines

    ours = look_of(looking.picture)
    if places_with_lines(ours) < _LEAST_LINES:
        return list(hits)
    told: list[Hit] = []
    shown: list[Picture] = []
    for place in asked:
        looking.control.check()
        found = looking.pictures.of(hits[place])
        if found is not None and not _not_shown(found, ours, None, most_unexplained=_SURELY):
            if shown and _differ(shown[0], found):
                return list(hits)  # the query is too small or too bad to tell which of the two it is
            shown.append(found)
            hit = hits[place]
            score = 1 - (1 - hit.score) * 10 ** (-_DECADES / 2)
            why = (*hit.why, SAME_PIXELS)
            told.append(replace(hit, tier="copy", raw=hit.raw + _DECADES, score=score, why=why))
    ids = {hit.image_id for hit in told}
    ranked = [hit for hit in hits if hit.image_id not in ids]
    for hit in sorted(told, key=lambda hit: -hit.raw):
        # By their decades: of scores there are none between almost 1 and 1.
        after = (at for at, other in enumerate(ranked) if other.tier != "same file" and other.raw < hit.raw)
        ranked.insert(next(after, len(ranked)), hit)
    return [replace(hit, rank=place) for place, hit in enumerate(ranked, start=1)]


def _with_differences(hits: Sequence[Hit], looking: Looking) -> list[Hit]:
    """The hits, of the first up to the last copy those first that show all of the query, where one does, or the query's
    own file is there; copies that do not show all of it say what is amiss."""
    own = looking.itself.hex() if looking.itself is not None else ""
    has_own = any(hit.image_id == own for hit in hits)
    places = [place for place, hit in enumerate(hits) if hit.tier in ("copy", "same thing")][:MOST]
    while places and hits[places[-1]].tier != "copy":  # what only shows the same thing is expected to differ
        places.pop()
    if not places:
        return list(hits)
    from revsearch_tui.core.pixels.shown_by import look_of

    ours, found = look_of(looking.picture), dict[int, str]()
    for place in places:
        looking.control.check()
        if (candidate := looking.candidate(hits[place])) is not None:
            theirs = 255 - candidate.picture if candidate.inverted else candidate.picture
            found[place] = _not_shown(theirs, ours, candidate.transform)
    shown = has_own or "" in found.values()
    order = dict(
        zip(sorted(found), sorted(found, key=lambda place: (found[place] != "" and shown, place)), strict=True)
    )
    ranked = []
    for place in range(len(hits)):
        came = order.get(place, place)
        hit = hits[came]
        more = [BY_PIXELS] if place < came and BY_PIXELS not in hit.why else []
        more += [found[came]] if found.get(came) and hit.tier == "copy" else []
        ranked.append(replace(hit, rank=place + 1, why=(*hit.why, *more)))
    return ranked


def _not_shown(found: Picture, query: Image, transform: npt.NDArray[Any] | None, **limits: float) -> str:
    """What of the query is not in a picture, laid upon it whole, or else by the transform that leads there; `limits` as
    in `not_shown`."""
    from revsearch_tui.core.pixels.pixel_agreement import stretched
    from revsearch_tui.core.pixels.shown_by import look_of, not_shown

    kept, told = look_of(found), ELSEWHERE
    # The whole of a picture is that of the other more exactly than keypoints tell.
    for way in (stretched(query.size[::-1], kept.size[::-1]), transform):
        said = ELSEWHERE if way is None else not_shown(kept, query, way, **limits)
        if not said:
            return ""
        told = said if said != ELSEWHERE else told
    return told


def _differ(one: Picture, other: Picture) -> bool:
    """Whether each of two pictures shows something that the other does not."""
    from revsearch_tui.core.pixels.shown_by import look_of

    return bool(_not_shown(one, look_of(other), None) and _not_shown(other, look_of(one), None))


def _uncertain(hits: Sequence[Hit], answers: Sequence[Answer]) -> Iterator[int]:
    """The places of the hits that are nearest by a hash, as they are, and that are told as no copies."""
    hashes = {each.opened.choice.label for each in answers if each.opened.exact.journal.metric == "hamming"}
    near: dict[int, float] = {}
    for place, hit in enumerate(hits):
        if hit.tier in ("same thing", "alike") and not hit.orientation:
            scores = [each.score for each in hit.fused if each.method in hashes]
            if scores and max(scores) >= _NEAR:
                near[place] = max(scores)
    yield from sorted(near, key=lambda place: (-near[place], place))[:MOST]
