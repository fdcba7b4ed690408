"""Search for words, or for several pictures and words together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from revsearch_tui.core.search.combined import (
    able,
    lifted,
    made_query,
    named_rows,
    names_of,
    none_takes_words,
    takes_words,
    unknown_note,
    with_reasons,
)
from revsearch_tui.core.search.fusion import fuse
from revsearch_tui.core.search.judged import image_id_of, judged_of_any, left_out_note, matches_first, rank_judged
from revsearch_tui.core.search.one_query import finished, unless_named
from revsearch_tui.core.search.path_words import found_in_names, words_of
from revsearch_tui.core.search.pictures_within import with_pictures_within
from revsearch_tui.core.search.question import CombinedQuery
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import StoredPicture
from revsearch_tui.core.search.stored import knows_names, searched_by_what_is_stored, with_names
from revsearch_tui.core.search.weighing import DEPTH

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.search.ranking import Ranked
    from revsearch_tui.core.search.results import Hit, SearchRequest
    from revsearch_tui.core.search.sources import QueryPicture


def search_any(
    engine: SearchEngine,
    query: QueryPicture | StoredPicture | CombinedQuery,
    request: SearchRequest,
    first: Callable[[SearchResult], object] | None = None,
) -> SearchResult:
    """The answer to a query of whatever kind; that to one picture is told to `first` in part, as by
    `SearchEngine.search`, and raises as that does."""
    if isinstance(query, CombinedQuery):
        return _search_combined(engine, query, request)
    whole = engine.search([query], request, first)[0]
    return whole if isinstance(query, StoredPicture) else with_pictures_within(engine, query, request, whole)


def _search_combined(engine: SearchEngine, query: CombinedQuery, request: SearchRequest) -> SearchResult:
    """By the methods that can. Words in the names of files and folders lift what is found, and are found themselves."""
    started = time.monotonic()
    opened, left_out = engine.opened_for(able(request, query, engine.collection.name), request)
    if query.has_words:
        opened = [method for method in opened if takes_words(method)]
    if not opened:
        raise none_takes_words(request, engine.collection.name)
    gone = [term.picture for term in query.terms if isinstance(term.picture, StoredPicture)]
    notes = [*engine.unfinished(opened), *left_out, *map(searched_by_what_is_stored, gone)]
    words = words_of(query.wanted_words)
    named = found_in_names(engine.catalog.files(), engine.collection.roots, words)
    wanted = [term for term in query.terms if term.sign > 0]
    ids = [image_id_of(term.picture) for term in wanted if term.picture is not None]
    judged = judged_of_any(engine.judgements, ids, has_words=query.has_words)
    named = {image_id: found for image_id, found in named.items() if image_id not in judged.refused}
    left_out_ids: set[bytes] = set()
    say = sum(bool(term.text) for term in wanted) / len(wanted)  # beside a picture, names have less of one
    shares = {image_id.hex(): say * len(found) / len(words) for image_id, found in named.items()}
    depth = request.k if len(opened) == 1 else max(request.k, DEPTH)
    rankings: list[list[Hit]] = []
    taken_for: dict[str, None] = {}
    for number, (method, mask) in enumerate(zip(opened, engine.masks(opened, request), strict=True), start=1):
        with unless_named(request, rankings or number < len(opened), notes):

            def seen(picture: QueryPicture, method: OpenedMethod = method) -> Picture:
                return engine.seen(method, picture)

            made, unknown = made_query(method, query, seen)
            ranked: list[tuple[Ranked, Hit]] = []
            refused: set[bytes] = set()
            if made.embeddings.any():
                ranked, refused = rank_judged(engine.rank, method, made, request, depth, mask, judged)
            left_out_ids |= refused
            found = [hit for _, hit in ranked]
            there = {hit.image_id for hit in found}
            more = named_rows(method, made, _within(method, named, mask))
            unseen = [row for row in more if row.image_id.hex() not in there]
            found += [hit for _, hit in engine.hits_of(method, unseen)]
            rankings.append(lifted(method, made, found, shares, depth + len(judged.matches)))
            notes += [line for line in (method.trouble, method.store_trouble) if line]
            notes += unknown_note(method, unknown)
            if query.wanted_words:
                taken_for.update(dict.fromkeys(names_of(method, query.wanted_words)))
    notes += left_out_note(len(left_out_ids), engine.collection.name)
    most = sum(map(len, rankings))  # a match may be anywhere
    hits = rankings[0] if len(rankings) == 1 else fuse(rankings, most, "ranks", request.weights)
    hits = matches_first(hits, ids[0] if ids else None, judged, request.k)
    hits = with_names(hits, [method for method in opened if knows_names(method)])
    return SearchResult(
        query=query.name,
        method=opened[0].choice.label if len(opened) == 1 else "fused",
        hits=finished(with_reasons(hits, tuple(taken_for), named), request),
        seconds=time.monotonic() - started,
        gallery=max(method.exact.rows for method in opened),
        notes=tuple(dict.fromkeys(notes)),
        taken_for=tuple(taken_for),
        left_out=len(left_out_ids),
    )


def _within(
    opened: OpenedMethod, named: Mapping[bytes, set[str]], mask: npt.NDArray[np.bool_] | None
) -> Mapping[bytes, set[str]]:
    """Those of the pictures that pass the path filters."""
    if mask is None:
        return named
    return {
        image_id: words
        for image_id, words in named.items()
        if (row := opened.exact.row_of(image_id)) is not None and mask[row]
    }
