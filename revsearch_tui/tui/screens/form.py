"""What the forms share: lines to fill in, a sentence about what is wrong, a button to start and one to go back."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from revsearch_tui.api import UsageError
from revsearch_tui.core.shortened import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.dialog import STYLES
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.query.line import PathLine

Answer = TypeVar("Answer")


class Form(ModalScreen[Answer]):
    """Answers with what was filled in, or None. A form yields its `fields` and makes its `answer`."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.FORM)

    def __init__(self, title: str, *, verb: str = "Start") -> None:
        super().__init__(classes="form")
        self._title, self._verb = title, verb

    @abstractmethod
    def fields(self) -> ComposeResult:
        """The lines, the one to begin with first: a `PathLine` or those of `field`."""

    @abstractmethod
    def answer(self) -> Answer:
        """What was filled in. Raises `UsageError`, whose sentence the form shows."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = f"enter {self._verb.lower()}s · esc back"
            yield from self.fields()
            yield Static("", id="form-problem", markup=False)
            with Horizontal(classes="form-line"):
                yield Button(self._verb, id="form-start", variant="primary", compact=True)
                yield Button("Back", id="form-back", compact=True)

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def on_path_line_submitted(self, event: PathLine.Submitted) -> None:
        event.stop()
        self._submit()

    def on_path_line_left(self, event: PathLine.Left) -> None:
        event.stop()
        self.action_close()

    def on_input_submitted(self) -> None:
        self._submit()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "form-start":
            self._submit()
        else:
            self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

    def text(self, name: str) -> str:
        """What stands in the field of that name."""
        return self.query_one(f"#form-{name}", Input).value.strip()

    def names(self, name: str) -> tuple[str, ...]:
        """What stands there between commas."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def _submit(self) -> None:
        try:
            self.dismiss(self.answer())
        except UsageError as error:
            text = shown(shortened(str(error), 300))
            self.query_one("#form-problem", Static).update(f"{text[:1].upper()}{text[1:]}.")


def field(name: str, title: str, value: str, hint: str = "", *, select: bool = True) -> Widget:
    """A line of a form: its title and an input with the id `form-NAME`. `select` marks the value on focus, so that
    typing replaces it."""
    entry = Input(value, placeholder=hint, id=f"form-{name}", compact=True, select_on_focus=select)
    return Horizontal(Static(title, classes="prompt"), entry, classes="form-line")
