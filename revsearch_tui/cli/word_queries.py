"""What `revsearch search` is asked, as questions, and what it says of those in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revsearch_tui.api import UsageError
from revsearch_tui.core.search.question import Part, Question, checked, parse_question, with_feedback, with_words
from revsearch_tui.core.search.results import SearchResult

_TOLD = 5


def asked_questions(
    queries: Sequence[str], source: str | None, text: str | None, judged: Question = ()
) -> tuple[Iterator[Question | UsageError], int | None]:
    """The questions in order, those that cannot be understood as the error they are, and how many there are, None where
    a list `source` tells. A name in a list is a picture, whatever it looks like; `text` is added to each question, or
    is the only one, and so are the pictures that were `judged` alike or not. Raises `UsageError` for such a text that
    cannot be searched for."""
    if text is not None:
        checked([Part(text=text.strip())])
    if text is not None and not queries and source is None:
        return iter([with_feedback(with_words((), text), judged)]), 1
    return _questions(queries, source, text, judged), len(queries) if source is None else None


def _questions(
    queries: Sequence[str], source: str | None, text: str | None, judged: Question
) -> Iterator[Question | UsageError]:
    from revsearch_tui.core.search.sources import listed_queries

    for query in queries:
        try:
            yield with_feedback(with_words(parse_question(query), text), judged)
        except UsageError as error:
            yield error
    if source is not None:
        for name in listed_queries(source):
            yield with_feedback(with_words((Part(source=name),), text), judged)


def said_of_words(result: SearchResult) -> list[str]:
    """A line that tells what the words of a query were looked for by; none where nothing is known of that."""
    if not result.taken_for:
        return []
    names = list(result.taken_for[:_TOLD])
    more = len(result.taken_for) - len(names)
    return [f"{result.query}: looked for as {', '.join(names)}{f' and {more} more' if more else ''}"]
