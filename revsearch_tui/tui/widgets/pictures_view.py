"""What views of many pictures share: they ask only for the pictures in sight, and paint what arrives."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from rich.style import Style
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.timer import Timer

from revsearch_tui.tui.messages import PictureDrawn
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader
from revsearch_tui.tui.widgets.painting import component_style, send_to_terminal

PREFIX = "results--"
_TOGETHER_S = 0.05
"""Pictures that arrive within this time are painted at once: a line with many costs as much for each of them."""


class PicturesView(ScrollView, can_focus=True, inherit_bindings=False):
    """A scrolled view that paints its own lines. Subclasses tell which pictures are in sight, and forget what they
    painted of one that has arrived."""

    def __init__(self, loader: PictureLoader, **names: Any) -> None:
        super().__init__(**names)
        self._loader = loader
        self._problems: dict[PictureKey, str] = {}
        self._asked: set[PictureKey] = set()
        self._drawn: list[PictureKey] = []
        self._painting: Timer | None = None
        self._sent: set[str] = set()
        self._styles: dict[str, Style] = {}
        self._painted = (80, Style())

    @abstractmethod
    def keys_in_sight(self) -> Iterable[PictureKey]:
        """The pictures any part of which is in sight."""

    @abstractmethod
    def arrived(self, key: PictureKey) -> None:
        """A picture is there, or cannot be: paint anew what shows it."""

    def repaint(self, *regions: Region) -> None:
        """Paint only these parts of the content anew; all of it where pictures are written over the cells."""
        renderer = self._loader.renderer
        if renderer is not None and renderer.name == "sixel":
            self.refresh()
        elif regions:
            self.refresh(*regions)

    def ask_for_pictures(self) -> None:
        """Ask for the pictures in sight, and no longer for those that went out of sight."""
        wanted: set[PictureKey] = set()
        if self.size.height:
            for key in self.keys_in_sight():
                if self._loader.drawing(key) is None and key not in self._problems:
                    wanted.add(key)
                    self._loader.request(key, self.post_message)
        self._loader.keep_only(wanted, self._asked)
        self._asked = wanted
        if wanted:  # what is known of them without their pictures comes first
            self._loader.frame.due()
            self.call_after_refresh(self._loader.frame.out)

    def on_picture_drawn(self, message: PictureDrawn) -> None:
        assert isinstance(message.key, PictureKey)
        if message.drawing is None:
            self._problems[message.key] = message.problem
        elif message.drawing.prelude and message.drawing.prelude not in self._sent:
            self._sent.add(message.drawing.prelude)
            send_to_terminal(self.app, message.drawing.prelude)
        self._asked.discard(message.key)
        self._drawn.append(message.key)
        if not self._asked:
            self._paint_drawn()
        elif self._painting is None:
            self._painting = self.set_timer(_TOGETHER_S, self._paint_drawn)

    def _paint_drawn(self) -> None:
        if self._painting is not None:
            self._painting.stop()
        drawn, self._drawn, self._painting = self._drawn, [], None
        for key in drawn:
            self.arrived(key)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the one that looks for the sixteen colours of terminals: none of them is in a picture."""
        return [each for each in super().get_line_filters() if not isinstance(each, ANSIToTruecolor)]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.ask_for_pictures()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def problem_of(self, key: PictureKey) -> str:
        """Why a picture is not there; empty where it is, or is on its way."""
        return self._problems.get(key, "" if self._loader.renderer else "no picture")

    def style_of(self, name: str) -> Style:
        """The style of one of the component classes, without their prefix."""
        if name and name not in self._styles:
            self._styles[name] = component_style(self, PREFIX + name)
        return self._styles[name] if name else Style()
