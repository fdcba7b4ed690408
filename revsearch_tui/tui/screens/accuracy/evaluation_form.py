"""What to measure: data, methods, number of queries, protocols."""

from __future__ import annotations

from collections.abc import Sequence

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.record import PROTOCOLS
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.tui.files import is_there
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import shown_path


class EvaluationForm(Form[EvalRequest]):
    """Answers with what to measure, or None."""

    def __init__(self, loader: PictureLoader, data: str, methods: Sequence[str]) -> None:
        fields = (
            Field("data", "Data", data, "folder with a folder for each class, or NAME:PATH", loader=loader),
            Field("methods", "Methods", ", ".join(methods), "one or more, separated by commas"),
            Field("queries", "Queries", hint="how many; empty: all of the test part"),
            Field("protocols", "Protocols", hint=f"{', '.join(PROTOCOLS)}; empty: what fits"),
            Field("parts", "Parts", "split", "split: the test part asks the rest; all: each picture asks all others"),
            Field("name", "Name", hint="of the record; empty: that of the data"),
        )
        super().__init__("Measure methods", fields)

    def answer(self) -> EvalRequest:
        data = self.folder("data")
        if not data:
            raise UsageError("name a folder of pictures that has a folder for each class")
        if ":" not in data and not is_there(data):
            raise UsageError(f"there is no '{shown_path(data)}'")
        return EvalRequest(
            data,
            self.names("methods"),
            queries=self.number("queries", 0, "number of queries"),
            protocols=self.names("protocols"),  # type: ignore[arg-type]
            parts=self.text("parts") or "split",  # type: ignore[arg-type]
            name=self.text("name"),
        )
