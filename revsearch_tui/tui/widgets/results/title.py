"""The lines above and below the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from revsearch_tui.tui.text import class_text, shown

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import SearchResult


def results_title(result: SearchResult) -> Content:
    """How many hits there are and, from a classifier, what it takes the query for."""
    text = f"Results · {len(result.hits):,} of {result.gallery:,}"
    classes = dict.fromkeys(class_text(told.label, told.confidence) for told in result.query_classes)
    return Content(f"{text} · query: {', '.join(classes)}" if classes else text)


def answered_by(result: SearchResult) -> str:
    """The method that answered, or those whose answers were made one."""
    fused = dict.fromkeys(shown(part.method) for hit in result.hits for part in hit.fused)
    return f"fused: {' + '.join(fused)}" if fused else shown(result.method)
