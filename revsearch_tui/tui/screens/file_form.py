"""Where to write a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.dialog import STYLES
from revsearch_tui.tui.text import shown, shown_path


class FileForm(ModalScreen[Path]):
    """Answers with a file, or None. A file that is there is replaced only when that is confirmed."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.FORM)

    def __init__(self, title: str, file: Path, suffixes: Sequence[str]) -> None:
        super().__init__(classes="form")
        self._title, self._file, self._suffixes = title, file, tuple(suffixes)
        self._confirmed: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = shown(self._title)
            box.border_subtitle = "enter writes · esc back"
            with Horizontal(classes="form-line"):
                yield Static("File", classes="prompt")
                yield Input(os.fspath(self._file), id="file-name", compact=True, select_on_focus=False)
            endings = f"{', '.join(self._suffixes[:-1])} or {self._suffixes[-1]}"
            yield Static(f"The name decides what is written: {endings}.", classes="dialog-hint")
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
        if not text or file.suffix.lower() not in self._suffixes:
            problem = f"Let the name end in {', '.join(self._suffixes)}."
        elif not file.parent.is_dir():
            problem = f"'{shown_path(file.parent)}' is not a folder."
        elif file.exists() and file != self._confirmed:
            self._confirmed = file
            problem = f"'{shown_path(file.name)}' is there already; enter once more replaces it."
        self.query_one("#form-problem", Static).update(problem)
        if not problem:
            self.dismiss(file)
