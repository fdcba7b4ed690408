"""A robustness record: how well methods find changed copies, and from which score on to trust them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.accuracy.record_page import RecordPage
from revsearch_tui.tui.widgets.accuracy.heat import HeatTable
from revsearch_tui.tui.widgets.accuracy.robustness import RobustnessGrid, advice_content
from revsearch_tui.tui.widgets.accuracy.standing import LEGEND
from revsearch_tui.tui.widgets.accuracy.summary import summary_content
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.accuracy.tables import protocol_table
from revsearch_tui.tui.widgets.accuracy.views import Views

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen


class RobustnessScreen(RecordPage):
    """Transformations by methods as heat, and the advice below."""

    BINDINGS = keymap.bindings(keymap.RECORD[1:])
    views = ("copies", "methods")

    def __init__(self, home: IndexingScreen, record: Record) -> None:
        super().__init__(home, "Accuracy", record.name)
        self.record = record
        self.grid = RobustnessGrid(record.robustness)

    def compose_body(self) -> ComposeResult:
        yield Static(summary_content(self.record), classes="page-foot", markup=False)
        yield Views()
        yield HeatTable(leads_on=False, id="robustness")
        yield Static("", id="robustness-cell", classes="page-foot", markup=False)
        yield SortTable(by_cell=True, id="robustness-methods")
        yield Static(f"Mean over all copies. {LEGEND}", id="robustness-foot", classes="page-foot", markup=False)
        with VerticalScroll(id="robustness-advice", can_focus=False) as advice:
            advice.border_title = "From which score on pairs are copies"
            yield Static(advice_content(self.record), markup=False)

    @property
    def heat(self) -> HeatTable:
        return self.query_one(HeatTable)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        pane = self.heat if self.shown_view == "copies" else self.query_one(SortTable)
        return [(keymap.RECORD[1:], self), (keymap.TABLE, pane), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.heat.border_title = "recall@1 of the originals, in percent"
        self.heat.show(self.grid.rows, self.grid.methods, self.grid.heat, 5)
        methods = self.query_one(SortTable)
        methods.border_title = "Methods"
        methods.show(*protocol_table(self.record, "copies"))
        self.show_view("copies")

    def show_view(self, view: str) -> None:
        """`copies` or `methods`."""
        super().show_view(view)
        self.query_one(Views).show(self.views, view)
        for name in ("#robustness", "#robustness-cell"):
            self.query_one(name).display = view == "copies"
        for name in ("#robustness-methods", "#robustness-foot"):
            self.query_one(name).display = view == "methods"
        self.query_one("#robustness" if view == "copies" else "#robustness-methods").focus()

    def on_heat_table_moved(self, message: HeatTable.Moved) -> None:
        text = self.grid.text(message.row, message.column)
        self.query_one("#robustness-cell", Static).update(Content(text))

    def current_record(self) -> Record:
        return self.record
