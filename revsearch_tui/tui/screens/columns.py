"""What single methods find for one query, side by side: rankings in columns, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.widgets import Static
from textual.widgets.selection_list import Selection

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import CollectionFacts, SearchDone, SearchFailed
from revsearch_tui.tui.query_keys import COLUMNS
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.screens.page import Page
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.viewer import copy_hit_path, open_hit
from revsearch_tui.tui.widgets.columns_view import Column, ColumnsView, foot, heads
from revsearch_tui.tui.widgets.painting import MarkList
from revsearch_tui.tui.widgets.picture_rows import PictureRows

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.tui.screens.refining import RefiningScreen

_DEFAULT = "default ranking"
_LEAST, _MOST = 2, 4


class ColumnsDialog(Dialog[tuple[str, ...]]):
    """The titles of two to four columns; None where nothing was chosen."""

    BINDINGS = keymap.bindings(keymap.METHODS)

    def __init__(self, titles: Sequence[str], chosen: Sequence[str]) -> None:
        super().__init__(classes="pick")
        self._titles, self._chosen = titles, chosen

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Side by side"
            box.border_subtitle = "space marks · enter shows · esc back"
            entries = [Selection(shown(title), title, title in self._chosen) for title in self._titles]
            yield MarkList(*entries, compact=True)
            yield Static(f"Mark {_LEAST} to {_MOST}; the first one is what the others are held beside.")

    def on_mount(self) -> None:
        self.query_one(MarkList).focus()

    def action_mark(self) -> None:
        self.query_one(MarkList).action_select()

    def action_apply(self) -> None:
        marked = tuple(title for title in self._titles if title in self.query_one(MarkList).selected)
        if _LEAST <= len(marked) <= _MOST:
            self.dismiss(marked)
        else:
            self.app.notify(f"Mark {_LEAST} to {_MOST} columns, not {len(marked)}.", severity="warning", markup=False)


class ColumnsScreen(Page):
    """Columns are asked for one after the other, and fill as their answers come."""

    BINDINGS = keymap.bindings(COLUMNS)

    def __init__(
        self, home: RefiningScreen, facts: CollectionFacts, explain: Callable[[Hit, tuple[str, ...]], None]
    ) -> None:
        asked = home.session.current
        super().__init__(home, "Side by side", asked.source.rpartition("/")[2] if asked is not None else "")
        self._room, self._explain = home, explain
        working = [label for label in facts.methods if label not in facts.left_out]
        rest = [label for label in facts.methods if label in facts.left_out]
        self._all = {title: Column(title, methods) for title, methods in _choices([*working, *rest])}
        self.columns: list[Column] = []

    def compose_body(self) -> ComposeResult:
        yield Static("", id="columns-heads", markup=False)
        yield ColumnsView(self.loader, id="columns")
        yield Static("", id="columns-foot", markup=False)

    @property
    def view(self) -> ColumnsView:
        return self.query_one(ColumnsView)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(COLUMNS, self), (keymap.RANKED, self.view), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.view.focus()
        self.choose(tuple(self._all)[:_MOST])

    def choose(self, titles: Sequence[str]) -> None:
        """Show these columns, and ask for those that have no answer yet."""
        self.columns = [self._all[title] for title in titles]
        for column in self._all.values():
            if column.hits is None and column not in self.columns:
                column.number = 0  # it was given up, and is asked anew when it is wanted again
        for column in self.columns:
            if column.hits is None and not column.number:
                self._ask(column)
        self._show()

    def _ask(self, column: Column) -> None:
        question = self._room.session.aside(self._room.refinement, column.methods)
        if question is None:
            column.problem = "the collection is not open yet; come back once it is"
            return
        column.number = question.number
        self.home.engine.answer(question, self.post_message, lambda: self.is_attached and column in self.columns)

    # What is answered

    def _answered(self, number: int) -> Column | None:
        return next((column for column in self._all.values() if column.number == number), None)

    def on_search_done(self, message: SearchDone) -> None:
        column = self._answered(message.question.number)
        if column is not None:
            column.hits = message.result.hits
            self._show()

    def on_search_failed(self, message: SearchFailed) -> None:
        column = self._answered(message.question.number)
        if column is not None:
            column.problem = shortened(message.text, 300)
            self._show()

    def _show(self) -> None:
        self.view.show(self.columns)
        self._tell()

    def on_picture_rows_moved(self) -> None:
        self._tell()

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell)

    def on_screen_resume(self) -> None:
        self.view.changed()

    def _tell(self) -> None:
        if not self.is_attached:
            return
        view = self.view
        self.query_one("#columns-heads", Static).update(heads(view))
        self.query_one("#columns-foot", Static).update(foot(view, max(20, self.size.width - 2)))
        beyond = len(view.columns) - len(view.window)
        view.border_subtitle = f"{view.at + 1} of {view.rows}" if view.rows else ""
        view.border_title = (
            f"Columns {view.window.start + 1}-{view.window.stop} of {len(view.columns)}" if beyond else ""
        )
        self.refresh_bindings()

    # Actions

    def action_choose(self) -> None:
        now = [column.title for column in self.columns]
        self.app.push_screen(
            ColumnsDialog(tuple(self._all), now), lambda titles: self.choose(titles) if titles else None
        )

    def on_picture_rows_wanted(self, message: PictureRows.Wanted) -> None:
        hit, column = self.view.hit, self.view.column
        if hit is None or column is None:
            return
        if message.action == "query":
            self.search_by(hit)
        elif message.action == "explain":
            self._explain(hit, column.methods)
        elif message.action == "open":
            open_hit(self, hit, self.workspace.config.text("tui.viewer"))
        else:
            copy_hit_path(self, hit)


def _choices(labels: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The columns that there may be: titles, and by what they rank."""
    return [(_DEFAULT, ()), *((label, (label,)) for label in labels)]
