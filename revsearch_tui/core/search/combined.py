"""Queries of words, and of several parts: which methods can answer them, what these make of them, and how names of
files and folders lift what was found.

Parts are unit vectors that are added, or subtracted (Mikolov et al., Linguistic regularities in continuous space word
representations, NAACL 2013), each method in its own space.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import MethodUnavailableError, UsageError
from revsearch_tui.core.methods.embedding import embed_pictures, embed_words
from revsearch_tui.core.search.ranking import Query, Ranked
from revsearch_tui.core.search.scores import score_of
from revsearch_tui.core.search.sources import StoredPicture
from revsearch_tui.core.search.stored import is_classifier, knows_names, stored_query

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.search.question import CombinedQuery
    from revsearch_tui.core.search.results import Hit, SearchRequest
    from revsearch_tui.core.search.sources import QueryPicture

_SAMPLE = 1000
_LIFT = 0.3
"""How far a picture whose names hold all words is lifted, from where the collection is on average to its best hit."""
_MOST_NAMED = 1000
"""Pictures whose names hold words; of more, those that hold most of them."""
_TOLD = 5


def able(request: SearchRequest, query: CombinedQuery, collection: str) -> list[MethodChoice]:
    """Those of the request's methods that can answer. Raises `MethodUnavailableError` where none can, and `UsageError`
    for what such a query cannot have."""
    if request.crop is not None or request.any_orientation:
        what = "a part" if request.crop is not None else "the orientations"
        raise UsageError(f"{what} of a picture can be searched for alone, not of {query.name}")
    if query.has_words:
        found = [choice for choice in request.methods if choice.info.takes_text]
    else:
        found = [c for c in request.methods if c.info.metric == "cosine" and c.info.shape != "local"]
    if not found:
        raise MethodUnavailableError(_none_can(request, "words" if query.has_words else "several pictures", collection))
    return found


def none_takes_words(request: SearchRequest, collection: str) -> MethodUnavailableError:
    """The error where methods might have taken words, but none does with its model."""
    return MethodUnavailableError(_none_can(request, "words", collection))


def _none_can(request: SearchRequest, what: str, collection: str) -> str:
    labels = ", ".join(f"'{choice.label}'" for choice in request.methods)
    verb = "cannot search" if len(request.methods) > 1 else "does not search"
    return (
        f"{labels} {verb} for {what}; index the collection by a method that does, such as efficientnet: "
        f"revsearch index -c {collection} -m efficientnet"
    )


def takes_words(opened: OpenedMethod) -> bool:
    """Whether the loaded method takes words: its model may decide."""
    return opened.choice.info.takes_text and bool(getattr(opened.method, "takes_text", True))


def made_query(
    opened: OpenedMethod, query: CombinedQuery, seen: Callable[[QueryPicture], Picture]
) -> tuple[Query, list[str]]:
    """What a method makes of a query, and the words that say nothing to it. The embedding is one of zeros where nothing
    does, or where parts cancel out. `seen` gives what the method gets to see of a picture."""
    dim = opened.exact.journal.dim
    total, unknown = np.zeros(dim, np.float64), []
    for term in query.terms:
        if term.picture is None:
            row = embed_words(opened.choice, opened.method, dim, term.text)
            if not row.any():
                unknown.append(term.text)
        elif isinstance(term.picture, StoredPicture):
            row = stored_query(opened, term.picture).embeddings[0]
        elif (known := opened.exact.embedding(hashlib.sha256(term.picture.data).digest())) is not None:
            row = known
        else:
            row = embed_pictures(opened.choice, opened.method, dim, [seen(term.picture)])[0][0]
        total += term.sign * term.share * _unit(row)
    return Query(None, _unit(total).astype(np.float32)[None]), unknown


def names_of(opened: OpenedMethod, text: str) -> list[str]:
    """The names, or classes, that a method looks for a text by, what counts most first; none where it has none."""
    if knows_names(opened):
        return list(opened.method.names_of(text))
    if not is_classifier(opened):
        return []
    row = embed_words(opened.choice, opened.method, opened.exact.journal.dim, text)
    return [str(opened.method.classes[place]) for place in np.argsort(-row, kind="stable") if row[place] > 0]


def _unit(row: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    wide = np.asarray(row, np.float64)
    length = float(np.linalg.norm(wide))
    return wide / length if length > 1e-6 else np.zeros_like(wide)


def named_rows(opened: OpenedMethod, query: Query, named: Mapping[bytes, set[str]]) -> list[Ranked]:
    """Pictures whose names hold words, as the method ranks them: those with most words, and no more than some."""
    order = sorted(named, key=lambda image_id: (-len(named[image_id]), image_id))[:_MOST_NAMED]
    journal, rows = opened.exact.journal, []
    for image_id in order:
        stored = opened.exact.embedding(image_id)
        if stored is not None:
            distance = float(1 - stored @ query.embeddings[0])
            score, raw, unit = score_of(opened.choice.info, journal.metric, journal.dim, distance)
            rows.append(Ranked(image_id, score, raw, unit, None, True, 0))
    return rows


def lifted(opened: OpenedMethod, query: Query, hits: Sequence[Hit], shares: Mapping[str, float], k: int) -> list[Hit]:
    """The k best hits, those lifted whose names hold a share of the words, 0..1 by image id. What a score gains is a
    part of what lies between the best hit and the collection's mean; the raw value stays."""
    best = max((hit.raw for hit in hits), default=0.0)
    sample = opened.exact.sample(_SAMPLE)
    usual = float(np.mean(sample @ query.embeddings[0])) if len(sample) else 0.0
    reach = _LIFT * max(0.0, best - usual) if query.embeddings.any() else _LIFT
    scored = [replace(hit, score=min(1.0, hit.score + reach * shares.get(hit.image_id, 0.0))) for hit in hits]
    scored.sort(key=lambda hit: (-hit.score, hit.image_id))
    return [replace(hit, rank=rank) for rank, hit in enumerate(scored[:k], start=1)]


def with_reasons(hits: Sequence[Hit], taken_for: Sequence[str], named: Mapping[bytes, set[str]]) -> list[Hit]:
    """The hits with what speaks for each: a class that the words were taken for, words in its names."""
    wanted = set(taken_for)
    return [
        replace(hit, why=(*hit.why, *_reasons(hit, wanted, named.get(bytes.fromhex(hit.image_id), set()))))
        for hit in hits
    ]


def _reasons(hit: Hit, wanted: set[str], words: set[str]) -> tuple[str, ...]:
    found = [f"class {hit.label}"] if hit.label in wanted else []
    return (*found, *(f"name {word}" for word in sorted(words)))


def unknown_note(opened: OpenedMethod, words: Sequence[str]) -> list[str]:
    """The note for words that say nothing to a method."""
    told = ", ".join(f'"{text}"' for text in words[:_TOLD])
    return [f"{told} says nothing to '{opened.choice.label}', which knows other words"] if words else []
