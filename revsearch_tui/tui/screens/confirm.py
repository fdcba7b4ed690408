"""Ask before something is gone for good."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.widgets.pointed import PointedButton


class ConfirmDialog(Dialog[bool]):
    """Answers True where the user agreed, else None."""

    def __init__(
        self, title: str, text: str, button: str, keys: str = "enter presses · tab changes · esc back"
    ) -> None:
        super().__init__(classes="form")
        self._title, self._text, self._button, self._keys = title, text, button, keys

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = self._keys
            yield Static(self._text, markup=False)
            with Horizontal(classes="form-line"):
                yield PointedButton(self._button, id="confirm-yes", variant="error")
                yield PointedButton("Back", id="confirm-no")

    def on_mount(self) -> None:
        self.query_one("#confirm-no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(True if event.button.id == "confirm-yes" else None)
