"""How a record was made."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.accuracy.summary import facts_content


class FactsDialog(Dialog[None]):
    """A page to read."""

    def __init__(self, record: Record) -> None:
        super().__init__(classes="help")
        self._record = record

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-box") as box:
            box.border_title = shown(self._record.name)
            box.border_subtitle = "j k scroll · esc back"
            yield Static(facts_content(self._record), markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
