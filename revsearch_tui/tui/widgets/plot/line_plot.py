"""A widget that draws lines with axes. Colours come from its component classes, so from the theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from revsearch_tui.tui.text import clip
from revsearch_tui.tui.widgets.painting import component_style
from revsearch_tui.tui.widgets.plot.lines import Series, draw_lines

LINES = 6
"""How many styles there are for lines: `line-1` and so on."""
_PREFIX = "plot--"
_NAMES = ("axis", "grid", *(f"line-{number}" for number in range(1, LINES + 1)))


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
