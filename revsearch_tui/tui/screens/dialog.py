"""What all dialogs share: they float in the middle, and Escape closes them."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

from revsearch_tui.tui import keymap

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A dialog with a list in it: j and k move as the arrows do."""

    BINDINGS = keymap.bindings(keymap.DIALOG)

    def action_close(self) -> None:
        self.dismiss(None)

    async def action_cursor(self, direction: str) -> None:
        focused = self.focused
        if focused is None:
            return
        for name in (f"action_cursor_{direction}", f"action_scroll_{direction}"):
            action = getattr(focused, name, None)
            if action is not None:
                action()
                return
