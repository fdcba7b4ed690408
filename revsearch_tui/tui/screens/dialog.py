"""What all dialogs share: they float in the middle, and Escape closes them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from textual.screen import ModalScreen

from revsearch_tui.tui import keymap

Answer = TypeVar("Answer")
STYLES = Path(__file__).parent.with_name("dialogs.tcss")
"""Read when the first dialog opens: the less there is to parse, the sooner the first frame."""


class Dialog(ModalScreen[Answer]):
    """A dialog with a list in it: j and k move as the arrows do."""

    CSS_PATH = STYLES
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
