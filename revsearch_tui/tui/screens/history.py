"""Choose a query that was asked before, or that has a name; give one a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from revsearch_tui.api import UsageError
from revsearch_tui.tui import keymap
from revsearch_tui.tui.files import is_address
from revsearch_tui.tui.memory import MOST_SAVED, Memory, PastQuery
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.screens.form import Field, Form
from revsearch_tui.tui.text import clip, shown, shown_path
from revsearch_tui.tui.widgets.painting import PointedList

SAVED = "*"
"""The sign of a query that has a name."""
_LONGEST_NAME = 60


class Entry(NamedTuple):
    """A line of the list: a query, and its name where it has one."""

    name: str
    query: PastQuery

    @property
    def text(self) -> str:
        """What is shown of it, and searched."""
        return " ".join(part for part in (self.name, query_text(self.query)) if part)


def query_text(query: PastQuery) -> str:
    """A query with what it is narrowed to."""
    source = shown(query.source) if is_address(query.source) else shown_path(query.source)
    return " · ".join([source, *query.refinement.told()])


def entries_of(memory: Memory) -> list[Entry]:
    """Queries with a name, then those asked before, newest first."""
    return [Entry(name, memory.saved[name]) for name in sorted(memory.saved, key=str.casefold)] + [
        Entry("", query) for query in memory.recent
    ]


class HistoryDialog(Dialog[PastQuery], inherit_bindings=False):
    """Answers with a query, or None. `forget` is told the name, if there is one, and the query of what is to go."""

    BINDINGS = keymap.bindings(keymap.HISTORY)

    def __init__(self, memory: Memory, forget: Callable[[str, PastQuery], object]) -> None:
        super().__init__(classes="pick history")
        self._memory, self._forget = memory, forget
        self._shown: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Asked before"
            box.border_subtitle = "type to filter · enter asks · ^x forgets · esc back"
            yield Input(placeholder="words of a query", compact=True, id="history-filter")
            queries = PointedList(id="history-list", compact=True, markup=False)
            queries.can_focus = False
            yield queries
            yield Static("", classes="dialog-hint", id="history-none")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._fill()

    def on_resize(self) -> None:
        self.call_after_refresh(self._refill)

    def _refill(self) -> None:
        if self.is_attached:
            self._fill(self.query_one(OptionList).highlighted or 0)

    def _fill(self, at: int = 0) -> None:
        words = self.query_one(Input).value.casefold().split()
        known = entries_of(self._memory)
        self._shown = [entry for entry in known if all(word in entry.text.casefold() for word in words)]
        queries = self.query_one(OptionList)
        width = max(20, queries.size.width - 4)
        queries.clear_options()
        queries.add_options(Option(_line(entry, width)) for entry in self._shown)
        queries.highlighted = min(at, len(self._shown) - 1) if self._shown else None
        none = self.query_one("#history-none", Static)
        none.display = not self._shown
        none.update("None fits what you typed." if words else "Nothing was asked so far.")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index].query)

    def _choose(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self.dismiss(self._shown[at].query)

    def action_move(self, step: int) -> None:
        queries = self.query_one(OptionList)
        if self._shown:
            queries.highlighted = ((queries.highlighted or 0) + step) % len(self._shown)

    def action_forget(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self._forget(self._shown[at].name, self._shown[at].query)
            self._fill(at)


def _line(entry: Entry, width: int) -> Content:
    if not entry.name:
        return Content(f"  {clip(query_text(entry.query), width - 2, keep_end=True)}")
    name = clip(shown(entry.name), width // 2)
    room = max(8, width - len(name) - 4)
    rest = clip(query_text(entry.query), room, keep_end=True)
    return Content.assemble((f"{SAVED} ", "$text-accent"), (name, "bold"), (f"  {rest}", "$foreground-muted"))


class SaveForm(Form[str]):
    """Answers with a name for a query, or None. A name that is taken is given to this one only when confirmed."""

    def __init__(self, query: PastQuery, saved: Mapping[str, PastQuery]) -> None:
        now = next((name for name, known in saved.items() if known == query), "")
        note = f"{clip(query_text(query), 200)}"
        super().__init__(
            "Save the query", [Field("name", "Name", now, "a name of your choice")], verb="Save", note=note
        )
        self._saved, self._query = saved, query
        self._confirmed = ""

    def answer(self) -> str:
        name = self.text("name")
        if not name or len(name) > _LONGEST_NAME:
            raise UsageError(f"give it a name of at most {_LONGEST_NAME} characters")
        if len(self._saved) >= MOST_SAVED and name not in self._saved:
            raise UsageError(f"{MOST_SAVED} queries have a name already; forget one")
        if self._saved.get(name, self._query) != self._query and name != self._confirmed:
            self._confirmed = name
            raise UsageError(f"'{name}' is another query's name; enter once more gives it to this one")
        return name
