"""Which guesses at what a query is are worth telling."""

from __future__ import annotations

import pytest

from revsearch_tui.core.search.results import QueryClass, SearchResult

LIKELY, DOUBTFUL, UNKNOWN = (
    QueryClass("a", "beach", 0.8),
    QueryClass("b", "solar dish", 0.22),
    QueryClass("c", "x", None),
)


@pytest.mark.parametrize(("method", "told"), [("fused", (LIKELY, UNKNOWN)), ("b", (LIKELY, DOUBTFUL, UNKNOWN))])
def test_of_several_methods_what_is_more_likely_than_not(method: str, told: tuple[QueryClass, ...]) -> None:
    result = SearchResult("q.png", method, (), 0.1, 10, query_classes=(LIKELY, DOUBTFUL, UNKNOWN))
    assert result.likely_classes == told
