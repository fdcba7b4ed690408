"""What all dialogs share, and those that ask before something is gone or left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import JobOver
from revsearch_tui.tui.typed_ahead import LeftOnce
from revsearch_tui.tui.widgets.painting import PointedButton

Answer = TypeVar("Answer")
STYLES = Path(__file__).parent.with_name("dialogs.tcss")
"""Read when the first dialog opens: the less there is to parse, the sooner the first frame."""

BREAKPOINTS = [(0, "-tiny"), (18, "-usual")]
"""Lines of the terminal: in few of them nothing is left blank."""


class Dialog(ModalScreen[Answer], LeftOnce[Answer]):
    """A dialog with a list in it: j and k move as the arrows do."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.DIALOG)
    VERTICAL_BREAKPOINTS = BREAKPOINTS

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


class ReadingDialog(Dialog[None]):
    """A page to read; any of the closing keys leaves it."""

    def __init__(self, title: str, text: str | Content = "") -> None:
        super().__init__(classes="help")
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = "j k scroll · esc back"
            yield Static(self._text, markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


class ConfirmDialog(Dialog[bool]):
    """Answers True where the user agreed, else None."""

    def __init__(
        self, title: str, text: str, button: str, keys: str = "enter presses · tab changes · esc back"
    ) -> None:
        super().__init__(classes="form")
        self._title, self._text, self._button, self._keys = title, text, button, keys

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-box", can_focus=False) as box:
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


class QuitDialog(ConfirmDialog):
    """Answers True where the user leaves all the same, else None. The keys that quit, once more, do. `told` gives what
    ends by leaving."""

    BINDINGS = keymap.bindings(keymap.QUIT)

    def __init__(self, told: Callable[[], Sequence[str]]) -> None:
        super().__init__("Quit?", "\n".join(told()), "Quit", "y quits · n goes back")
        self._told = told

    def on_job_over(self, _message: JobOver) -> None:
        self.query_one(Static).update("\n".join(self._told()) or "What was under way has ended meanwhile.")

    def action_quit(self) -> None:
        self.dismiss(True)
