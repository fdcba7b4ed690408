"""What is read back from what a collection has stored: a query whose file is gone, and what pictures are taken for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, UsageError
from revsearch_tui.core.search.ranking import Query
from revsearch_tui.core.search.results import Hit, QueryClass
from revsearch_tui.core.storage.journal.features import unpack_features

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.search.results import SearchRequest
    from revsearch_tui.core.search.sources import StoredPicture
    from revsearch_tui.core.storage.catalog.catalog import Catalog


class NotStoredError(UsageError):
    """A method has nothing stored of the picture."""


def known_as(catalog: Catalog, source: str) -> bytes | None:
    """The image id that a path had when it was indexed last; None for a path that is in no index."""
    path = os.path.abspath(os.path.expanduser(source))  # noqa: PTH100, PTH111 - leaves links and strange homes as they are
    folder, name = os.path.split(path)
    try:
        candidates = [path, os.path.join(os.path.realpath(folder), name)]  # noqa: PTH118 - beside split
        rows = [catalog.file(os.fsencode(candidate)) for candidate in dict.fromkeys(candidates)]
    except ValueError:  # a name that no file can have
        return None
    return next((row.image_id for row in rows if row is not None and row.image_id is not None), None)


def check_needs_no_pixels(query: StoredPicture, request: SearchRequest) -> None:
    """Raise `UsageError` where what is asked needs the picture itself."""
    needing = "a part of it" if request.crop is not None else "its other orientations"
    if request.crop is not None or request.any_orientation:
        raise UsageError(f"'{query.name}' is not there any more, and {needing} cannot be searched without the file")


def stored_query(opened: OpenedMethod, query: StoredPicture) -> Query:
    """What a method made of the picture when it was indexed. Raises `NotStoredError`."""
    embedding = opened.exact.embedding(query.image_id)
    blob = opened.blobs.get(query.image_id) if opened.blobs is not None else None
    if embedding is None or (opened.blobs is not None and blob is None):
        raise NotStoredError(
            f"'{query.name}' is not there any more, and '{opened.choice.label}' has nothing stored of it; "
            "give a file that is there"
        )
    features: tuple[Features, ...] = (unpack_features(blob),) if blob is not None else ()
    return Query(query.image_id, embedding[None], features)


def searched_by_what_is_stored(query: StoredPicture) -> str:
    """The note for such an answer."""
    return f"'{query.name}' is not there any more; searched by what is stored of it"


def is_classifier(opened: OpenedMethod) -> bool:
    """Whether the method tells classes."""
    return opened.choice.info.shape == "classifier"


def stored_class(opened: OpenedMethod, image_id: bytes) -> tuple[str, float | None]:
    """The most probable class of an indexed picture and its probability; an empty name for other methods."""
    if not is_classifier(opened):
        return "", None
    stored = opened.exact.embedding(image_id)
    return ("", None) if stored is None else _best(opened, stored)


def query_class(opened: OpenedMethod, query: Query) -> QueryClass | None:
    """What a classifier takes the query for, as it was given; None for other methods."""
    if not is_classifier(opened):
        return None
    return QueryClass(opened.choice.label, *_best(opened, query.embeddings[0]))


def knows_names(opened: OpenedMethod) -> bool:
    """Whether the loaded method has names for what it embedded: its model may decide."""
    return opened.choice.info.knows_names and bool(getattr(opened.method, "knows_names", True))


def query_name(opened: OpenedMethod, query: Query) -> QueryClass | None:
    """What a method that has names takes the query for, as it was given; None for other methods."""
    if not knows_names(opened):
        return None
    (name, confidence), *_ = opened.method.names(query.embeddings[:1])
    return QueryClass(opened.choice.label, name, confidence)


def with_names(hits: Sequence[Hit], methods: Sequence[OpenedMethod]) -> list[Hit]:
    """The hits, those that no classifier has named with the names that a method has for what is stored of them."""
    named = list(hits)
    for opened in methods:
        rows = {
            place: row
            for place, hit in enumerate(named)
            if not hit.label and (row := opened.exact.embedding(bytes.fromhex(hit.image_id))) is not None
        }
        if rows:
            names = opened.method.names(np.stack(list(rows.values())))
            for place, (name, confidence) in zip(rows, names, strict=True):
                named[place] = replace(named[place], label=name, confidence=confidence)
    return named


def _best(opened: OpenedMethod, roots: npt.NDArray[Any]) -> tuple[str, float]:
    """Class and probability of (classes,) square roots of probabilities, which is what is stored."""
    best = int(np.argmax(roots))
    return str(opened.method.classes[best]), float(np.square(roots[best], dtype=np.float64))
