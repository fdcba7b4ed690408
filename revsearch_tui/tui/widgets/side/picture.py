"""One picture, as large as its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from revsearch_tui.tui.messages import PictureDrawn
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.painting import NO_CELLS, component_style, overlay_at, send_to_terminal


class PicturePane(Widget):
    """A picture, centred; without one a line that says so."""

    COMPONENT_CLASSES = {"picture--text"}

    def __init__(self, loader: PictureLoader, empty: str, **names: Any) -> None:
        super().__init__(**names)
        self._loader, self._empty = loader, empty
        self._path: Path | None = None
        self._image_id = ""
        self._problem = ""
        self._sent: set[str] = set()

    def show(self, path: Path | None, image_id: str = "") -> None:
        """Show a file's picture, or none."""
        self._path, self._image_id, self._problem = path, image_id, ""
        self._ask()
        self.refresh()

    def say(self, text: str) -> None:
        """What to say where there is no picture to be shown."""
        self._empty = text

    def on_resize(self) -> None:
        self._ask()

    def on_show(self) -> None:
        self._ask()

    def _key(self) -> PictureKey | None:
        width, height = self.content_size
        return PictureKey(self._image_id, self._path, width, height) if self._path and width and height else None

    def _ask(self) -> None:
        key = self._key()
        if key is not None and self.display and self._loader.drawing(key) is None:
            self._loader.request(key, self.post_message)

    def on_picture_drawn(self, message: PictureDrawn) -> None:
        if message.key != self._key():
            return
        self._problem = message.problem
        if message.drawing is not None and message.drawing.prelude not in self._sent:
            self._sent.add(message.drawing.prelude)
            send_to_terminal(self.app, message.drawing.prelude)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.content_size
        base = self.rich_style
        if self._path is None and (y != height // 2 or not self._empty):
            return Strip.blank(width, base)
        key = self._key()
        drawing = self._loader.drawing(key) if key else None
        if drawing is None:
            text = self._problem or ("" if self._path and self._loader.renderer else self._empty)
            if y != height // 2 or not text:
                return Strip.blank(width, base)
            text = clip(shown(text), width)
            style = component_style(self, "picture--text")
            line = Strip([Segment(" " * ((width - len(text)) // 2)), Segment(text, style)])
            return line.adjust_cell_length(width).apply_style(base)
        top, left = (height - drawing.height) // 2, (width - drawing.width) // 2
        if not top <= y < top + drawing.height:
            return Strip.blank(width, base)
        after = width - left - drawing.width
        segments = [Segment(" " * left), *drawing.rows[y - top], Segment(" " * after)]
        return Strip(segments, width).apply_style(base)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class, with the overlay of graphics terminals behind the last line."""
        strips = super().render_lines(crop)
        key = self._key()
        drawing = self._loader.drawing(key) if key else None
        if drawing is not None and drawing.overlay and strips and self.screen.is_current:
            width, height = self.content_size
            x = self.content_region.x + (width - drawing.width) // 2
            y = self.content_region.y + (height - drawing.height) // 2
            overlay = Segment(overlay_at(drawing.overlay, x, y), Style(), NO_CELLS)
            strips[-1] = Strip([*strips[-1], overlay], strips[-1].cell_length)
        return strips
