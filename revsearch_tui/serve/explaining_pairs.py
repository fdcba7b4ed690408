"""Why two pictures match, where another program asks, answered at the desk of a collection."""

from __future__ import annotations

import base64
import io
from typing import Any

from revsearch_tui.api import UsageError
from revsearch_tui.core.search.explaining import Explained, explain_pair, explaining, verdict
from revsearch_tui.core.search.explanation_values import explanation_values, told_and_silent
from revsearch_tui.core.search.sources import QueryPicture, read_query
from revsearch_tui.core.search.start_search import fetch_limits
from revsearch_tui.serve.engines import Desk
from revsearch_tui.serve.requests import ExplainAsked, absolute


def explanation(desk: Desk, asked: ExplainAsked, picture: QueryPicture | None) -> dict[str, Any]:
    """What `explain --format json` gives, with the verdict and notes. `picture` is one that came with the request, and
    is the first. Raises `RevsearchError`."""
    if (picture is None) == (asked.first is None):
        raise UsageError("give the first of the two pictures: either 'first', its path, or a picture with the request")
    workspace, notes, named = desk.workspace, list[str](), bool(asked.methods)
    choices = workspace.choose_to_search(desk.collection, asked.methods, note=notes.append)
    choices = explaining(choices, named=named)
    limits = fetch_limits(workspace)
    first = picture or read_query(absolute(asked.first or ""), limits)
    second = read_query(absolute(asked.second), limits)
    parts: list[Explained] = []
    result = explain_pair(
        first,
        second,
        choices,
        workspace.registry.readers(),
        desk.control,
        any_orientation=asked.any_orientation,
        named=named,
        note=notes.append,
        told=parts.append,
        timeout_s=workspace.config.real("index.method_timeout_s"),
    )
    shown, silent = told_and_silent(parts, named=named)
    names, said = (first.name, second.name), verdict(result, parts)
    drawn = _drawn(shown, names, said) if asked.draw and shown else None
    values = explanation_values(names, result, shown, silent)
    return {**values, "verdict": said, "notes": list(dict.fromkeys(notes)), "drawing": drawn}


def _drawn(shown: list[Explained], names: tuple[str, str], said: str) -> str:
    """As `explain -o` draws it: a PNG in base64."""
    from revsearch_tui.core.search.explanation_drawing import page

    file = io.BytesIO()
    page(shown, names, said).save(file, "PNG")
    return base64.standard_b64encode(file.getvalue()).decode("ascii")
