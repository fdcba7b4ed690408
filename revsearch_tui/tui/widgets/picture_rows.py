"""Rows of pictures, each under a heading: one widget that paints only the rows in sight."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.widgets.painting import overlay_at, send_to_terminal
from revsearch_tui.tui.widgets.pictures_view import PREFIX, PicturesView
from revsearch_tui.tui.widgets.results.card import Line, picture_offset
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.results.geometry import Geometry

_NAMES = ("edge", "highlight", "faint", "good", "doubt")
_LEAST_BLOCK, _LOW_BLOCK, _HIGH_BLOCK = 7, 8, 13
_HEADING = 1
_FRAME = 3
"""Lines of a card without its picture."""


class Blocks(NamedTuple):
    """Rows below each other, each of `height` lines with `columns` cards of this geometry."""

    height: int
    columns: int
    card: Geometry

    def window(self, entries: int, at: int) -> range:
        """The pictures that are shown of so many, where one of them has to be."""
        first = max(0, min(at - self.columns + 1, entries - self.columns)) if at >= self.columns else 0
        return range(first, min(entries, first + self.columns))


def blocks_for(width: int, height: int) -> Blocks:
    """As many whole rows as an area of that many cells bears well."""
    wanted = _HIGH_BLOCK if height >= 2 * _HIGH_BLOCK else _LOW_BLOCK
    block = max(_LEAST_BLOCK, height // max(1, height // wanted))
    rows = min(block - _HEADING - _FRAME, 14)
    room = max(16, min(round(rows * 2.6) + 2, width))
    columns = max(1, width // room)
    card = width // columns
    return Blocks(rows + _HEADING + _FRAME, columns, Geometry(columns, card, rows + _FRAME, max(1, card - 2), rows))


class PictureRows(PicturesView, inherit_bindings=False):
    """Rows of pictures with a cursor on a picture of one of them. Subclasses say what is in a row."""

    COMPONENT_CLASSES = {PREFIX + name for name in _NAMES}

    class Moved(Message):
        """The cursor is elsewhere, or what it is on has changed."""

    class Wanted(Message):
        """Something is to be done with the picture that the cursor is on."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(loader, **names)
        self.at, self.entry = 0, 0
        """The row and the picture of it that the cursor is on."""
        self._blocks = blocks_for(80, 18)
        self._lines: dict[int, list[Strip]] = {}
        self._is_sending = False

    # What subclasses say

    @property
    @abstractmethod
    def rows(self) -> int:
        """How many there are."""

    @abstractmethod
    def entries(self, at: int) -> int:
        """How many pictures a row has."""

    @abstractmethod
    def picture(self, at: int, number: int) -> tuple[str, Path]:
        """The image id, in hex, and the file of a picture of a row."""

    @abstractmethod
    def heading(self, at: int, window: range, width: int) -> Line:
        """The line above a row, those of whose pictures are shown that are in the window."""

    @abstractmethod
    def card(self, at: int, number: int, geometry: Geometry, key: PictureKey, folder: str) -> list[Line]:
        """A picture of a row; `folder` tells it from others of its name."""

    # What is shown

    def show_rows(self) -> None:
        """Show other rows than before, with the cursor about where it was."""
        self._problems.clear()
        self.at = max(0, min(self.at, self.rows - 1))
        self.entry = min(self.entry, self.entries(self.at) - 1) if self.rows else 0
        self._lay_out()
        self.changed()

    def changed(self) -> None:
        """What is told of rows, or where the cursor is, is not what it was."""
        self._lines.clear()
        self._reveal()
        self.ask_for_pictures()
        self.refresh()
        self.post_message(self.Moved())

    def is_on(self, at: int, number: int) -> bool:
        """Whether the cursor is on that picture."""
        return (at, number) == (self.at, self.entry)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a row are there only with one."""
        return self.rows > 0

    def action_move(self, move: str) -> None:
        if not self.rows:
            return
        if move in ("left", "right"):
            step = 1 if move == "right" else -1
            self.go_to(self.at, max(0, min(self.entries(self.at) - 1, self.entry + step)))
            return
        leap, last = max(1, self.size.height // self._blocks.height), self.rows - 1
        target = {
            "up": self.at - 1,
            "down": self.at + 1,
            "page_up": self.at - leap,
            "page_down": self.at + leap,
            "first": 0,
            "last": last,
        }[move]
        target = max(0, min(last, target))
        if target != self.at:
            self.go_to(target, self.entry_in(target))

    def go_to(self, at: int, entry: int) -> None:
        """Put the cursor on a picture."""
        self.at, self.entry = at, entry
        self.changed()

    def entry_in(self, at: int) -> int:
        """The picture of a row that the cursor comes to from above or below."""
        return 0

    def want(self, action: str) -> None:
        """Ask for something to be done with the picture that the cursor is on."""
        self.post_message(self.Wanted(action))

    def action_open(self) -> None:
        self.want("open")

    def action_copy_path(self) -> None:
        self.want("copy")

    @abstractmethod
    def action_enter(self) -> None:
        """What a double click does."""

    def on_click(self, event: events.Click) -> None:
        at, inner = divmod(event.y + self.scroll_offset.y, self._blocks.height)
        if at < self.rows and inner >= _HEADING:
            window = self._window(at)
            entry = window.start + event.x // self._blocks.card.width
            if entry in window:
                self.go_to(at, entry)
                if event.chain == 2:
                    self.action_enter()

    # Layout

    def on_resize(self) -> None:
        self._lay_out()
        self._reveal()
        self.ask_for_pictures()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._lines.clear()

    def _lay_out(self) -> None:
        width, height = self.scrollable_content_region.size
        self._blocks = self.blocks(max(1, width), height)
        self._lines.clear()
        self.virtual_size = Size(width, self.rows * self._blocks.height)
        self.refresh()

    def blocks(self, width: int, height: int) -> Blocks:
        """How rows are laid out in an area of that many cells."""
        return blocks_for(width, height)

    def _reveal(self) -> None:
        """Scroll so that the cursor's row is in sight."""
        if not self.rows or not self.size.height:
            return
        top = self.at * self._blocks.height
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif top + self._blocks.height > self.scroll_offset.y + self.size.height:
            top = max(0, top + self._blocks.height - self.size.height)
            self.scroll_to(y=top, animate=False, immediate=True)

    def _in_sight(self) -> range:
        """The rows any part of which is in sight."""
        height, top = self._blocks.height, self.scroll_offset.y
        return range(min(self.rows, top // height), min(self.rows, -(-(top + self.size.height) // height)))

    def _window(self, at: int) -> range:
        return self._blocks.window(self.entries(at), self.entry if at == self.at else 0)

    # Pictures

    def _key(self, at: int, number: int) -> PictureKey:
        card = self._blocks.card
        return PictureKey(*self.picture(at, number), card.picture_width, card.picture_height)

    def keys_in_sight(self) -> Iterator[PictureKey]:
        return (self._key(at, number) for at in self._in_sight() for number in self._window(at))

    def arrived(self, key: PictureKey) -> None:
        self._lines.clear()
        self.refresh()

    # Painting

    def render_line(self, y: int) -> Strip:
        width, base = self._painted
        at, inner = divmod(y + self.scroll_offset.y, self._blocks.height)
        if at >= self.rows:
            return Strip.blank(width, base)
        if at not in self._lines:
            self._lines[at] = self._row_lines(at, width)
        return self._lines[at][inner].apply_style(base)

    def _row_lines(self, at: int, width: int) -> list[Strip]:
        window = self._window(at)
        folders = telling_folders([self.picture(at, number)[1] for number in window])
        cards = [
            self.card(at, number, self._blocks.card, self._key(at, number), folders.get(place, ""))
            for place, number in enumerate(window)
        ]
        rows = zip(*cards, strict=True)
        lines = [self.heading(at, window, width), *([segment for line in row for segment in line] for row in rows)]
        return [Strip(line).adjust_cell_length(width) for line in lines]

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the base class; what goes over the cells in graphics terminals follows when they are painted: within a
        line it would be lost where a scrollbar or a notification cuts it."""
        self._painted = self.size.width, self.rich_style
        if not self._is_sending:
            self._is_sending = True
            self.call_after_refresh(self._send_overlays)
        return super().render_lines(crop)

    def _send_overlays(self) -> None:
        """Pictures that lie wholly in sight, each written at its place; cut ones stay half cells."""
        self._is_sending = False
        if not (self.is_attached and self.rows and self.screen.is_current and self.display):
            return
        parts, area = [], self.scrollable_content_region
        for at in self._in_sight():
            for place, number in enumerate(self._window(at)):
                drawing = self._loader.drawing(self._key(at, number))
                if drawing is None or not drawing.overlay:
                    continue
                x, y = picture_offset(self._blocks.card, drawing)
                y += at * self._blocks.height + _HEADING - self.scroll_offset.y
                if y >= 0 and y + drawing.height <= self.size.height:
                    x += area.x + place * self._blocks.card.width
                    parts.append(overlay_at(drawing.overlay, x, area.y + y))
        if parts:
            send_to_terminal(self.app, "".join(parts))
