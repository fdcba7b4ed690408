"""One record: methods by protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Outcome, Protocol, Record
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.accuracy.record_page import OpenedRecord, RecordPage, summary_content
from revsearch_tui.tui.widgets.accuracy.findings import finding_content, findings_table
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.accuracy.tables import LEGEND, outcomes_under, overview, protocol_table, protocols_of
from revsearch_tui.tui.widgets.accuracy.views import Views

if TYPE_CHECKING:
    from revsearch_tui.core.groups.finding import Finding
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_FOOT = f"In percent, with 95 % intervals. {LEGEND}"
_FINDINGS = "findings"


class RecordScreen(RecordPage):
    """The figures: an overview of all protocols, and each protocol with all its metrics."""

    BINDINGS = keymap.bindings(keymap.RECORD)

    def __init__(self, home: IndexingScreen, record: Record) -> None:
        super().__init__(home, "Accuracy", record.name)
        self.record = record
        self._opened = OpenedRecord(home.workspace.folders, record)
        self.views = ("overview", *protocols_of(record), *([_FINDINGS] if record.findings else []))

    def compose_body(self) -> ComposeResult:
        yield Static(summary_content(self.record), id="record-summary", classes="page-foot", markup=False)
        yield Views()
        yield SortTable(by_cell=True, id="figures")
        yield Static(_FOOT, id="record-foot", classes="page-foot", markup=False)

    @property
    def table(self) -> SortTable:
        return self.query_one("#figures", SortTable)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.RECORD, self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.show_view(self.views[0])
        self.table.move_cursor(column=1)
        self.table.focus()

    def show_view(self, view: str) -> None:
        """`overview`, the name of a protocol, or `findings`: what makes figures wrong."""
        super().show_view(view)
        self.query_one(Views).show(self.views, view)
        self.table.border_title = "Methods" if view != _FINDINGS else "Pictures that make figures wrong"
        self.table.border_subtitle = ""
        if view == "overview":
            columns, rows = overview(self.record)
        elif view == _FINDINGS:
            columns, rows = findings_table(self.record.findings)
            counts = self.record.data.get("checked", {})
            found = [
                f"{counts.get(kind, 0):,} of {kind}"
                for kind in dict.fromkeys(each.kind for each in self.record.findings)
            ]
            self.table.border_subtitle = ", ".join(found)
        else:
            columns, rows = protocol_table(self.record, cast(Protocol, view))
        self.table.show(columns, rows)
        self._show_foot()

    def on_sort_table_moved(self) -> None:
        self._show_foot()

    def _show_foot(self) -> None:
        finding, foot = self._finding, self.query_one("#record-foot", Static)
        foot.update(_FOOT if finding is None else finding_content(finding, max(20, self.size.width - 2)))

    @property
    def _finding(self) -> Finding | None:
        """The one that the cursor is on."""
        key = self.table.row_key
        return self.record.findings[int(key)] if self.shown_view == _FINDINGS and key is not None else None

    @property
    def chosen(self) -> Outcome | None:
        """The outcome the cursor is on: of its line's method, under the protocol of the view or of its column."""
        place = self.table.column_key if self.shown_view == "overview" else self.shown_view
        found = [outcome for outcome in self.record.outcomes if outcome.method == self.table.row_key]
        return next((each for each in found if each.protocol == place), found[0] if found else None)

    def current_record(self) -> Record:
        return self.record

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "compare":
            return self.shown_view != _FINDINGS and len({outcome.method for outcome in self.record.outcomes}) > 1
        return super().check_action(action, parameters)

    def on_sort_table_chosen(self, _message: SortTable.Chosen) -> None:
        from revsearch_tui.tui.screens.accuracy.method import MethodScreen

        if self._finding is not None:
            from revsearch_tui.tui.screens.accuracy.findings import FindingScreen

            order = [int(row.key) for row in self.table.rows_shown]
            findings = [self.record.findings[place] for place in order]
            self.app.push_screen(FindingScreen(self.home, findings, self.table.cursor_row))
        elif self.chosen is not None:
            self.app.push_screen(MethodScreen(self.home, self._opened, self.chosen))

    def action_compare(self) -> None:
        from revsearch_tui.tui.screens.accuracy.versus import OtherDialog, VersusScreen

        first = self.chosen
        if first is None:
            return
        others = [each for each in outcomes_under(self.record, first.protocol) if each.method != first.method]
        if not others:
            self.app.notify(f"Only one method was measured under '{first.protocol}'.", severity="warning", markup=False)
            return

        def chosen(other: str | None) -> None:
            if other is not None:
                self.app.push_screen(VersusScreen(self.home, self._opened, first.protocol, first.method, other))

        self.app.push_screen(OtherDialog(first, others), chosen)
