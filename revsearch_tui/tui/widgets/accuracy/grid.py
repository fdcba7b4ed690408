"""Pictures of an evaluation as cards."""

from __future__ import annotations

from typing import Any

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.widgets.results.view import ResultsView


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
