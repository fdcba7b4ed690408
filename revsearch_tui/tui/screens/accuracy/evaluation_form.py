"""What to measure: data, methods, number of queries, protocols."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.record import PROTOCOLS
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.dialog import STYLES
from revsearch_tui.tui.text import shown_path
from revsearch_tui.tui.widgets.query.line import PathLine

_FIELDS = (
    ("methods", "Methods", "one or more, separated by commas"),
    ("queries", "Queries", "how many; empty: all of the test part"),
    ("protocols", "Protocols", f"{', '.join(PROTOCOLS)}; empty: what fits"),
    ("parts", "Parts", "split: the test part asks the rest; all: each picture asks all others"),
    ("name", "Name", "of the record; empty: that of the data"),
)


class EvaluationForm(ModalScreen[EvalRequest]):
    """Answers with what to measure, or None."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.FORM)

    def __init__(self, loader: PictureLoader, data: str, methods: Sequence[str]) -> None:
        super().__init__(classes="form")
        self._loader, self._data = loader, data
        self._values = {"methods": ", ".join(methods), "parts": "split"}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Measure methods"
            box.border_subtitle = "enter starts · esc back"
            yield PathLine(
                self._loader,
                prompt="Data",
                placeholder="folder with a folder for each class, or NAME:PATH",
                folders_only=True,
                id="form-data",
            )
            for name, title, hint in _FIELDS:
                with Horizontal(classes="form-line"):
                    yield Static(title, classes="prompt")
                    yield Input(self._values.get(name, ""), placeholder=hint, id=f"form-{name}", compact=True)
            yield Static("", id="form-problem", markup=False)
            with Horizontal(classes="form-line"):
                yield Button("Start", id="form-start", variant="primary", compact=True)
                yield Button("Back", id="form-back", compact=True)

    def on_mount(self) -> None:
        line = self.query_one(PathLine)
        if self._data:
            line.show(self._data)
        line.input.focus()

    def on_path_line_submitted(self, event: PathLine.Submitted) -> None:
        event.stop()
        self._start()

    def on_path_line_left(self, event: PathLine.Left) -> None:
        event.stop()
        self.action_close()

    def on_input_submitted(self) -> None:
        self._start()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "form-start":
            self._start()
        else:
            self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

    def _start(self) -> None:
        try:
            self.dismiss(self._request())
        except UsageError as error:
            self.query_one("#form-problem", Static).update(f"{str(error)[:1].upper()}{str(error)[1:]}.")

    def _request(self) -> EvalRequest:
        """Raises `UsageError`."""
        data = self.query_one(PathLine).source
        if not data:
            raise UsageError("name a folder of pictures that has a folder for each class")
        if ":" not in data and not Path(data).exists():
            raise UsageError(f"there is no '{shown_path(data)}'")
        queries = self._text("queries")
        if queries and not queries.isdecimal():
            raise UsageError(f"'{queries}' is no number of queries")
        return EvalRequest(
            data,
            self._list("methods"),
            queries=int(queries or 0),
            protocols=self._list("protocols"),  # type: ignore[arg-type]
            parts=self._text("parts") or "split",  # type: ignore[arg-type]
            name=self._text("name"),
        )

    def _text(self, name: str) -> str:
        return self.query_one(f"#form-{name}", Input).value.strip()

    def _list(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self._text(name).split(",") if part.strip())
