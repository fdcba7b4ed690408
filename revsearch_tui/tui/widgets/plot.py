"""Lines with axes, drawn with braille characters. Colours come from the widget's component classes, so from the
theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from revsearch_tui.tui.text import clip
from revsearch_tui.tui.widgets.painting import component_style

LINES = 6
"""How many styles there are for lines: `line-1` and so on."""
_PREFIX = "plot--"
_NAMES = ("axis", "grid", *(f"line-{number}" for number in range(1, LINES + 1)))

Cell: TypeAlias = tuple[str, str]
"""A character and the name of its style."""
LEAST_WIDTH, LEAST_HEIGHT = 18, 5
_ROWS_A_TICK = 3
_TICK_ROOM = 7
_DOTTED = 3
_SIGN_ROOM = 2

_AIR = 0.04
_FLAT = 1e-9
_LEAST_TICKS = 3

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of the dot at [x][y] of a cell, as Unicode orders them."""
_BLANK = 0x2800
ACROSS, DOWN = 2, 4


class LinePlot(Widget):
    """Lines over epochs. Draws again only when the lines, the size or the theme change."""

    COMPONENT_CLASSES = {_PREFIX + name for name in _NAMES}

    def __init__(self, title: str, bounds: tuple[float, float] = (-math.inf, math.inf), **names: Any) -> None:
        super().__init__(**names)
        self.border_title = title
        self._bounds = bounds
        self._series: tuple[Series, ...] = ()
        self._empty = ""
        self._strips: list[Strip] | None = None

    def show(self, series: Sequence[Series], empty: str) -> None:
        """Draw these, or say `empty` where they have no points."""
        if (tuple(series), empty) != (self._series, self._empty):
            self._series, self._empty = tuple(series), empty
            self._forget()

    def on_resize(self) -> None:
        self._forget()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._forget()

    def _forget(self) -> None:
        self._strips = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if self._strips is None:
            self._strips = self._drawn()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _drawn(self) -> list[Strip]:
        width, height = self.size
        styles = {name: component_style(self, _PREFIX + name) for name in _NAMES}
        rows = draw_lines(self._series, width, height, self._bounds)
        if not rows:
            return self._message(width, height, styles["axis"])
        strips = []
        for row in rows:
            runs = groupby(row, key=lambda cell: cell[1])
            segments = [Segment("".join(char for char, _ in run), styles.get(name, Style())) for name, run in runs]
            strips.append(Strip(segments).adjust_cell_length(width).apply_style(self.rich_style))
        return strips

    def _message(self, width: int, height: int, style: Style) -> list[Strip]:
        points = any(line.points for line in self._series)
        text = clip("too little room for a plot" if points else self._empty, width)
        blank = Strip.blank(width, self.rich_style)
        line = Strip([Segment(text.center(width), style)]).adjust_cell_length(width).apply_style(self.rich_style)
        return [blank] * ((height - 1) // 2) + [line]


class Series(NamedTuple):
    """One line. Points are (x, y), x rising; `sign` is written behind the last one, to tell lines without colour."""

    points: tuple[tuple[int, float], ...]
    style: str
    sign: str = ""
    dotted: bool = False


def draw_lines(
    series: Sequence[Series], width: int, height: int, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> list[list[Cell]]:
    """Rows of cells with axes, ticks and lines; later series lie over earlier ones. Nothing where there is no point
    or less room than `LEAST_WIDTH` by `LEAST_HEIGHT`. `bounds` are those that values do not pass."""
    points = [point for line in series for point in line.points]
    if not points or width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return []
    rows = height - 2
    values = value_axis(min(y for _, y in points), max(y for _, y in points), max(2, rows // _ROWS_A_TICK), bounds)
    margin = max(len(values.text(tick)) for tick in values.ticks)
    columns = width - margin - 1 - _SIGN_ROOM
    epochs = epoch_axis(min(x for x, _ in points), max(x for x, _ in points), max(2, columns // _TICK_ROOM))
    frame = _Frame(columns, rows, epochs, values)
    body = frame.cells(series)
    ticks = {frame.row(tick): values.text(tick) for tick in values.ticks}
    lines = []
    for row in range(rows):
        label = ticks.get(row, "")
        edge = "┤" if label else "│"
        lines.append([*_text(f"{label:>{margin}}{edge}", "axis"), *body[row]])
    marks = {frame.column(tick): epochs.text(tick) for tick in epochs.ticks}
    rule = "".join("┬" if column in marks else "─" for column in range(columns))
    lines.append(_text(" " * margin + "└" + rule + " " * _SIGN_ROOM, "axis"))
    lines.append(_text(" " * (margin + 1) + _labels(marks, columns + _SIGN_ROOM), "axis"))
    return lines


class _Frame:
    """The area between the axes."""

    def __init__(self, columns: int, rows: int, epochs: Axis, values: Axis) -> None:
        self.columns, self.rows, self.epochs, self.values = columns, rows, epochs, values

    def column(self, x: float) -> int:
        return self._dot_x(x) // ACROSS

    def row(self, y: float) -> int:
        return self._dot_y(y) // DOWN

    def _dot_x(self, x: float) -> int:
        return round(self.epochs.share(x) * (self.columns * ACROSS - 1))

    def _dot_y(self, y: float) -> int:
        return round((1 - self.values.share(y)) * (self.rows * DOWN - 1))

    def cells(self, series: Sequence[Series]) -> list[list[Cell]]:
        """The lines over a faint grid, their signs over both; signs keep out of each other's way."""
        canvas = Braille(self.columns, self.rows)
        for line in series:
            self._trace(canvas, line)
        grid = {self.row(tick) for tick in self.values.ticks}
        body: list[list[Cell]] = []
        for row in range(self.rows):
            cells = [canvas.cell(column, row) for column in range(self.columns)] + [(" ", "")] * _SIGN_ROOM
            body.append([cell if cell[1] or row not in grid else ("┈", "grid") for cell in cells])
        for line in series:
            if len(line.points) == 1:
                x, y = line.points[0]
                self._put(body, self.column(x), self.row(y), ("•", line.style))
        taken: set[tuple[int, int]] = set()
        for line in (line for line in series if line.sign and line.points):
            x, y = line.points[-1]
            column, row = self.column(x) + 1, self._free_row(self.column(x) + 1, self.row(y), taken)
            taken.add((column, row))
            self._put(body, column, row, (line.sign, line.style))
        return body

    def _trace(self, canvas: Braille, line: Series) -> None:
        phase = 0
        dots = [(self._dot_x(x), self._dot_y(y)) for x, y in line.points]
        for start, end in zip(dots, dots[1:], strict=False):
            phase = canvas.line(start, end, line.style, every=_DOTTED if line.dotted else 1, phase=phase)

    def _free_row(self, column: int, wanted: int, taken: set[tuple[int, int]]) -> int:
        near = sorted(range(self.rows), key=lambda row: (abs(row - wanted), row))
        return next((row for row in near if (column, row) not in taken), wanted)

    def _put(self, body: list[list[Cell]], column: int, row: int, cell: Cell) -> None:
        if 0 <= row < self.rows and 0 <= column < self.columns + _SIGN_ROOM:
            body[row][column] = cell


def _text(text: str, style: str) -> list[Cell]:
    return [(char, style) for char in text]


def _labels(marks: dict[int, str], width: int) -> str:
    """The labels, each centred under its column; one that would touch the one before is left out."""
    line = ""
    for column, label in sorted(marks.items()):
        start = min(max(0, column - len(label) // 2), width - len(label))
        if start > len(line) or not line:
            line = line.ljust(start) + label
    return line.ljust(width)


class Axis(NamedTuple):
    """From `low` to `high`, with ticks between."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int = 0

    def share(self, value: float) -> float:
        """Where a value is: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def text(self, value: float) -> str:
        """A tick as it is written, all with as many decimals."""
        return f"{value:.{self.decimals}f}" if abs(self.high) < 1e5 else f"{value:.3g}"


def value_axis(low: float, high: float, count: int, bounds: tuple[float, float] = (-math.inf, math.inf)) -> Axis:
    """An axis that holds low..high with a little air, which ends at the bounds unless values lie beyond them, and has
    round ticks: about `count` of them, three at least."""
    air = (high - low) * _AIR if high - low > _FLAT else max(abs(high) * 0.1, 0.05)
    low, high = max(low - air, min(low, bounds[0])), min(high + air, max(high, bounds[1]))
    step = _round_step((high - low) / max(1, count))
    while len(ticks := _multiples(step, low, high)) < _LEAST_TICKS:
        step = _round_step(step / 2.5)
    return Axis(low, high, ticks, max(0, -math.floor(math.log10(step) + 1e-9)))


def epoch_axis(first: int, last: int, room: int) -> Axis:
    """An axis over whole numbers with at most `room` ticks: the first, the last, and round ones between."""
    if last <= first:
        return Axis(first - 1, first + 1, (first,))
    step = max(1, math.ceil(_round_step((last - first) / max(1, room - 1))))
    between = [number for number in range(0, last, step) if number > first and _apart(number, first, last, step)]
    return Axis(first, last, (first, *between, last))


def _apart(number: int, first: int, last: int, step: int) -> bool:
    """Far enough from both ends that their labels do not touch."""
    return step == 1 or (number - first >= step / 2 and last - number >= step / 2)


def _round_step(rough: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= rough * 0.999), 10 * power)


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


class Braille:
    """`width` by `height` cells; dots are counted from the upper left."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._bits = [[0] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]

    def dot(self, x: int, y: int, style: str) -> None:
        """Set a dot; one outside is left out."""
        column, row = x // ACROSS, y // DOWN
        if 0 <= column < self.width and 0 <= row < self.height:
            self._bits[row][column] |= _DOTS[x % ACROSS][y % DOWN]
            self._styles[row][column] = style

    def line(self, start: tuple[int, int], end: tuple[int, int], style: str, *, every: int = 1, phase: int = 0) -> int:
        """A straight line of dots, each `every`th set; returns the phase with which its continuation goes on."""
        (x, y), (to_x, to_y) = start, end
        steps = max(abs(to_x - x), abs(to_y - y))
        for step in range(steps + 1):
            if (phase + step) % every == 0:
                share = step / steps if steps else 0.0
                self.dot(round(x + (to_x - x) * share), round(y + (to_y - y) * share), style)
        return (phase + steps) % every

    def cell(self, column: int, row: int) -> tuple[str, str]:
        """Character and style of a cell; a space where there is no dot."""
        bits = self._bits[row][column]
        return (chr(_BLANK + bits), self._styles[row][column]) if bits else (" ", "")
