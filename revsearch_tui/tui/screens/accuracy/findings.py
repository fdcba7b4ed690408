"""What makes figures of labelled pictures wrong: a check of a labelled set, and the pictures of one finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.check_jobs import CheckOrder, CheckRequest
from revsearch_tui.tui.files import is_there
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.screens.page import Page
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.viewer import copy_hit_path, open_hit
from revsearch_tui.tui.widgets.accuracy.findings import finding_content, finding_hits, findings_table
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.accuracy.views import PictureGrid
from revsearch_tui.tui.widgets.results.view import ResultsView

if TYPE_CHECKING:
    from revsearch_tui.core.groups.finding import Finding
    from revsearch_tui.tui.pictures.loader import PictureLoader
    from revsearch_tui.tui.screens.accuracy.measuring import Offers
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_EMPTY = (
    "n checks labelled pictures, in the background: a folder with a folder for each class.\n\n"
    "It finds copies in several parts or under several labels, and labels that the pictures most alike do not share."
)
_CHECKING = "Checking.\n\nWhat is found appears here."


class CheckForm(Form[CheckRequest]):
    """Answers with what to check, or None."""

    def __init__(self, loader: PictureLoader, last: CheckRequest, offers: Offers | None = None) -> None:
        fields = (
            Field("data", "Data", last.data, "folder with a folder for each class, or NAME:PATH", loader=loader),
            Field(
                "methods",
                "Methods",
                ", ".join(last.methods),
                "separated by commas; empty: the usual ones",
                offers=offers,
            ),
        )
        note = "A hash and sift find copies; efficientnet doubts labels."
        super().__init__("Check labelled pictures", fields, verb="Check", note=note)

    def answer(self) -> CheckRequest:
        data = self.folder("data")
        if not data:
            raise UsageError("name a folder of pictures that has a folder for each class")
        if ":" not in data and not is_there(data):
            raise UsageError(f"there is no '{shown_path(data)}'")
        return CheckRequest(data, self.names("methods"))


class CheckScreen(Page):
    """What the last check found."""

    BINDINGS = keymap.bindings(keymap.CHECK)

    def __init__(self, home: IndexingScreen, data: str) -> None:
        super().__init__(home, "Accuracy", "Check")
        self._data = data

    def compose_body(self) -> ComposeResult:
        yield Static(_EMPTY, id="check-empty", classes="page-empty", markup=False)
        yield SortTable(by_cell=True, id="check-findings")
        yield Static("", id="check-foot", classes="page-foot", markup=False)

    @property
    def table(self) -> SortTable:
        return self.query_one(SortTable)

    @property
    def _findings(self) -> Sequence[Finding]:
        check = self.home.checked.check
        return check.findings if check is not None else ()

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.CHECK, self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self._show()

    def job_over(self, made: str) -> None:
        self._show()

    def _show(self) -> None:
        last, jobs = self.home.checked, self.home.jobs
        is_checking = jobs.is_running and isinstance(jobs.order, CheckOrder)
        told = _CHECKING if is_checking else _EMPTY
        if last.check is not None and not is_checking:
            self.name_page("Accuracy", "Check", last.request.name)
            self.table.border_title = f"{count(last.check.pictures, 'picture')} checked"
            self.table.border_subtitle = count(len(self._findings), "finding")
            self.table.show(*findings_table(self._findings))
            told = "" if self._findings else "Nothing was found that makes figures wrong."
        failure = jobs.failure if isinstance(jobs.order, CheckOrder) else None
        if failure is not None:
            told = f"{shown(shortened(failure.text, 300))}\n\n{_EMPTY}"
        empty = self.query_one("#check-empty", Static)
        empty.update(told)
        empty.display, self.table.display = bool(told), not told
        self.query_one("#check-foot").display = not told
        if not told:
            self.table.focus()
        self.on_sort_table_moved()
        self.refresh_bindings()

    def on_sort_table_moved(self) -> None:
        place, findings = int(self.table.row_key or 0), self._findings
        content = finding_content(findings[place], max(20, self.size.width - 2)) if place < len(findings) else ""
        self.query_one("#check-foot", Static).update(content)

    def on_sort_table_chosen(self, message: SortTable.Chosen) -> None:
        order = [int(row.key) for row in self.table.rows_shown]
        findings = [self._findings[place] for place in order]
        self.app.push_screen(FindingScreen(self.home, findings, order.index(int(message.row))))

    def action_check(self) -> None:
        if self.home.jobs.is_running:
            self.home.tell_busy()
            return
        last = self.home.checked.request
        form = CheckForm(self.loader, last if last.data else CheckRequest(self._data), self.home.labels)
        self.app.push_screen(form, self._start)

    def _start(self, request: CheckRequest | None) -> None:
        if request is not None:
            order = CheckOrder(request, self.home.checked)
            self.home.start_job(order, order.title)
            self._show()


class FindingScreen(Page):
    """The pictures of a finding, in full size as far as there is room."""

    BINDINGS = keymap.bindings(keymap.FINDING)

    def __init__(self, home: IndexingScreen, findings: Sequence[Finding], at: int) -> None:
        super().__init__(home, "Accuracy", "Finding")
        self._all, self.at = findings, at

    def compose_body(self) -> ComposeResult:
        yield PictureGrid(self.loader, leads_on=False, id="finding-pictures")
        yield Static("", id="finding-foot", classes="page-foot", markup=False)

    @property
    def grid(self) -> PictureGrid:
        return self.query_one(PictureGrid)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        pictures = [*keymap.RESULTS[:8], *keymap.PICTURES[1:]]
        return [(keymap.FINDING, self), (pictures, self.grid), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.grid.focus()
        self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        finding = self._all[self.at]
        self.grid.border_title = finding.kind
        self.grid.border_subtitle = f"finding {self.at + 1:,} of {len(self._all):,}"
        self.grid.show_hits(finding_hits(finding))
        self.query_one("#finding-foot", Static).update(finding_content(finding, max(20, self.size.width - 2)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        return len(self._all) > 1 if action == "step" else super().check_action(action, parameters)

    def action_step(self, step: int) -> None:
        self.at = (self.at + step) % len(self._all)
        self._show()

    def on_results_view_wanted(self, message: ResultsView.Wanted) -> None:
        if message.action == "copy":
            copy_hit_path(self, message.hit)
        elif message.action == "open":
            open_hit(self, message.hit, self.workspace.config.text("tui.viewer"))
