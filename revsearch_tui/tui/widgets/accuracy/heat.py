"""A table of numbers whose background tells how large they are; the confusion matrix as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from revsearch_tui.tui import keymap
from revsearch_tui.tui.text import clip, count, shown
from revsearch_tui.tui.widgets.painting import component_style

Hue: TypeAlias = Literal["good", "bad", "plain"]
_MOST_CELL, _MOST_HEAD = 12, 22
_POINTER = "‹"
"""Behind the number under the cursor, where a cell always has room."""

Matrix = Sequence[Sequence[int]]


class Heat(NamedTuple):
    """A number as text, how large it is from 0 to 1 (None: not at all coloured), and in which colour."""

    text: str
    share: float | None = None
    hue: Hue = "plain"


class HeatTable(ScrollView, can_focus=True):
    """Named rows and columns, both of which stay in sight; paints only the cells in sight."""

    BINDINGS = keymap.bindings(keymap.TABLE)
    COMPONENT_CLASSES = {f"heat--{name}" for name in ("good", "bad", "plain", "head", "here", "cursor")}

    class Moved(Message):
        """The cursor is on another cell."""

        def __init__(self, row: int, column: int) -> None:
            super().__init__()
            self.row, self.column = row, column

    class Chosen(Moved):
        """A cell is to be opened."""

    def __init__(self, *, leads_on: bool, **names: Any) -> None:
        super().__init__(**names)
        self._leads_on = leads_on
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._corner = ""
        self._cell: Callable[[int, int], Heat] = lambda _row, _column: Heat("")
        self._least = 3
        self._head, self._width = 1, 1
        self.row = self.column = 0

    def show(
        self,
        rows: Sequence[str],
        columns: Sequence[str],
        cell: Callable[[int, int], Heat],
        least: int,
        corner: str = "",
    ) -> None:
        """Show `cell(row, column)` for all of them, in at least `least` characters each."""
        self._rows, self._columns = tuple(map(shown, rows)), tuple(map(shown, columns))
        self._cell, self._least, self._corner = cell, least, corner
        self.row = self.column = 0
        self._lay_out()
        self.post_message(self.Moved(0, 0))

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to sort; cells need not lead anywhere."""
        return self._leads_on if action == "choose" else action != "sort"

    def action_cursor(self, direction: str) -> None:
        down, right = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}[direction]
        self._go(self.row + down, self.column + right)

    def action_edge(self, edge: str) -> None:
        self._go(0 if edge == "first" else len(self._rows) - 1, self.column)

    def action_page(self, step: int) -> None:
        self._go(self.row + step * max(1, self.size.height - 2), self.column)

    def action_choose(self) -> None:
        if self._leads_on and self._rows and self._columns:
            self.post_message(self.Chosen(self.row, self.column))

    def on_click(self, event: events.Click) -> None:
        x, y = event.x - self._head + round(self.scroll_x), event.y - 1 + round(self.scroll_y)
        if event.x >= self._head and event.y >= 1 and x // self._width < len(self._columns) and y < len(self._rows):
            self._go(y, x // self._width)
            if event.chain == 2:
                self.action_choose()

    def _go(self, row: int, column: int) -> None:
        if not (self._rows and self._columns):
            return
        self.row = max(0, min(row, len(self._rows) - 1))
        self.column = max(0, min(column, len(self._columns) - 1))
        # The heads cover the first row and column of what is in sight.
        room = self.scrollable_content_region.size
        left, top = self.column * self._width, self.row
        right, bottom = left + self._width - (room.width - self._head), top + 1 - (room.height - 1)
        x = left if left < self.scroll_offset.x else max(self.scroll_offset.x, right)
        y = top if top < self.scroll_offset.y else max(self.scroll_offset.y, bottom)
        self.scroll_to(x, y, animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Moved(self.row, self.column))

    # Painting

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        room = self.scrollable_content_region.width
        longest = max((len(name) for name in (*self._rows, self._corner)), default=1)
        self._head = min(longest + 2, _MOST_HEAD, max(8, room // 4))
        wanted = max((len(name) for name in self._columns), default=1) + 1
        fair = (room - self._head) // max(1, len(self._columns))
        self._width = max(self._least + 1, min(fair, max(wanted, self._least + 2), _MOST_CELL))
        self.virtual_size = Size(self._head + self._width * len(self._columns), 1 + len(self._rows))
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class; the styles are looked up once for all lines."""
        self._base = self.rich_style
        names = ("good", "bad", "plain", "head", "here", "cursor")
        self._styles = {name: component_style(self, f"heat--{name}") for name in names}
        self._ground = self.background_colors[1]
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = y - 1 + self.scroll_offset.y
        if not self._columns or (y and row >= len(self._rows)):
            return Strip.blank(width, self._base)
        first = self.scroll_offset.x // self._width
        shift = self.scroll_offset.x % self._width
        last = min(len(self._columns), first + (width - self._head + shift) // self._width + 1)
        if y == 0:
            head = self._named(self._corner, self._head, "head")
            cells = [self._heading(column) for column in range(first, last)]
        else:
            head = self._named(self._rows[row], self._head, "here" if row == self.row else "head")
            cells = [self._number(row, column) for column in range(first, last)]
        body = Strip(cells).crop(shift, shift + max(0, width - self._head))
        return Strip.join([Strip([head]), body]).adjust_cell_length(width).apply_style(self._base)

    def _named(self, name: str, width: int, kind: str) -> Segment:
        return Segment(clip(name, width - 1).ljust(width), self._styles[kind])

    def _heading(self, column: int) -> Segment:
        text = clip(self._columns[column], self._width - 1).rjust(self._width)
        return Segment(text, self._styles["here" if column == self.column else "head"])

    def _number(self, row: int, column: int) -> Segment:
        heat = self._cell(row, column)
        text = clip(heat.text, self._width - 1).rjust(self._width - 1) + " "
        if row == self.row and column == self.column and self.has_focus:
            return Segment(text[:-1] + _POINTER, self._styles["cursor"])
        if heat.share is None:
            return Segment(text, self._styles["head"])
        colour = self._styles[heat.hue].color
        full = Color.from_rich_color(colour) if colour is not None else self._ground
        ground = self._ground.blend(full, 0.08 + 0.85 * max(0.0, min(1.0, heat.share)))
        ink = ground.get_contrast_text(0.92)
        style = Style(color=ground.blend(ink, ink.a, alpha=1).rich_color, bgcolor=ground.rich_color)
        return Segment(text, style)


def confusion_heat(matrix: Matrix) -> Callable[[int, int], Heat]:
    """Cells by their share of the row: right answers in one colour, mistakes in another; empty cells uncoloured."""
    totals = [sum(row) for row in matrix]

    def heat(row: int, column: int) -> Heat:
        number = matrix[row][column]
        if not number:
            return Heat("·")
        return Heat(str(number), number / totals[row], "good" if row == column else "bad")

    return heat


def count_width(matrix: Matrix) -> int:
    """The characters of the largest count."""
    return max((len(str(number)) for row in matrix for number in row), default=1)


def cell_text(classes: Sequence[str], matrix: Matrix, row: int, column: int) -> str:
    """`airplane taken for bird: 12 of 100 (12.0 %)`."""
    number, total = matrix[row][column], sum(matrix[row])
    share = f" ({100 * number / total:.1f} %)" if total else ""
    what = "right" if row == column else f"taken for {shown(classes[column])}"
    return f"{shown(classes[row])} {what}: {number:,} of {count(total, 'query', 'queries')}{share}"
