"""Lines over whole numbers, such as a loss per epoch, drawn into rows of characters. Nothing here knows of widgets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from revsearch_tui.tui.widgets.plot.axes import Axis, epoch_axis, value_axis
from revsearch_tui.tui.widgets.plot.braille import ACROSS, DOWN, Braille

Cell: TypeAlias = tuple[str, str]
"""A character and the name of its style."""

LEAST_WIDTH, LEAST_HEIGHT = 18, 5
_ROWS_A_TICK = 3
_TICK_ROOM = 7
_DOTTED = 3
_SIGN_ROOM = 2


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
