"""What a classifier takes pictures for, read back from what is stored of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.core.search.results import QueryClass

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.search.opened import OpenedMethod
    from revsearch_tui.core.search.ranking import Query


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


def _best(opened: OpenedMethod, roots: npt.NDArray[Any]) -> tuple[str, float]:
    """Class and probability of (classes,) square roots of probabilities, which is what is stored."""
    best = int(np.argmax(roots))
    return str(opened.method.classes[best]), float(np.square(roots[best], dtype=np.float64))
