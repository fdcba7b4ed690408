"""A table, and beside or below it a card that tells all of the line under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from revsearch_tui.tui.widgets.accuracy.table import SortTable

_EDGES = 2
"""Cells at the right end of a table that stay free, for its scrollbar."""


class TableAndCard(Container):
    """Hidden until it is filled."""

    class Resized(Message):
        """There is another room for the table."""

    def __init__(self, title: str, card_title: str, make_card: Callable[[], Widget], **names: Any) -> None:
        super().__init__(**names)
        self._titles, self._make_card = (title, card_title), make_card
        self.display = False

    def compose(self) -> ComposeResult:
        table = SortTable(opens=False)
        table.border_title = self._titles[0]
        yield table
        with VerticalScroll(can_focus=False, classes="card-pane") as pane:
            pane.border_title = self._titles[1]
            yield self._make_card()

    @property
    def table(self) -> SortTable:
        return self.query_one(SortTable)

    @property
    def room(self) -> int:
        """Cells for the columns of the table; 0 while that is not known."""
        return max(0, self.table.size.width - _EDGES)

    def scroll_card(self, step: int) -> None:
        """Move the text of the card; by 0 to its beginning."""
        pane = self.query_one(".card-pane", VerticalScroll)
        pane.scroll_to(y=pane.scroll_offset.y + step if step else 0, animate=False)

    def on_resize(self) -> None:
        self.post_message(self.Resized())
