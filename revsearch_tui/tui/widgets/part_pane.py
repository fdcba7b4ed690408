"""A picture with a box on it, which the mouse draws and moves."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.message import Message

from revsearch_tui.api import Box
from revsearch_tui.tui.part_box import PartBox, box_of
from revsearch_tui.tui.widgets.side import TwoPane


class PartPane(TwoPane):
    """Shows what it is given. A drag that begins in the box moves it, one that begins elsewhere draws another."""

    class Dragged(Message):
        """The box is to be this one."""

        def __init__(self, box: PartBox) -> None:
            super().__init__()
            self.box = box

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self.box: PartBox | None = None
        """The one that is drawn."""
        self._from: Box | None = None
        self._moved: PartBox | None = None

    def _cell(self, event: events.MouseEvent) -> Box | None:
        """The cell under the pointer, or the nearest one of the picture, in fractions of its sides."""
        drawing = self.drawing()
        if drawing is None:
            return None
        at, (width, height) = event.get_content_offset_capture(self), self.content_size
        x = max(0, min(drawing.width - 1, at.x - (width - drawing.width) // 2))
        y = max(0, min(drawing.height - 1, at.y - (height - drawing.height) // 2))
        return Box(x / drawing.width, y / drawing.height, (x + 1) / drawing.width, (y + 1) / drawing.height)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        cell = self._cell(event)
        if cell is None or self.box is None:
            return
        self._from = cell
        is_inside = self.box.holds((cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2)
        self._moved = self.box if is_inside and not self.box.is_whole else None
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        start, cell = self._from, self._cell(event)
        if start is None or cell is None:
            return
        if self._moved is not None:
            box = self._moved.moved(100 * (cell.left - start.left), 100 * (cell.top - start.top))
        else:
            left, top = min(start.left, cell.left), min(start.top, cell.top)
            box = box_of(Box(left, top, max(start.right, cell.right), max(start.bottom, cell.bottom)))
        self.post_message(self.Dragged(box))

    def on_mouse_up(self) -> None:
        self._from = None
        self.release_mouse()
