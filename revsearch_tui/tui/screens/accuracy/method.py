"""One method under one protocol: its classes, what it mixes up, how sure it is, and its mistakes as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Answers, Outcome
from revsearch_tui.core.evaluation.report.figure_text import estimate_text, metric_title
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.accuracy.record_page import OpenedRecord
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.viewer import copy_hit_path, open_hit
from revsearch_tui.tui.widgets.accuracy.answers import ANY, Only, given_by, query_hits, wrong_queries
from revsearch_tui.tui.widgets.accuracy.heat import HeatTable, cell_text, confusion_heat, count_width
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.accuracy.tables import calibration_table, class_table
from revsearch_tui.tui.widgets.accuracy.views import PictureGrid, Views

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen
    from revsearch_tui.tui.widgets.results.view import ResultsView

_METRICS = 4


class MethodScreen(Page):
    """Views on one outcome. A class, or a cell of the confusion matrix, leads to its pictures."""

    def __init__(self, home: IndexingScreen, opened: OpenedRecord, outcome: Outcome) -> None:
        super().__init__(home, "Accuracy", opened.record.name, f"{outcome.method} · {outcome.protocol}")
        self.opened, self.outcome = opened, outcome
        views = {"classes": outcome.per_class, "confusion": outcome.confusion, "calibration": outcome.reliability}
        self.views = (*(view for view, there in views.items() if there), "mistakes")
        self._answers: Answers | None = None
        self._only = ANY
        self.queries: list[int] = []
        """Positions of the queries in the grid."""

    def compose_body(self) -> ComposeResult:
        yield Static(_figures(self.outcome), classes="page-foot", markup=False)
        yield Views()
        yield SortTable(by_cell=True, id="view-classes")
        yield HeatTable(leads_on=True, id="view-confusion")
        yield SortTable(by_cell=True, id="view-calibration")
        yield PictureGrid(self.loader, leads_on=True, id="view-mistakes")

    @property
    def grid(self) -> PictureGrid:
        return self.query_one(PictureGrid)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        pane = self.query_one(f"#view-{self.shown_view}")
        group = [*keymap.RESULTS[:8], *keymap.PICTURES] if pane is self.grid else keymap.TABLE
        return [(group, pane), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        record, outcome = self.opened.record, self.outcome
        classes = self.query_one("#view-classes", SortTable)
        classes.border_title = "Classes"
        classes.show(*class_table(record, outcome))
        calibration = self.query_one("#view-calibration", SortTable)
        calibration.border_title = "Confidence against the share that is right, in percent"
        calibration.show(*calibration_table(outcome))
        confusion = self.query_one(HeatTable)
        confusion.border_title = "True class by answered class"
        if outcome.confusion:
            names = record.classes
            confusion.show(names, names, confusion_heat(outcome.confusion), count_width(outcome.confusion), "true ╲")
        self.grid.border_title = "Mistakes"
        self.grid.show_empty("Reading …")
        self.show_view(self.views[0])

    # Views

    def show_view(self, view: str) -> None:
        """`classes`, `confusion`, `calibration` or `mistakes`."""
        super().show_view(view)
        self.query_one(Views).show(self.views, view)
        for name in ("classes", "confusion", "calibration", "mistakes"):
            self.query_one(f"#view-{name}").display = name == view
        self.query_one(f"#view-{view}").focus()
        if view == "mistakes" and self._answers is None:
            self.fetch("answers", self.opened.answers)

    def show_only(self, only: Only) -> None:
        """Show the pictures of a class, or of a cell of the confusion matrix."""
        self._only = only
        if self._answers is not None:
            self._show_mistakes()
        self.show_view("mistakes")

    def fetched(self, message: Fetched) -> None:
        if message.value is None:
            self.grid.show_empty("The answers cannot be read", shown(message.problem))
            return
        assert isinstance(message.value, Answers)
        self._answers = message.value
        self._show_mistakes()

    def _show_mistakes(self) -> None:
        answers, only = self._answers, self._only
        given = given_by(answers, self.outcome.method, self.outcome.protocol) if answers is not None else None
        if answers is None or given is None:
            self.grid.show_empty("No answers were kept")
            return
        self.queries = wrong_queries(answers, given, only)
        what = f"{only.truth} answered as {only.answered}" if only.answered else only.truth
        self.grid.border_title = Content(f"{'Pictures' if only.answered else 'Mistakes'} · {shown(what)}".rstrip(" ·"))
        number = f"{len(self.queries):,} of {count(len(answers.queries), 'query', 'queries')}"
        self.grid.border_subtitle = f"{number} · {'surest' if given.confidence else 'worst'} first"
        if self.queries:
            self.grid.show_hits(query_hits(answers, given, self.queries))
        else:
            self.grid.show_empty("No mistakes" if not only.answered else "No such pictures")
        self.refresh_bindings()

    # What is chosen

    def on_sort_table_chosen(self, message: SortTable.Chosen) -> None:
        if message.table.id == "view-classes":
            self.show_only(Only(message.row))

    def on_heat_table_moved(self, message: HeatTable.Moved) -> None:
        text = cell_text(self.opened.record.classes, self.outcome.confusion, message.row, message.column)
        self.query_one(HeatTable).border_subtitle = Content(text)

    def on_heat_table_chosen(self, message: HeatTable.Chosen) -> None:
        classes = self.opened.record.classes
        self.show_only(Only(classes[message.row], classes[message.column]))

    def on_results_view_wanted(self, message: ResultsView.Wanted) -> None:
        from revsearch_tui.tui.screens.accuracy.answer import AnswerScreen

        if message.action == "open":
            open_hit(self, message.hit, self.workspace.config.text("tui.viewer"))
        elif message.action == "copy":
            copy_hit_path(self, message.hit)
        else:
            at = self.grid.highlighted
            self.app.push_screen(
                AnswerScreen(self.home, self.opened, self.outcome.protocol, self.outcome.method, self.queries, at)
            )

    def action_back(self) -> None:
        """First to all mistakes, then to the record."""
        if self.shown_view == "mistakes" and self._only != ANY:
            came_from = "confusion" if self._only.answered else "classes"
            self._only = ANY
            self._show_mistakes()
            self.show_view(came_from)
        else:
            super().action_back()


def _figures(outcome: Outcome) -> Content:
    """The first few metrics, the main one before all and in bold; the page before has every one."""
    names = sorted(outcome.metrics, key=lambda name: name != outcome.main)[:_METRICS]
    parts: list[tuple[str, str] | str] = []
    for name in names:
        style = "$text-success bold" if name == outcome.main else "$text"
        parts += [("   " if parts else "", ""), (f"{shown(metric_title(name))} ", "$foreground-muted")]
        parts.append((estimate_text(name, outcome.metrics[name]), style))
    return Content.assemble(*parts)
