"""Which pictures a local method verifies where it knows what else the query may look like."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from revsearch_tui.api import KeypointLines, PairMatch

T = TypeVar("T", bound=Hashable)

OWN_SHARE = 0.7
"""The part of the candidates that the query as it is has for itself; with less, copies were lost of which only a
tenth of the area is left."""


def own_count(candidates: int) -> int:
    """How many of so many candidates are those of the query as it is, whatever its views propose."""
    return max(1, round(candidates * OWN_SHARE))


def with_views(own: Sequence[T], views: Sequence[Sequence[T]], candidates: int) -> list[T]:
    """At most so many candidates: those of the query as it is, of which the last make room for what its views propose,
    each in turn. All are lists with the best first; without views nothing changes."""
    kept = list(own[: own_count(candidates) if views else candidates])
    seen = set(kept)
    lists = [iter(each) for each in (own[len(kept) :], *views)]
    while lists and len(kept) < candidates:
        for each in list(lists):
            found = next((one for one in each if one not in seen), None)
            if found is None:
                lists.remove(each)
            elif len(kept) < candidates:
                kept.append(found)
                seen.add(found)
    return kept


def change_of(match: PairMatch | KeypointLines) -> str:
    """What was done to the query where the picture that it was matched with does not show it as it is."""
    return "mirrored" if match.mirrored else "inverted" if match.inverted else ""
