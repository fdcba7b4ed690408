"""What pages about records show themselves by: the line that names their views, and pictures as cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.results.view import ResultsView


class Views(Static):
    """Names side by side, the current one marked; a click on one changes to it."""

    def __init__(self) -> None:
        super().__init__("", classes="page-line", markup=False)

    def show(self, views: Sequence[str], current: str) -> None:
        """Name the views of the page."""
        parts: list[Content] = []
        for number, view in enumerate(views):
            name = f" {shown(view)} "
            if view == current:
                parts.append(Content.styled(f"[{shown(view)}]", "$block-cursor-foreground on $primary bold"))
            else:
                parts.append(Content(name).stylize(f"@click=screen.view_at({number})"))
        self.update(Content(" ").join(parts))


class PictureGrid(ResultsView, inherit_bindings=False):
    """The grid of the results with keys of its own.

    Where it `leads_on`, `Wanted` with the action `look` asks for what lies behind a picture.
    """

    BINDINGS = keymap.bindings(keymap.RESULTS[:8], keymap.PICTURES)

    def __init__(self, loader: PictureLoader, *, leads_on: bool, **names: Any) -> None:
        super().__init__(loader, "grid", **names)
        self._leads_on = leads_on

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a picture are there only with one."""
        return self._leads_on and bool(self.hits) if action == "look" else super().check_action(action, parameters)

    def action_look(self) -> None:
        self._want("look")
