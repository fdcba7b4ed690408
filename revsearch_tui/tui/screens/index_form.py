"""Which folder to index, into which collection, by which methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.jobs import IndexOrder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.dialog import STYLES
from revsearch_tui.tui.text import shown_path
from revsearch_tui.tui.widgets.query.line import PathLine


class IndexForm(ModalScreen[IndexOrder]):
    """Answers with what to index, or None."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(keymap.FORM)

    def __init__(self, loader: PictureLoader, collection: str, methods: Sequence[str]) -> None:
        super().__init__(classes="form")
        self._loader, self._collection, self._methods = loader, collection, methods

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Index a folder"
            box.border_subtitle = "enter starts · esc back"
            yield PathLine(
                self._loader,
                prompt="Folder",
                placeholder="path of a folder of pictures",
                folders_only=True,
                id="form-folder",
            )
            with Horizontal(classes="form-line"):
                yield Static("Collection", classes="prompt")
                yield Input(self._collection, id="form-collection", compact=True)
            with Horizontal(classes="form-line"):
                yield Static("Methods", classes="prompt")
                yield Input(", ".join(self._methods), id="form-methods", compact=True)
            yield Static("", id="form-problem", markup=False)
            with Horizontal(classes="form-line"):
                yield Button("Start", id="form-start", variant="primary", compact=True)
                yield Button("Back", id="form-back", compact=True)

    def on_mount(self) -> None:
        self.query_one(PathLine).input.focus()

    def on_path_line_submitted(self, event: PathLine.Submitted) -> None:
        event.stop()
        self._start()

    def on_path_line_left(self, event: PathLine.Left) -> None:
        event.stop()
        self.action_close()

    def on_input_submitted(self) -> None:
        self._start()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "form-start":
            self._start()
        else:
            self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

    def _start(self) -> None:
        source = self.query_one(PathLine).source
        problem = self.query_one("#form-problem", Static)
        folder = Path(source)
        if not source or not folder.is_dir():
            problem.update(f"'{shown_path(source)}' is not a folder." if source else "Name a folder of pictures.")
            return
        collection = self.query_one("#form-collection", Input).value.strip()
        methods = [name.strip() for name in self.query_one("#form-methods", Input).value.split(",")]
        self.dismiss(IndexOrder(collection or None, (folder,), tuple(name for name in methods if name)))
