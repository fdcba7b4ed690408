"""Two files in full size: side by side, one after the other in one place, where they differ, and one over the
other."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import clip_placed, shown
from revsearch_tui.tui.widgets.duplicates.two_pictures import WHOLE, TwoPictures, View
from revsearch_tui.tui.widgets.results.folders import telling_folders
from revsearch_tui.tui.widgets.side import TwoPane

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from revsearch_tui.tui.pictures.drawing import Drawing
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_VIEWS = ("side by side", "flicker", "difference", "overlay")
_LEFT, _RIGHT, _DIFFERENCE, _OVERLAY = "left", "right", "difference", "overlay"
_HALF, _OPAQUE, _STEP = 50, 100, 10
"""Percent."""


class TwoFilesScreen(Page):
    """What is enlarged or moved is so for both. Subclasses say which files they are, and what there is to say."""

    BINDINGS = keymap.bindings(keymap.TWO)
    views = _VIEWS

    def __init__(self, home: IndexingScreen, *crumbs: str) -> None:
        super().__init__(home, *crumbs)
        self.shown_view = _VIEWS[0]
        self.shown_side = _LEFT
        """Which one is shown where there is room for one."""
        self.share_over = _HALF
        """Of the one on the right where it is laid over the one on the left, in percent."""
        self.part = WHOLE
        self._drawn: dict[View, Drawing] = {}
        self._problem = ""
        self._pictures = TwoPictures(self.loader)
        self._is_drawing = False

    @abstractmethod
    def files(self) -> tuple[Path, Path]:
        """The file on the left and the one on the right."""

    def sign(self, side: int) -> str:
        """What stands before the name of the file on the left (0) or the right (1)."""
        return ""

    @abstractmethod
    def foot(self, width: int) -> Content:
        """Two lines about both, in so many cells."""

    def compose_body(self) -> ComposeResult:
        with Horizontal(classes="page-body"):
            yield TwoPane(id="two-left")
            yield TwoPane(id="two-right")
        yield Static("", id="duplicates-foot", markup=False)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.TWO, self), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self.show_view(_VIEWS[0])

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)
        self.tell()

    # Drawing

    def _views(self) -> Mapping[str, View]:
        """What is to be drawn: by the id of its pane, and `flip` for what one key shows next."""
        paths = dict(zip((_LEFT, _RIGHT), map(str, self.files()), strict=True))
        size = self.query_one("#two-left").content_size
        if self.shown_view == "side by side":
            return {f"two-{side}": View(side, (path,), self.part, *size) for side, path in paths.items()}
        if self.shown_view == "difference":
            return {"two-left": View(_DIFFERENCE, tuple(paths.values()), self.part, *size)}
        if self.shown_view == "overlay":
            return {"two-left": View(_OVERLAY, tuple(paths.values()), self.part, *size, self.share_over)}
        other = _RIGHT if self.shown_side == _LEFT else _LEFT
        return {
            "two-left": View(self.shown_side, (paths[self.shown_side],), self.part, *size),
            "flip": View(other, (paths[other],), self.part, *size),
        }

    def _draw(self) -> None:
        """Put what is drawn into the panes, and have the rest drawn, one thing after the other."""
        if not self.is_attached:
            return
        views = self._views()
        for pane, view in views.items():
            if pane != "flip":
                text = self._problem or ("reading …" if self.loader.renderer else "no pictures in this terminal")
                self.query_one(f"#{pane}", TwoPane).put(self._drawn.get(view), text)
        missing = next(
            (view for view in views.values() if view not in self._drawn and view.width and view.height), None
        )
        if missing is not None and not self._is_drawing and not self._problem and self.loader.renderer is not None:
            self._is_drawing = True
            self.fetch("drawing", partial(self._drawn_view, missing))

    def _drawn_view(self, view: View) -> tuple[View, Drawing]:
        return view, self._pictures.draw(view)

    def fetched(self, message: Fetched) -> None:
        self._is_drawing = False
        if isinstance(message.value, tuple):
            view, drawing = message.value
            wanted = set(self._views().values())
            self._drawn = {each: known for each, known in self._drawn.items() if each in wanted}
            self._drawn[view] = drawing
        else:
            self._problem = message.problem
        self._draw()
        self.tell()

    def changed(self) -> None:
        """The files are others now."""
        self._problem = ""
        self._draw()
        self.tell()

    # Showing

    def show_view(self, view: str) -> None:
        """One of the views' names."""
        super().show_view(view)
        self.query_one("#two-right").display = view == "side by side"
        self.tell()
        self.call_after_refresh(self._draw)

    def tell(self) -> None:
        """Name the pictures on their frames, and all that is known below."""
        left, right = self.query_one("#two-left"), self.query_one("#two-right")
        left.border_title = self._title(self.shown_number)
        right.border_title = self._title(1)
        if self.shown_view == "difference":
            mean = self._pictures.mean_difference
            left.border_title = "Difference" if mean is None else f"Difference · {mean:.1f} of 255 in the mean"
        if self.shown_view == "overlay":
            left.border_title = Content(f"{self.share_over} % of {self._placed(1, self.size.width - 20)}")
        zoom = f"{1 / self.part.share:.3g}×" if self.part.share < 1 else ""
        left.border_subtitle = f"{self.shown_view}{' · ' + zoom if zoom else ''}"
        self.query_one("#duplicates-foot", Static).update(self.foot(max(20, self.size.width - 2)))

    @property
    def shown_number(self) -> int:
        """Which file is shown where there is room for one: 0 or 1."""
        return int(self.shown_view == "flicker" and self.shown_side == _RIGHT)

    def _title(self, side: int) -> Content:
        sign = self.sign(side)
        width = max(12, self.size.width // (2 if self.shown_view == "side by side" else 1) - 8)
        name = self._placed(side, width - len(sign) - 3)
        return Content(f"{sign} · {name}" if sign else name)

    def _placed(self, side: int, width: int) -> str:
        """A file's name in so many cells, with the folder that tells it from the other's."""
        files = self.files()
        folder = telling_folders(files).get(side, "")
        return clip_placed(shown(folder), shown(files[side].name), max(8, width))

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "fade":
            return self.shown_view == "overlay"
        return super().check_action(action, parameters)

    def action_flicker(self) -> None:
        if self.shown_view == "flicker":
            self.shown_side = _RIGHT if self.shown_side == _LEFT else _LEFT
            self._draw()
            self.tell()
        else:
            self.shown_side = _LEFT
            self.show_view("flicker")

    def action_beside(self) -> None:
        self.show_view("side by side")

    def action_difference(self) -> None:
        self.show_view("difference")

    def action_overlay(self) -> None:
        self.show_view("overlay")

    def action_fade(self, step: int) -> None:
        self.share_over = max(0, min(_OPAQUE, self.share_over + step * _STEP))
        self._draw()
        self.tell()

    def action_zoom(self, step: int) -> None:
        self.part = self.part.enlarged(step) if step else WHOLE
        self._draw()
        self.tell()

    def action_pan(self, across: int, down: int) -> None:
        self.part = self.part.moved(across, down)
        self._draw()
