"""A canvas of dots, 2 across and 4 down in every cell, as braille characters. A cell has one style: that of the last
dot set in it."""

from __future__ import annotations

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of the dot at [x][y] of a cell, as Unicode orders them."""
_BLANK = 0x2800
ACROSS, DOWN = 2, 4


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
