"""What users said of a query and other pictures, kept to: no match is no hit, a match comes after the same file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from revsearch_tui.core.search.results import MATCH
from revsearch_tui.core.search.sources import StoredPicture

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.search.ranking import Query, Ranked
    from revsearch_tui.core.search.results import Hit, SearchRequest
    from revsearch_tui.core.search.sources import QueryPicture
    from revsearch_tui.core.storage.judgements import Judgements

    Mask: TypeAlias = npt.NDArray[np.bool_] | None
    Rank: TypeAlias = Callable[[OpenedMethod, Query, SearchRequest, int, Mask], list[tuple[Ranked, Hit]]]
    """As `SearchEngine.rank`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Image ids that were judged a match, or no match, of what is searched for."""

    matches: frozenset[bytes] = frozenset()
    refused: frozenset[bytes] = frozenset()


def judged_of(judgements: Judgements, image_id: bytes | None) -> Judged:
    """What was said of a query; of a part of a picture nothing is known. Raises `StorageError`."""
    said = judgements.of(image_id) if image_id is not None else {}
    matches = frozenset(other for other, verdict in said.items() if verdict == "match")
    return Judged(matches, frozenset(said.keys() - matches))


def image_id_of(picture: QueryPicture | StoredPicture) -> bytes:
    """The picture's own."""
    return picture.image_id if isinstance(picture, StoredPicture) else hashlib.sha256(picture.data).digest()


def judged_of_any(judgements: Judgements, ids: Collection[bytes], *, has_words: bool) -> Judged:
    """What was said of one of several pictures that are looked for together; no match of one is none of them. Beside
    words nothing is a match, for that was said without them. Raises `StorageError`."""
    said = [judged_of(judgements, each) for each in ids]
    refused = frozenset[bytes]().union(*(each.refused for each in said)).difference(ids)
    matches = frozenset[bytes]().union(*(each.matches for each in said)).difference(ids, refused)
    return Judged(frozenset() if has_words else matches, refused)


def rank_judged(
    rank: Rank,
    opened: OpenedMethod,
    query: Query,
    request: SearchRequest,
    k: int,
    mask: Mask,
    judged: Judged,
) -> tuple[list[tuple[Ranked, Hit]], set[bytes]]:
    """The k best by one method without those that were refused, and matches wherever they are; and which were left
    out."""
    ranked = rank(opened, query, request, k + len(judged.refused), mask)
    left_out = {row.image_id for row, _ in ranked} & judged.refused
    missing = set(judged.matches) - {row.image_id for row, _ in ranked}
    kept = [pair for pair in ranked if pair[0].image_id not in left_out][:k]
    if missing:
        pinned = opened.exact.mask(missing)
        pinned = pinned if mask is None else pinned & mask
        if pinned.any():
            kept += rank(opened, query, replace(request, exactness="exact"), len(missing), pinned)
    return [(row, replace(hit, rank=place)) for place, (row, hit) in enumerate(kept, start=1)], left_out


def matches_first(hits: Sequence[Hit], image_id: bytes | None, judged: Judged, k: int) -> list[Hit]:
    """The first k hits, matches right after the same file; they say why."""
    if not judged.matches:
        return list(hits[:k])
    itself = image_id.hex() if image_id is not None else ""
    matches = {each.hex() for each in judged.matches}
    order = sorted(hits, key=lambda hit: (hit.image_id != itself, hit.image_id not in matches))
    return [
        replace(hit, rank=rank, why=(*hit.why, MATCH) if hit.image_id in matches else hit.why)
        for rank, hit in enumerate(order[:k], start=1)
    ]


def left_out_note(count: int, collection: str) -> list[str]:
    """The note for pictures that would be hits; none where there are none."""
    what = "1 picture is" if count == 1 else f"{count:,} pictures are"
    return [f"{what} left out as judged no match; see: revsearch judgements -c {collection}"] if count else []
