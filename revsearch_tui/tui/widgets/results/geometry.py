"""Where cards and lines are: plain arithmetic of cells."""

from __future__ import annotations

from typing import NamedTuple

_CARD_WIDTH = 26
_CARD_MIN_WIDTH = 18


class Geometry(NamedTuple):
    """`columns` cards of `width` x `height` cells side by side, the first `wider` of which are one cell wider. A list
    is one column of height 1 under a heading."""

    columns: int
    width: int
    height: int
    picture_width: int
    picture_height: int
    heading: int = 0
    wider: int = 0

    def rows(self, hits: int) -> int:
        """Lines of cells that so many hits take, the heading included."""
        return -(-hits // self.columns) * self.height + self.heading

    def place(self, index: int) -> tuple[int, int]:
        """Left and top cell of a hit, in the scrolled content without the heading."""
        column = index % self.columns
        return column * self.width + min(column, self.wider), index // self.columns * self.height

    def card(self, index: int) -> Geometry:
        """As this, with the width of the hit's own card."""
        more = int(index % self.columns < self.wider)
        return self._replace(width=self.width + more, picture_width=self.picture_width + more)

    def index_at(self, x: int, y: int, hits: int) -> int | None:
        """The hit at a cell of the scrolled content without the heading."""
        inner = self.wider * (self.width + 1)
        column = x // (self.width + 1) if x < inner else self.wider + (x - inner) // self.width
        index = y // self.height * self.columns + column
        return index if y >= 0 and 0 <= column < self.columns and index < hits else None

    def visible(self, top: int, lines: int, hits: int) -> range:
        """The hits any part of which lies within these lines of the scrolled content."""
        first = max(0, top) // self.height * self.columns
        last = -(-max(0, top + lines) // self.height) * self.columns
        return range(min(first, hits), min(last, hits))


def grid(width: int, height: int, hits: int) -> Geometry:
    """Cards that fill the width of an area of that many cells; few hits get large ones."""
    columns = max(1, round(width / _CARD_WIDTH))
    while columns > 1 and width // columns < _CARD_MIN_WIDTH:
        columns -= 1
    columns = max(1, min(columns, hits))
    card = max(8, width // columns)
    rows = max(3, min(round((card - 2) * 0.34), max(3, height - 3)))
    return Geometry(columns, card, rows + 3, card - 2, rows, wider=max(0, width - columns * card))


def listing(width: int) -> Geometry:
    """Lines for an area of that width."""
    return Geometry(1, max(1, width), 1, 0, 0, heading=1)


def moved(index: int, move: str, geometry: Geometry, hits: int, page: int) -> int:
    """The hit that a movement leads to. `page` is the height of the view in cells."""
    step = geometry.columns
    leap = max(1, page // geometry.height) * step
    target = {
        "left": index - 1,
        "right": index + 1,
        "up": index - step if index >= step else index,
        "down": index + step if index + step < hits else index if index // step == (hits - 1) // step else hits - 1,
        "page_up": index - leap,
        "page_down": index + leap,
        "first": 0,
        "last": hits - 1,
    }[move]
    return max(0, min(hits - 1, target))
