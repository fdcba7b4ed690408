"""What to measure: data, methods, number of queries, protocols."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.record import PROTOCOLS
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.tui.files import is_there
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Form, field
from revsearch_tui.tui.text import shown_path
from revsearch_tui.tui.widgets.query.line import PathLine

_FIELDS = (
    ("methods", "Methods", "one or more, separated by commas"),
    ("queries", "Queries", "how many; empty: all of the test part"),
    ("protocols", "Protocols", f"{', '.join(PROTOCOLS)}; empty: what fits"),
    ("parts", "Parts", "split: the test part asks the rest; all: each picture asks all others"),
    ("name", "Name", "of the record; empty: that of the data"),
)


class EvaluationForm(Form[EvalRequest]):
    """Answers with what to measure, or None."""

    def __init__(self, loader: PictureLoader, data: str, methods: Sequence[str]) -> None:
        super().__init__("Measure methods")
        self._loader, self._data = loader, data
        self._values = {"methods": ", ".join(methods), "parts": "split"}

    def fields(self) -> ComposeResult:
        yield PathLine(
            self._loader,
            prompt="Data",
            placeholder="folder with a folder for each class, or NAME:PATH",
            folders_only=True,
            id="form-data",
        )
        for name, title, hint in _FIELDS:
            yield field(name, title, self._values.get(name, ""), hint)

    def on_mount(self) -> None:
        if self._data:
            self.query_one(PathLine).show(self._data)

    def answer(self) -> EvalRequest:
        data = self.query_one(PathLine).source
        if not data:
            raise UsageError("name a folder of pictures that has a folder for each class")
        if ":" not in data and not is_there(data):
            raise UsageError(f"there is no '{shown_path(data)}'")
        queries = self.text("queries")
        if queries and not (queries.isdecimal() and len(queries) < 10):
            raise UsageError(f"'{queries}' is no number of queries")
        return EvalRequest(
            data,
            self.names("methods"),
            queries=int(queries or 0),
            protocols=self.names("protocols"),  # type: ignore[arg-type]
            parts=self.text("parts") or "split",  # type: ignore[arg-type]
            name=self.text("name"),
        )
