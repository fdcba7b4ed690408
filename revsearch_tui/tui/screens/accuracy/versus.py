"""Two methods side by side on the same queries: where they agree, and the test between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from revsearch_tui.core.evaluation.record import Answers, MethodAnswers, Outcome, Protocol, Record
from revsearch_tui.core.evaluation.report.figure_text import difference_text, estimate_text, metric_title, p_text
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.accuracy.record_page import OpenedRecord
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import clip, clip_name, count, shown
from revsearch_tui.tui.widgets.accuracy.answers import Agreement, agreement, answer_text, given_by, is_right
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row, SortTable
from revsearch_tui.tui.widgets.accuracy.tables import LEVEL, comparison
from revsearch_tui.tui.widgets.accuracy.views import Views
from revsearch_tui.tui.widgets.painting import PointedList
from revsearch_tui.tui.widgets.side import PicturePane

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_ROOM_FOR_FILES = 100
_MOST_QUERIES = 500

VIEWS = ("disagree", "only first", "only second", "both wrong", "both right")


class OtherDialog(Dialog[str]):
    """The method to compare one with; None where nothing was chosen."""

    def __init__(self, first: Outcome, others: Sequence[Outcome]) -> None:
        super().__init__(classes="pick")
        self._first, self._others = first, others

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = f"Compare {shown(self._first.method)} with"
            box.border_subtitle = "enter opens · esc back"
            yield PointedList(*(Option(_other(outcome)) for outcome in self._others), compact=True)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._others[event.option_index].method)


class VersusScreen(Page):
    """How often both, one or none of two methods is right, and the queries of each kind."""

    views = VIEWS

    def __init__(self, home: IndexingScreen, opened: OpenedRecord, protocol: Protocol, first: str, second: str) -> None:
        super().__init__(home, "Accuracy", opened.record.name, f"{first} and {second} · {protocol}")
        self.opened, self.protocol, self.first, self.second = opened, protocol, first, second
        self._answers: Answers | None = None
        self.agreement = Agreement([], [], [], [])

    def compose_body(self) -> ComposeResult:
        yield Static("reading …", id="versus-counts", classes="page-foot", markup=False)
        yield Views()
        with Horizontal(classes="page-body"):
            yield SortTable(by_cell=True, id="versus-queries")
            yield PicturePane(self.loader, "no picture", id="versus-picture")

    @property
    def table(self) -> SortTable:
        return self.query_one(SortTable)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.table.border_title = "Queries"
        self.table.focus()
        self.query_one(Views).show(self._view_names(), VIEWS[0])
        self.fetch("answers", self.opened.answers, rows=True)

    def fetched(self, message: Fetched) -> None:
        counts = self.query_one("#versus-counts", Static)
        if message.value is None:
            counts.update(Content.styled(shown(message.problem), "$text-error"))
            return
        assert isinstance(message.value, Answers)
        answers = message.value
        first, second = (given_by(answers, name, self.protocol) for name in (self.first, self.second))
        if first is None or second is None:
            counts.update("No answers were kept.")
            return
        self._answers, self.agreement = answers, agreement(answers, first, second)
        counts.update(agreement_content(self.opened.record, self.protocol, self.first, self.second, self.agreement))
        self.show_view(VIEWS[0])

    def show_view(self, view: str) -> None:
        """One of `VIEWS`."""
        super().show_view(view)
        names = self._view_names()
        self.query_one(Views).show(names, names[VIEWS.index(view)])
        answers = self._answers
        if answers is None:
            return
        given = [given_by(answers, name, self.protocol) for name in (self.first, self.second)]
        found = queries_of(self.agreement, view)
        queries = found[:_MOST_QUERIES]
        with_file = self.size.width >= _ROOM_FOR_FILES
        self.table.show(*query_table(answers, [each for each in given if each is not None], queries, with_file))
        first = f"the first {_MOST_QUERIES:,} of " if len(found) > len(queries) else ""
        self.table.border_subtitle = first + count(len(found), "query", "queries")
        self._show_picture()

    def _view_names(self) -> list[str]:
        names = {"only first": f"only {clip(self.first, 14)}", "only second": f"only {clip(self.second, 14)}"}
        return [names.get(view, view) for view in VIEWS]

    def on_sort_table_moved(self) -> None:
        self._show_picture()

    def _show_picture(self) -> None:
        pane, row = self.query_one(PicturePane), self.table.row_key
        if row is None or self._answers is None:
            pane.show(None)
            return
        picture = self._answers.queries[int(row)]
        path = Path(picture.path)
        pane.border_title = Content(clip_name(shown(path.name), max(8, pane.size.width - 4)))
        pane.show(path, picture.image_id)

    def on_sort_table_chosen(self, message: SortTable.Chosen) -> None:
        from revsearch_tui.tui.screens.accuracy.answer import AnswerScreen

        queries = [int(row.key) for row in self.table.rows_shown]
        at = queries.index(int(message.row))
        method = self.second if message.column == "second" else self.first
        self.app.push_screen(AnswerScreen(self.home, self.opened, self.protocol, method, queries, at))


def _other(outcome: Outcome) -> Content:
    estimate = outcome.metrics.get(outcome.main)
    text = estimate_text(outcome.main, estimate) if estimate else ""
    return Content.assemble((f"{shown(outcome.method):<22} ", ""), (text, "$foreground-muted"))


def queries_of(found: Agreement, view: str) -> list[int]:
    """The queries of one of `VIEWS`."""
    return {
        "disagree": sorted([*found.only_first, *found.only_second]),
        "only first": found.only_first,
        "only second": found.only_second,
        "both wrong": found.neither,
        "both right": found.both,
    }[view]


def agreement_content(record: Record, protocol: Protocol, first: str, second: str, found: Agreement) -> Content:
    """Counts of right and wrong answers, and the difference of the main figure with its test."""
    total = max(1, sum(len(queries) for queries in found))
    counts = (
        ("both right", found.both, "$text-success"),
        (f"only {shown(first)}", found.only_first, "$text"),
        (f"only {shown(second)}", found.only_second, "$text"),
        ("both wrong", found.neither, "$text-error"),
    )
    parts: list[tuple[str, str] | str] = []
    for name, queries, style in counts:
        parts += ["  " if parts else "", (f"{name} ", "$foreground-muted"), (f"{len(queries):,}", f"{style} bold")]
        parts.append((f" ({100 * len(queries) / total:.0f}%)", "$foreground-muted"))
    tested = comparison(record.comparisons, protocol, first, second)
    if tested is not None:
        main = next((each.main for each in record.outcomes if each.protocol == protocol), "accuracy")
        is_sure = tested.p_corrected < LEVEL
        told = f"{'significant' if is_sure else 'not significant'}, p {_equals(p_text(tested.p_corrected))}"
        parts += [
            "\n",
            (f"{shown(tested.first)} − {shown(tested.second)}: ", "$foreground-muted"),
            (difference_text(main, tested.difference), "bold"),
            (f" {metric_title(main)} · ", "$foreground-muted"),
            (told, "$text-success" if is_sure else "$text-warning"),
            (" (Holm)", "$foreground-muted"),
        ]
    return Content.assemble(*parts)


def query_table(
    answers: Answers, given: Sequence[MethodAnswers], queries: Sequence[int], with_file: bool
) -> tuple[list[Column], list[Row]]:
    """Queries with what two methods made of them, and the file's name where there is room."""
    columns = [Column("class", "class", most=16)]
    columns += [
        Column(place, shown(each.method), most=22) for place, each in zip(("first", "second"), given, strict=False)
    ]
    if with_file:
        columns.append(Column("file", "file", most=30))
    rows = []
    for query in queries:
        picture = answers.queries[query]
        name = Path(picture.path).name
        cells = [Cell(picture.label, picture.label)]
        for each in given:
            right = is_right(each, query)
            text = answer_text(answers, each, query)
            cells.append(Cell(f"{'✓' if right else '✗'} {text}", text, "good" if right else "bad"))
        rows.append(Row(str(query), [*cells, Cell(name, name, "faint")] if with_file else cells))
    return columns, rows


def _equals(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"
