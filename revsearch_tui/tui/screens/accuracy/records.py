"""The list of all records."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.tui import keymap
from revsearch_tui.tui.measuring_jobs import MeasuringOrder
from revsearch_tui.tui.screens.accuracy.measuring import JobPanel
from revsearch_tui.tui.screens.accuracy.record_page import RecordPage, summary_content
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.accuracy.tables import list_table

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.request import EvalRequest
    from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_EMPTY = (
    "Nothing was measured yet.\n\n"
    "n measures methods on a folder that has a folder of pictures for each class.\n"
    "r tells which methods find changed copies of pictures that are indexed.\n"
    "c looks through labelled pictures for copies and wrong labels."
)
_FIRST = "The first record appears here when it is done."


class Listing(NamedTuple):
    """The records that can be read, and a line for each other one."""

    records: tuple[Record, ...]
    problems: list[str]


class AccuracyScreen(RecordPage):
    """Every evaluation and robustness record, the newest first."""

    BINDINGS = keymap.bindings(keymap.ACCURACY, keymap.RECORD[1:])
    has_own_bar = True

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Accuracy")
        self.records: tuple[Record, ...] = ()
        self._wanted = ""

    def compose_body(self) -> ComposeResult:
        yield JobPanel()
        yield Static("reading …", id="records-empty", classes="page-empty", markup=False)
        yield SortTable(id="records")
        yield Static("", id="records-foot", classes="page-foot", markup=False)

    @property
    def table(self) -> SortTable:
        return self.query_one("#records", SortTable)

    def current_record(self) -> Record | None:
        """The one the cursor is on."""
        return next((record for record in self.records if record.id == self.table.row_key), None)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.ACCURACY, self), (keymap.RECORD[1:], self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.table.border_title = "Records"
        self.table.display = False
        self._show_failure()
        self.reread()

    # Reading

    def reread(self, wanted: str = "") -> None:
        """Read the records anew and put the cursor on one."""
        self._wanted = wanted or self._wanted
        self.fetch("records", self._read, rows=not self.records)

    def _read(self) -> object:
        from revsearch_tui.core.evaluation.records import list_records

        problems: list[str] = []
        return Listing(tuple(list_records(self.workspace.folders, problems.append)), problems)

    def fetched(self, message: Fetched) -> None:
        if message.value is None:
            self.query_one("#records-empty", Static).update(shown(message.problem))
            return
        assert isinstance(message.value, Listing)
        self.records, problems = message.value
        for problem in problems:
            self.app.notify(shown(problem), severity="warning", markup=False, timeout=10)
        self._show_empty()
        for name, display in (("#records-empty", not self.records), ("#records", bool(self.records))):
            self.query_one(name).display = display
        self.table.show(*list_table(self.records, self.size.width))
        self.table.border_subtitle = count(len(self.records), "record")
        self.table.go_to(self._wanted)
        self._wanted = ""
        if self.records and self.is_current and self.focused is None:
            self.table.focus()
        self._show_foot()
        self.refresh_bindings()

    def on_resize(self) -> None:
        if self.records:
            self.table.show(*list_table(self.records, self.size.width))

    def job_over(self, made: str) -> None:
        self._show_failure()
        self.reread(made)

    def _show_empty(self) -> None:
        """What stands there while there is no record."""
        self.query_one("#records-empty", Static).update(_FIRST if self._is_measuring else _EMPTY)

    @property
    def _is_measuring(self) -> bool:
        return self.home.jobs.is_running and isinstance(self.home.jobs.order, MeasuringOrder)

    def _show_failure(self) -> None:
        """Tell why what was measured last gave no record, until the next job begins."""
        jobs, failure = self.home.jobs, self.home.jobs.failure
        if failure is not None and isinstance(jobs.order, MeasuringOrder):
            self.query_one(JobPanel).tell_failure(jobs.title, failure)

    def on_sort_table_moved(self) -> None:
        self._show_foot()

    def _show_foot(self) -> None:
        record = self.current_record()
        self.query_one("#records-foot", Static).update(summary_content(record) if record else Content(""))

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action in ("delete", "export", "facts"):
            return bool(self.records)
        return super().check_action(action, parameters)

    def on_sort_table_chosen(self, _message: SortTable.Chosen) -> None:
        record = self.current_record()
        if record is not None:
            self.app.push_screen(page_of(self.home, record))

    def action_evaluate(self) -> None:
        from revsearch_tui.tui.screens.accuracy.measuring import EvaluationForm

        if self.home.jobs.is_running:
            self.home.tell_busy()
            return
        facts = self.home.session.facts
        methods = list(facts.methods) if facts else self.workspace.config.texts("general.methods")
        self.app.push_screen(EvaluationForm(self.loader, self._last_data, methods, self.home.labels), self._start)

    def action_check(self) -> None:
        from revsearch_tui.tui.screens.accuracy.findings import CheckScreen

        self.app.push_screen(CheckScreen(self.home, self._last_data))

    @property
    def _last_data(self) -> str:
        """Which labelled pictures were measured on last."""
        last = next((record for record in self.records if record.kind == "eval"), None)
        return str(last.configuration.get("data", "")) if last else ""

    def action_robustness(self) -> None:
        from revsearch_tui.tui.screens.accuracy.measuring import RobustnessForm

        if self.home.jobs.is_running:
            self.home.tell_busy()
            return
        names = [collection.name for collection in self.workspace.collections()]
        if not names:
            text = "There are no pictures yet to make copies of: go back, and press a to index a folder."
            self.app.notify(text, severity="warning", markup=False)
            return
        facts = self.home.session.facts
        form = RobustnessForm(facts.name if facts else names[0], names, self.home.labels_of)
        self.app.push_screen(form, self._start)

    def _start(self, request: EvalRequest | RobustnessRequest | None) -> None:
        if request is not None:
            order = MeasuringOrder(request)
            self.home.start_job(order, order.title)
            self._show_empty()

    def action_delete(self) -> None:
        from revsearch_tui.tui.screens.dialog import ConfirmDialog

        record = self.current_record()
        if record is None:
            return
        text = f"'{shown(record.name)}' of {count(record.queries, 'query', 'queries')} is gone for good then."
        dialog = ConfirmDialog("Delete the record?", text, "Delete")
        self.app.push_screen(dialog, lambda agreed: self._delete(record) if agreed else None)

    def _delete(self, record: Record) -> None:
        from revsearch_tui.core.evaluation.records import remove_record

        at = next((number for number, each in enumerate(self.records) if each.id == record.id), 0)
        others = [each.id for each in self.records if each.id != record.id]
        self._wanted = others[min(at, len(others) - 1)] if others else ""

        def remove_then_read() -> object:
            remove_record(self.workspace.folders, record)
            return self._read()

        self.fetch("records", remove_then_read)


def page_of(home: IndexingScreen, record: Record) -> Page:
    """The page that shows a record of its kind."""
    if record.kind == "robustness":
        from revsearch_tui.tui.screens.accuracy.robustness import RobustnessScreen

        return RobustnessScreen(home, record)
    from revsearch_tui.tui.screens.accuracy.record import RecordScreen

    return RecordScreen(home, record)
