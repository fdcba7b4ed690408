"""One query answered: each method is asked in turn, and what they find is made one ranking."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import Control, IndexMissingError, MethodUnavailableError, RegionInfo, StorageError
from revsearch_tui.core.images.decoded_picture import frozen
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.search.hit_files import HitPictures, PathFilter, with_files
from revsearch_tui.core.search.judged import judged_of, left_out_note, matches_first, rank_judged
from revsearch_tui.core.search.near_equals import MOST as AS_LIKELY
from revsearch_tui.core.search.near_equals import Looking
from revsearch_tui.core.search.ranking import Query, too_plain, turned
from revsearch_tui.core.search.results import FIRST_LOOK, Hit, QueryClass, SearchRequest, SearchResult
from revsearch_tui.core.search.same_pixels import seen_by_pixels
from revsearch_tui.core.search.sources import QueryPicture, StoredPicture, query_pixels
from revsearch_tui.core.search.stored import (
    NotStoredError,
    check_needs_no_pixels,
    knows_names,
    query_class,
    query_name,
    searched_by_what_is_stored,
    stored_query,
    with_names,
)
from revsearch_tui.core.search.weighing import DEPTH, Answer

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.images.pool import DecodePool
    from revsearch_tui.core.methods.regions import Regions
    from revsearch_tui.core.search.fusion_rules import Fuser
    from revsearch_tui.core.search.judged import Rank
    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.storage.judgements import Judgements


_SMALLER = {2: "at half its size", 3: "at a third of its size"}
"""Where nothing is found that is the same: of a part of a page, of a table or of a terminal the strongest keypoints are
within the letters, of the whole they are the letters and words. What is found so says it."""
_CROWDED = 250
"""Keypoints from which a query has such details."""
_FEW = 40
"""Pictures that are verified then: one that shows the same words is among the first, and most often there is none."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What it takes to answer: the collection's name and what was judged in it, what decodes, cuts out and fuses, and
    `rank`, which asks one method."""

    collection: str
    judgements: Judgements
    decoder: DecodePool
    regions: Regions
    fuser: Fuser
    rank: Rank
    control: Control


def answered(
    desk: Desk,
    query: QueryPicture | StoredPicture,
    request: SearchRequest,
    opened: Sequence[OpenedMethod],
    masks: Sequence[npt.NDArray[np.bool_] | None],
    left_out: Sequence[str],
    first: Callable[[SearchResult], object] | None,
) -> SearchResult:
    """The answer by these methods, whose `masks` restrict the rows; `left_out` are its first notes. Raises as
    `SearchEngine.search`, which says what `first` is."""
    started = time.monotonic()
    whole = request.crop is None
    notes = list(left_out)
    picture: Picture | None = None
    if isinstance(query, StoredPicture):
        check_needs_no_pixels(query, request)
        image_id: bytes | None = query.image_id
        notes.append(searched_by_what_is_stored(query))
    else:
        picture = query_pixels(desk.decoder, query, request.crop)
        image_id = hashlib.sha256(query.data).digest() if whole else None
    depth = request.k if len(opened) == 1 else max(request.k, DEPTH)
    judged, left_out_ids = judged_of(desk.judgements, image_id), set[bytes]()
    # One list for all methods that see the same part, so that those which share a network run it once.
    forms: dict[str, list[Picture]] = {}
    found: dict[int, tuple[Answer, list[Hit]]] = {}
    classes: list[QueryClass] = []
    pictures = HitPictures(desk.decoder)

    def ask(at: int, embedded: Query, k: int, request: SearchRequest = request) -> None:
        """What one method finds, at most k hits."""
        rows, refused = rank_judged(desk.rank, opened[at], embedded, request, k, masks[at], judged)
        left_out_ids.update(refused)
        answer = Answer(opened[at], embedded, {row.image_id: row.support for row, _ in rows})
        found[at] = answer, [hit for _, hit in rows]

    def made(k: int, *, is_last: bool = True) -> SearchResult:
        """The k first hits by the methods that were asked so far; only the last have what takes a while: names, and a
        look at the pixels of what is as likely."""
        answers, rankings = zip(*(found[at] for at in sorted(found)), strict=True)
        told, shown = list(notes), list(classes)
        most = sum(map(len, rankings)) if judged.matches else max(k, AS_LIKELY)  # a match may be anywhere
        hits = rankings[0] if len(answers) == 1 else desk.fuser.fuse(answers, rankings, most, request)
        if is_last and picture is not None and request.fusion == "evidence":
            hits = seen_by_pixels(hits, Looking(picture, answers, pictures, desk.control, image_id))
        hits = matches_first(hits, image_id, judged, k)
        told += left_out_note(len(left_out_ids), desk.collection)
        naming = [answer for answer in answers if is_last and knows_names(answer.opened)]
        with unless_named(request, True, told):
            if not shown:
                shown += [name for answer in naming if (name := query_name(answer.opened, answer.query))]
            hits = with_names(hits, [answer.opened for answer in naming])
        return SearchResult(
            query=query.name,
            method=answers[0].opened.choice.label if len(answers) == 1 else "fused",
            hits=finished(hits, request),
            seconds=time.monotonic() - started,
            gallery=max(method.exact.rows for method in opened),
            notes=tuple(told),
            query_classes=tuple(shown),
            image_id=image_id.hex() if image_id is not None else "",
            query_is_gone=picture is None,
            left_out=len(left_out_ids),
        )

    def seen_by(method: OpenedMethod) -> list[Picture]:
        """The query, in each orientation that is asked for, as a method gets to see it."""
        assert picture is not None
        region = method.choice.region if whole else None  # the user's own crop goes first
        form = forms.setdefault(region.name if region else "", [])
        if not form:
            form += turned(seen(desk.regions, method, picture, region), request.any_orientation)
        return form

    order = sorted(range(len(opened)), key=lambda at: first is not None and opened[at].is_local)
    # For a look few are found at first: to make a thousand rows hits takes longer than to find them.
    looks = first is not None and opened[order[-1]].is_local
    for number, at in enumerate(order, start=1):
        method = opened[at]
        if first is not None and found and method.is_local and not opened[order[number - 2]].is_local:
            first(made(min(request.k, FIRST_LOOK), is_last=False))
            desk.control.check()
            for other in list(found) if depth > DEPTH else ():
                with unless_named(request, True, notes):
                    ask(other, found.pop(other)[0].query, depth)
        with unless_named(request, found or number < len(opened), notes):
            if isinstance(query, StoredPicture):
                embedded = stored_query(method, query)
            else:
                embedded = embed_query(method, seen_by(method), image_id)
            ask(at, embedded, min(depth, DEPTH) if looks and not method.is_local else depth)
            notes += [line for line in (method.trouble, method.store_trouble, method.damaged_features()) if line]
            notes += too_plain(method, embedded)
            told = query_class(method, embedded)
            classes += [told] if told else []
    result = made(request.k)
    if picture is None or result.method != "fused" or request.fusion != "evidence":
        return result
    for less, size in _SMALLER.items():
        crowded = [at for at, (answer, _) in found.items() if _is_crowded(answer)]
        if not crowded or any(hit.is_same or hit.is_judged_match for hit in result.hits):
            break
        for at in crowded:
            desk.control.check()
            small = [_reduced(each, less) for each in seen_by(opened[at])]
            few = replace(request, candidates=min(request.candidates, _FEW))
            ask(at, embed_query(opened[at], small, image_id), depth, few)
        if not any(hit.verified for at in crowded for hit in found[at][1]):
            continue
        smaller = made(request.k)
        if any(hit.is_same for hit in smaller.hits):
            hits = [replace(hit, why=(*hit.why, size)) if hit.is_same else hit for hit in smaller.hits]
            return replace(smaller, hits=tuple(hits))
    return replace(result, seconds=time.monotonic() - started)


def _is_crowded(answer: Answer) -> bool:
    return answer.opened.is_local and any(len(each.keypoints) >= _CROWDED for each in answer.query.features)


def _reduced(picture: Picture, less: int) -> Picture:
    """The picture at one of so many parts of its size."""
    from PIL import Image

    return frozen(np.asarray(Image.fromarray(picture).reduce(less)))


def seen(regions: Regions, method: OpenedMethod, picture: Picture, region: RegionInfo | None) -> Picture:
    """The part of the query that a method gets to see."""
    if region is None:
        return picture
    part: Picture = method.method.run(lambda: regions.of([picture], region)[0])
    return part


@contextlib.contextmanager
def unless_named(request: SearchRequest, has_others: object, left_out: list[str]) -> Iterator[None]:
    """Has a method that does not work left out where nobody named it and there are others."""
    try:
        yield
    except (MethodUnavailableError, IndexMissingError, NotStoredError, StorageError) as error:
        if request.named or not has_others:
            raise
        left_out.append(f"left out: {error}")


def finished(hits: Sequence[Hit], request: SearchRequest) -> tuple[Hit, ...]:
    """Those above the least score, with their files as they are now."""
    wanted = PathFilter(request.under, request.glob)
    return tuple(with_files(hit, wanted) for hit in hits if request.min_score is None or hit.score >= request.min_score)


def embed_query(opened: OpenedMethod, pictures: Sequence[Picture], image_id: bytes | None) -> Query:
    """What a method makes of the orientations of one query. Raises `MethodUnavailableError`."""
    embeddings, features = embed_pictures(opened.choice, opened.method, opened.exact.journal.dim, pictures)
    return Query(image_id, embeddings, features)
