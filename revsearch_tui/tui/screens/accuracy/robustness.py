"""A robustness record: how well methods find changed copies as a table of heat, and from which score on to trust
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Record, RobustnessCell, ThresholdAdvice, change_label
from revsearch_tui.core.evaluation.report.figure_text import estimate_text, percent_text
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.accuracy.record_page import RecordPage, summary_content
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.widgets.accuracy.heat import Heat, HeatTable
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.accuracy.tables import LEGEND, protocol_table
from revsearch_tui.tui.widgets.accuracy.views import Views

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_QUANTILES = 7
Part = tuple[str, str] | str


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


class RobustnessGrid:
    """Transformations at their strengths (rows) by methods (columns), the mean of all in the last row."""

    def __init__(self, cells: Sequence[RobustnessCell]) -> None:
        self._cells = {(cell.transformation, cell.strength, cell.method): cell for cell in cells}
        self._places = list(dict.fromkeys((cell.transformation, cell.strength) for cell in cells))
        self.methods = list(dict.fromkeys(cell.method for cell in cells))

    @property
    def rows(self) -> list[str]:
        """What was done to the pictures, line by line."""
        labels = [change_label(name, strength) for name, strength in self._places]
        return [*labels, "mean"] if labels else []

    def cell(self, row: int, column: int) -> RobustnessCell | None:
        """One method on one transformation; None where that was not measured."""
        if row >= len(self._places):
            return None
        return self._cells.get((*self._places[row], self.methods[column]))

    def mean(self, column: int) -> float:
        """The mean recall of a method over all that was measured."""
        values = [cell.recall.value for cell in self._cells.values() if cell.method == self.methods[column]]
        return sum(values) / len(values)

    def heat(self, row: int, column: int) -> Heat:
        """The recall in percent, green where it is high and red where it is low."""
        cell = self.cell(row, column)
        if cell is None and row < len(self._places):
            return Heat("–")
        value = cell.recall.value if cell is not None else self.mean(column)
        share = (value - 0.5) * 2 if value >= 0.5 else (0.5 - value) * 2
        return Heat(f"{100 * value:.1f}", share, "good" if value >= 0.5 else "bad")

    def text(self, row: int, column: int) -> str:
        """All that is known of a cell, in one line."""
        if not self.methods:
            return "Nothing was measured."
        cell = self.cell(row, column)
        if cell is None:
            if row < len(self._places):
                return "not measured"
            return f"{shown(self.methods[column])}: recall@1 {100 * self.mean(column):.1f} over all copies"
        text = (
            f"{shown(cell.method)} · {self.rows[row]}: {estimate_text('recall@1', cell.recall)} "
            f"of {count(cell.queries, 'query', 'queries')}"
        )
        if len(cell.true_scores) == len(cell.false_scores) == _QUANTILES:
            middle = _QUANTILES // 2
            text += f" · median score {cell.true_scores[middle]:.3f}, of others {cell.false_scores[middle]:.3f}"
        return text


def advice_content(record: Record) -> Content:
    """From which score on pairs are copies, method by method, and which method to use."""
    parts: list[Part] = []
    for advice in record.advice:
        parts += [
            (shown(advice.method), "bold"),
            "  copies from score ",
            (f"{advice.threshold:.3f}", "$text-success bold"),
            (f"  finds {100 * advice.found:.1f} % of copies · {_promise(advice)}\n", "$foreground-muted"),
        ]
    if record.recommended:
        parts += [("Recommended: ", "$foreground-muted"), (shown(record.recommended), "$text-success bold"), "\n"]
    return Content.assemble(*parts) if parts else Content.styled("No threshold was asked for.", "$foreground-muted")


def _promise(advice: ThresholdAdvice) -> str:
    """What was promised, and what was measured of it."""
    wrong = advice.shown_wrong
    allowed = percent_text(advice.wrong_rate)
    if wrong is None:  # the advice of an older program, about pairs
        return f"{percent_text(advice.measured_wrong_rate)} wrong pairs (allowed {allowed})"
    return (
        f"without a copy {percent_text(wrong.value)} of queries are shown any "
        f"({percent_text(wrong.low)} to {percent_text(wrong.high)}, allowed {allowed})"
    )
