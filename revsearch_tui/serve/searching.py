"""A search that another program asks for, answered at the desk of its collection."""

from __future__ import annotations

from typing import Any

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.robustness.advice import advice_for_copies, only_copies
from revsearch_tui.core.search.question import Part, checked, read_question
from revsearch_tui.core.search.result_values import result_values
from revsearch_tui.core.search.sources import QueryPicture, StoredPicture
from revsearch_tui.core.search.start_search import fetch_limits, search_request
from revsearch_tui.serve.engines import Desk
from revsearch_tui.serve.requests import SearchAsked, absolute, absolute_folders


def answer(desk: Desk, asked: SearchAsked, picture: QueryPicture | None) -> dict[str, Any]:
    """What `search --format json` gives of one query, with notes. `picture` is one that came with the request. Raises
    `RevsearchError`."""
    parts = _parts(asked, picture)
    is_picture_alone = len(parts) == 1 and bool(parts[0].source)
    if asked.copies and not is_picture_alone:
        raise UsageError("copies are looked for of one picture alone; leave out the words, or 'copies'")
    workspace, notes = desk.workspace, list[str]()
    choices = workspace.choose_to_search(desk.collection, asked.methods, note=notes.append)
    request = search_request(
        workspace,
        choices,
        k=asked.k,
        min_score=asked.min_score,
        crop=asked.crop,
        any_orientation=asked.any_orientation,
        under=absolute_folders(asked.under),
        glob=tuple(asked.glob),
        named=bool(asked.methods),
    )
    advice = advice_for_copies(desk.collection, choices, asked.any_orientation) if asked.copies else None
    engine = desk.engine(choices)
    from revsearch_tui.core.search.word_search import search_any

    def read(source: str) -> QueryPicture | StoredPicture:
        return picture or engine.read(source, fetch_limits(workspace), desk.control)

    result = search_any(engine, read_question(parts, read), request)
    if asked.copies:
        result = only_copies(result, advice)
    notes += [*desk.notes, *result.notes]
    desk.notes.clear()
    return {**result_values(result), "notes": list(dict.fromkeys(notes))}


def _parts(asked: SearchAsked, picture: QueryPicture | None) -> tuple[Part, ...]:
    """The picture and the words. Raises `UsageError`."""
    if picture is not None and asked.path is not None:
        raise UsageError("give a picture or the path of one, not both")
    parts = []
    if picture is not None:
        parts.append(Part(source=picture.name or "picture"))
    elif asked.path is not None:
        parts.append(Part(source=absolute(asked.path)))
    if asked.text is not None:
        parts.append(Part(text=asked.text.strip()))
    if not parts:
        raise UsageError("give something to search for: the path of a picture, a picture, or words")
    return checked(parts)
