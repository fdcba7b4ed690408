"""A table that can be sorted by any of its columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import RowKey

from revsearch_tui.tui import keymap
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.painting import component_style, pointed

_NAMES = ("good", "bad", "faint", "accent", "sorted")
_PREFIX = "table--"
BETWEEN = 2
"""Cells of the terminal between two columns."""


class Cell(NamedTuple):
    """`sort` is what the column is sorted by, None for cells that always come last; `kind` how it is coloured."""

    text: str
    sort: float | str | None = None
    kind: str = ""


class Column(NamedTuple):
    """`most` bounds the width in cells; 0 leaves it open."""

    key: str
    title: str
    right: bool = False
    most: int = 0


class Row(NamedTuple):
    """One line."""

    key: str
    cells: Sequence[Cell]


class Sorting(NamedTuple):
    """The column that lines are in the order of, and the direction."""

    column: str
    falling: bool


class SortTable(DataTable[Text]):
    """Lines of cells. With `by_cell` the cursor is a cell and chooses the column to sort by, else a line; those that
    `opens` is false of tell nobody that a line was chosen."""

    BINDINGS = keymap.bindings(keymap.TABLE)
    COMPONENT_CLASSES = {_PREFIX + name for name in _NAMES}

    class Moved(Message):
        """The cursor is on another line; None where there are none."""

        def __init__(self, table: SortTable, row: str | None) -> None:
            super().__init__()
            self.table, self.row = table, row

        @property
        def control(self) -> SortTable:
            return self.table

    class Chosen(Message):
        """A line, or the cell of a column, is to be opened."""

        def __init__(self, table: SortTable, row: str, column: str) -> None:
            super().__init__()
            self.table, self.row, self.column = table, row, column

        @property
        def control(self) -> SortTable:
            return self.table

    def __init__(self, *, by_cell: bool = False, opens: bool = True, **names: Any) -> None:
        super().__init__(cursor_type="cell" if by_cell else "row", fixed_columns=1 if by_cell else 0, **names)
        self._by_cell, self._opens = by_cell, opens
        self.columns_shown: tuple[Column, ...] = ()
        self.rows_shown: tuple[Row, ...] = ()
        self.sorting: Sorting | None = None
        self._coloured: dict[str, Style] = {}

    def show(self, columns: Sequence[Column], rows: Sequence[Row], sorting: Sorting | None = None) -> None:
        """Show these lines; in their own order where `sorting` is None."""
        keep = self.row_key
        self.columns_shown, self.sorting = tuple(columns), sorting
        self.rows_shown = tuple(rows)
        self._fill(keep)

    @property
    def row_key(self) -> str | None:
        """The line the cursor is on."""
        rows = self.rows_shown
        return rows[self.cursor_row].key if 0 <= self.cursor_row < len(rows) else None

    @property
    def column_key(self) -> str:
        """The column the cursor is in."""
        columns = self.columns_shown
        return columns[self.cursor_column].key if 0 <= self.cursor_column < len(columns) else ""

    def sort_by(self, key: str) -> None:
        """Sort by a column; numbers the largest first, and the other way round at the second time."""
        at = next(number for number, column in enumerate(self.columns_shown) if column.key == key)
        known = [row.cells[at].sort for row in self.rows_shown if row.cells[at].sort is not None]
        falling = not any(isinstance(value, str) for value in known)
        if self.sorting is not None and self.sorting.column == key:
            falling = not self.sorting.falling
        self.sorting = Sorting(key, falling)
        keep = self.row_key
        self.rows_shown = tuple(sorted_rows(self.rows_shown, at, falling))
        self._fill(keep)

    def go_to(self, row: str) -> None:
        """Put the cursor on a line, if it is there."""
        for number, each in enumerate(self.rows_shown):
            if each.key == row:
                self.move_cursor(row=number)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "sort":
            return self._by_cell and len(self.rows_shown) > 1
        return self._opens and bool(self.rows_shown) if action == "choose" else True

    def action_cursor(self, direction: str) -> None:
        getattr(self, f"action_cursor_{direction}")()

    def action_edge(self, edge: str) -> None:
        self.move_cursor(row=0 if edge == "first" else len(self.rows_shown) - 1)

    def action_page(self, step: int) -> None:
        if step > 0:
            self.action_page_down()
        else:
            self.action_page_up()

    def action_sort(self) -> None:
        if self.column_key:
            self.sort_by(self.column_key)

    def action_choose(self) -> None:
        if self.row_key is not None:
            self.post_message(self.Chosen(self, self.row_key, self.column_key))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        if self._by_cell and self.rows_shown:
            self.sort_by(self.columns_shown[event.column_index].key)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved(self, self.row_key))

    def on_data_table_cell_highlighted(self, event: DataTable.CellHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved(self, self.row_key))

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and event.style.meta.get("row", -1) >= 0:
            self.action_choose()

    # Painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.columns_shown:
            self.call_after_refresh(self._restyle)

    def _update_dimensions(self, new_rows: Iterable[RowKey]) -> None:
        """As the base class, which would measure all cells of columns whose width is given."""
        super()._update_dimensions(())

    def render_line(self, y: int) -> Strip:
        """As the base class, with the pointer before the line or cell under the cursor."""
        strip = super().render_line(y)
        if not self.rows_shown or not self.columns_shown:
            return strip
        scrolled = self.scroll_offset
        region = self._get_cell_region(self.cursor_coordinate)
        at = region.x if self._by_cell else 0
        x = at if not self._by_cell or self.cursor_column < self.fixed_columns else at - scrolled.x
        return pointed(strip, x) if y == region.y - scrolled.y and 0 <= x < strip.cell_length else strip

    def _restyle(self) -> None:
        """Colour the lines anew, if the colours are others than before and the table is not on its way out."""
        if self.is_running and self.is_attached and self._colours() != self._coloured:
            self._fill(self.row_key)

    def _colours(self) -> dict[str, Style]:
        return {name: component_style(self, _PREFIX + name) for name in _NAMES}

    def _fill(self, keep: str | None) -> None:
        column = self.cursor_column
        self.clear(columns=True)
        styles = self._coloured = self._colours()
        lines = [
            [_text(cell, place, styles) for place, cell in zip(self.columns_shown, row.cells, strict=True)]
            for row in self.rows_shown
        ]
        for at, each in enumerate(self.columns_shown):
            label = Text(each.title, justify="right" if each.right else "left")
            if self.sorting is not None and self.sorting.column == each.key:
                label.append(" ▾" if self.sorting.falling else " ▴", styles["sorted"])
            # Given, for the base class takes long to find out.
            width = max([label.cell_len, *(line[at].cell_len for line in lines)])
            self.add_column(label, key=each.key, width=width)
        for row, line in zip(self.rows_shown, lines, strict=True):
            self.add_row(*line, key=row.key)
        keys = [row.key for row in self.rows_shown]
        self.move_cursor(row=keys.index(keep) if keep in keys else 0, column=column)
        self.refresh_bindings()


def cells_of(column: Column, cells: Sequence[Cell]) -> int:
    """How many cells of the terminal a column takes, with what lies between it and the next."""
    widest = max([cell_len(column.title), *(cell_len(shown(cell.text)) for cell in cells)])
    return min(widest, column.most or widest) + BETWEEN


def sorted_rows(rows: Sequence[Row], column: int, falling: bool) -> list[Row]:
    """The rows by a column, equals in the order they had; those without a value come last either way."""
    known = [row for row in rows if not _is_none(row.cells[column].sort)]
    others = [row for row in rows if _is_none(row.cells[column].sort)]
    return sorted(known, key=lambda row: row.cells[column].sort, reverse=falling) + others  # type: ignore[arg-type,return-value]


def _is_none(value: float | str | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(cell: Cell, column: Column, styles: dict[str, Style]) -> Text:
    text = clip(shown(cell.text), column.most) if column.most else shown(cell.text)
    return Text(text, styles.get(cell.kind, Style()), justify="right" if column.right else "left", no_wrap=True)
