"""Where to write a plot."""

from __future__ import annotations

import os
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from revsearch_tui.core.training.plot import SUFFIXES
from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.dialog import STYLES
from revsearch_tui.tui.text import count, shown_path


class PlotForm(ModalScreen[Path]):
    """Answers with a file, or None. A file that is there is replaced only when that is confirmed."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.FORM)

    def __init__(self, file: Path, runs: int) -> None:
        super().__init__(classes="form")
        self._file, self._runs = file, runs
        self._confirmed: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = f"Save the curves of {count(self._runs, 'run')}"
            box.border_subtitle = "enter writes · esc back"
            with Horizontal(classes="form-line"):
                yield Static("File", classes="prompt")
                yield Input(os.fspath(self._file), id="plot-file", compact=True, select_on_focus=False)
            yield Static("The name decides what is written: .png, .svg or .pdf.", classes="dialog-hint")
            yield Static("", id="form-problem", markup=False)
            with Horizontal(classes="form-line"):
                yield Button("Write", id="form-start", variant="primary", compact=True)
                yield Button("Back", id="form-back", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self) -> None:
        self._write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "form-start":
            self._write()
        else:
            self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

    def _write(self) -> None:
        text = self.query_one(Input).value.strip()
        file = Path(os.path.expanduser(text))  # noqa: PTH111 - `Path.expanduser` raises for an unknown user
        problem = ""
        if not text or file.suffix.lower() not in SUFFIXES:
            problem = f"Let the name end in {', '.join(SUFFIXES)}."
        elif not file.parent.is_dir():
            problem = f"'{shown_path(file.parent)}' is not a folder."
        elif file.exists() and file != self._confirmed:
            self._confirmed = file
            problem = f"'{shown_path(file.name)}' is there already; enter once more replaces it."
        self.query_one("#form-problem", Static).update(problem)
        if not problem:
            self.dismiss(file)
