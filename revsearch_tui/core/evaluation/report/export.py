"""Write a record to a file in one of several forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.files import new_file
from revsearch_tui.core.evaluation.codec import to_json
from revsearch_tui.core.evaluation.record import FORMAT, Answers, Record

Form: TypeAlias = Literal["md", "csv", "latex", "html", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
WITH_ANSWERS: tuple[Form, ...] = ("html", "json")
"""Forms that hold answers too."""
SUFFIXES: dict[str, Form] = {".md": "md", ".csv": "csv", ".tex": "latex", ".html": "html", ".json": "json"}


def export_text(record: Record, answers: Answers | None, form: Form) -> str:
    """The record in that form; `html` and `json` hold answers too, where they are given."""
    from revsearch_tui.core.evaluation.report import page, text

    if form == "md":
        return text.markdown(record)
    if form == "csv":
        return text.comma_separated(record)
    if form == "latex":
        return text.latex(record)
    if form == "html":
        return page.html_page(record, answers)
    document = {"format": FORMAT, "record": to_json(record)}
    return json.dumps(document | ({"answers": to_json(answers)} if answers else {}), indent=2) + "\n"


def form_of(path: Path) -> Form:
    """The form that a file's ending asks for. Raises `UsageError`."""
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"'{path}' does not tell the form: end the name with one of {', '.join(SUFFIXES)}; plots are in .html"
        )
    return form


def export_file(record: Record, answers: Answers | None, path: Path, form: Form | None = None) -> None:
    """Write the record to a file, whole or not at all, in the form its ending asks for. Raises `UsageError`."""
    data = export_text(record, answers, form or form_of(path)).encode("utf-8", "surrogateescape")
    with new_file(path) as file:
        file.write(data)
