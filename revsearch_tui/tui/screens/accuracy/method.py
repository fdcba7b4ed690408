"""One method under one protocol: its classes, what it mixes up, how sure it is, and its mistakes as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Answers, MethodAnswers, Outcome
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
from revsearch_tui.tui.widgets.results.folders import telling_folders

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit
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
        self._only = ANY
        self._has_asked = self._has_confusion = False
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
        self.query_one(HeatTable).border_title = "True class by answered class"
        self.grid.border_title = "Mistakes"
        self.grid.show_empty("Reading …")
        self.show_view(self.views[0])

    # Views

    def show_view(self, view: str) -> None:
        """`classes`, `confusion`, `calibration` or `mistakes`."""
        super().show_view(view)
        self.query_one(Views).show(self.views, view)
        if view == "confusion" and not self._has_confusion:  # of hundreds of classes it takes a while to fill
            self._has_confusion = True
            names, counts = self.opened.record.classes, self.outcome.confusion
            self.query_one(HeatTable).show(names, names, confusion_heat(counts), count_width(counts), "true ╲")
        for name in ("classes", "confusion", "calibration", "mistakes"):
            self.query_one(f"#view-{name}").display = name == view
        self.query_one(f"#view-{view}").focus()
        if view == "mistakes" and not self._has_asked:
            self._look_for_mistakes()

    def show_only(self, only: Only) -> None:
        """Show the pictures of a class, or of a cell of the confusion matrix."""
        self._only = only
        self._look_for_mistakes()
        self.show_view("mistakes")

    def _look_for_mistakes(self) -> None:
        self._has_asked = True
        self.fetch("mistakes", partial(_mistakes, self.opened, self.outcome, self._only), rows=True)

    def fetched(self, message: Fetched) -> None:
        if message.value is None:
            self.grid.show_empty("The answers cannot be read", shown(message.problem))
            return
        assert isinstance(message.value, _Mistakes)
        only, answers, given, self.queries, hits, folders = message.value
        if given is None:
            self.grid.show_empty("No answers were kept")
            return
        what = f"{only.truth} answered as {only.answered}" if only.answered else only.truth
        self.grid.border_title = Content(f"{'Pictures' if only.answered else 'Mistakes'} · {shown(what)}".rstrip(" ·"))
        number = f"{len(self.queries):,} of {count(len(answers.queries), 'query', 'queries')}"
        self.grid.border_subtitle = f"{number} · {'surest' if given.confidence else 'worst'} first"
        if self.queries:
            self.grid.show_hits(hits, folders=folders)
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
            self._look_for_mistakes()
            self.show_view(came_from)
        else:
            super().action_back()


class _Mistakes(NamedTuple):
    """Of which class or cell, the answers, those of the method, the queries answered wrongly and the same as hits, with
    the folders that tell these apart."""

    only: Only
    answers: Answers
    given: MethodAnswers | None
    queries: list[int]
    hits: list[Hit]
    folders: Mapping[int, str]


def _mistakes(opened: OpenedRecord, outcome: Outcome, only: Only) -> _Mistakes:
    """For worker threads. Raises `StorageError`."""
    answers = opened.answers()
    given = given_by(answers, outcome.method, outcome.protocol)
    queries = wrong_queries(answers, given, only) if given is not None else []
    hits = query_hits(answers, given, queries) if given is not None else []
    return _Mistakes(only, answers, given, queries, hits, telling_folders([hit.path for hit in hits]))


def _figures(outcome: Outcome) -> Content:
    """The first few metrics, the main one before all and in bold; the page before has every one."""
    names = sorted(outcome.metrics, key=lambda name: name != outcome.main)[:_METRICS]
    parts: list[tuple[str, str] | str] = []
    for name in names:
        style = "$text-success bold" if name == outcome.main else "$text"
        parts += [("   " if parts else "", ""), (f"{shown(metric_title(name))} ", "$foreground-muted")]
        parts.append((estimate_text(name, outcome.metrics[name]), style))
    return Content.assemble(*parts)
