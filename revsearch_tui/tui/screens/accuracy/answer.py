"""One query: its picture, what a method answered and returned, and what would have been right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.core.evaluation.record import Answers, Protocol
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.accuracy.record_page import OpenedRecord
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.viewer import copy_hit_path, open_hit
from revsearch_tui.tui.widgets.accuracy.answers import given_by, returned_hits, verdict_content
from revsearch_tui.tui.widgets.accuracy.views import PictureGrid
from revsearch_tui.tui.widgets.side import PicturePane

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen
    from revsearch_tui.tui.widgets.results.view import ResultsView


class AnswerScreen(Page):
    """A query of a list of them, which can be walked through, method by method if wanted."""

    BINDINGS = keymap.bindings(keymap.ANSWER)

    def __init__(
        self,
        home: IndexingScreen,
        opened: OpenedRecord,
        protocol: Protocol,
        method: str,
        queries: Sequence[int],
        at: int,
    ) -> None:
        super().__init__(home, "Accuracy", opened.record.name, f"{method} · {protocol}")
        self.opened, self.protocol, self.method = opened, protocol, method
        self._queries, self.at = tuple(queries), at
        self._answers: Answers | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(classes="page-body"):
            with Vertical(id="answer-side"):
                yield PicturePane(self.loader, "no picture", id="answer-query")
                with VerticalScroll(id="answer-verdict", can_focus=False):
                    yield Static("", id="answer-text", markup=False)
            yield PictureGrid(self.loader, leads_on=False, id="answer-returned")

    @property
    def grid(self) -> PictureGrid:
        return self.query_one(PictureGrid)

    @property
    def query_shown(self) -> int:
        """Position of the query among those of the record."""
        return self._queries[self.at]

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        pictures = [*keymap.RESULTS[:8], *keymap.PICTURES[1:]]
        return [(keymap.ANSWER, self), (pictures, self.grid), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(PicturePane).border_title = "Query"
        self.query_one("#answer-verdict").border_title = "Answer"
        self.grid.border_title = "Returned"
        self.grid.show_empty("Reading …")
        self.grid.focus()
        self.fetch("answers", self.opened.answers, rows=True)

    def fetched(self, message: Fetched) -> None:
        if message.value is None:
            self.grid.show_empty("The answers cannot be read", shown(message.problem))
            return
        assert isinstance(message.value, Answers)
        self._answers = message.value
        self._show()

    def _show(self) -> None:
        answers = self._answers
        given = given_by(answers, self.method, self.protocol) if answers is not None else None
        if answers is None or given is None:
            self.grid.show_empty("No answers were kept")
            return
        query = answers.queries[self.query_shown]
        self.name_page("Accuracy", self.opened.record.name, f"{self.method} · {self.protocol}")
        pane = self.query_one(PicturePane)
        pane.border_title = f"Query {self.at + 1:,} of {len(self._queries):,}"
        pane.show(Path(query.path), query.image_id)
        self.query_one("#answer-text", Static).update(verdict_content(answers, given, self.query_shown))
        hits = returned_hits(answers, given, self.query_shown)
        self.grid.border_subtitle = Content("✓ of its class · ○ of another" if hits else "")
        if hits:
            self.grid.show_hits(hits)
        else:
            self.grid.show_empty("A class is answered", "This protocol returns no pictures.")
        self.refresh_bindings()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "step":
            return len(self._queries) > 1
        if action == "other":
            return len(self._methods()) > 1
        return super().check_action(action, parameters)

    def action_step(self, step: int) -> None:
        self.at = (self.at + step) % len(self._queries)
        self._show()

    def action_other(self) -> None:
        methods = self._methods()
        if self.method in methods:
            self.method = methods[(methods.index(self.method) + 1) % len(methods)]
            self._show()

    def _methods(self) -> list[str]:
        return (
            [each.method for each in self._answers.methods if each.protocol == self.protocol] if self._answers else []
        )

    def on_results_view_wanted(self, message: ResultsView.Wanted) -> None:
        if message.action == "copy":
            copy_hit_path(self, message.hit)
        elif message.action == "open":
            open_hit(self, message.hit, self.workspace.config.text("tui.viewer"))
