"""Pictures as coloured half cells: works in every terminal with colours."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from revsearch_tui.tui.pictures.drawing import Drawing, fit

if TYPE_CHECKING:
    from PIL.Image import Image

_CELL = (1, 2)


@lru_cache(maxsize=65536)
def _style(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Style:
    return Style(
        color=Color.from_triplet(ColorTriplet(*top)), bgcolor=Color.from_triplet(ColorTriplet(*bottom))
    )


class HalfCells:
    """Two pixels a cell: the upper half block in the upper pixel's colour on the lower one's."""

    name = "half-cells"

    def draw(self, image: Image, width: int, height: int) -> Drawing:
        """See `Renderer`."""
        columns, rows = fit(image.size, width, height, _CELL)
        return Drawing(columns, rows, self.rows(image, columns, rows))

    def rows(self, image: Image, columns: int, rows: int) -> tuple[tuple[Segment, ...], ...]:
        """The picture stretched to exactly that many cells."""
        from PIL.Image import Resampling

        small = image.convert("RGB").resize((columns, rows * 2), Resampling.LANCZOS, reducing_gap=3.0)
        data = small.tobytes()
        pixels = [(data[i], data[i + 1], data[i + 2]) for i in range(0, len(data), 3)]
        lines = []
        for row in range(rows):
            upper = pixels[2 * row * columns : (2 * row + 1) * columns]
            lower = pixels[(2 * row + 1) * columns : (2 * row + 2) * columns]
            lines.append(_line(upper, lower))
        return tuple(lines)


def _line(upper: list[tuple[int, int, int]], lower: list[tuple[int, int, int]]) -> tuple[Segment, ...]:
    """One line of cells; equal neighbours share a segment."""
    segments: list[Segment] = []
    start = 0
    for column in range(1, len(upper) + 1):
        if column == len(upper) or upper[column] != upper[start] or lower[column] != lower[start]:
            segments.append(Segment("▀" * (column - start), _style(upper[start], lower[start])))
            start = column
    return tuple(segments)
