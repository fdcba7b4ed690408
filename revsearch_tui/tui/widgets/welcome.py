"""What a new user sees: what this is, and two ways to begin."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Center, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.widgets.pointed import PointedButton
from revsearch_tui.tui.widgets.query.line import PathLine

TEXT = (
    "Give it a picture, and it finds the ones like it among your own:\n"
    "copies, crops, edited versions, the same thing photographed again.\n"
    "All of it stays on this computer. First, index a folder of pictures."
)


class Welcome(Center):
    """Three lines, a folder to index, the sample pictures."""

    BINDINGS = keymap.bindings(keymap.WELCOME)

    class FolderGiven(Message):
        """Index this folder."""

        def __init__(self, folder: str) -> None:
            super().__init__()
            self.folder = folder

    class SampleWanted(Message):
        """Make the sample pictures and index them."""

    class Left(Message):
        """The user wants no welcome now."""

    def __init__(self, loader: PictureLoader) -> None:
        super().__init__(id="welcome")
        self._loader = loader

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome-box") as box:
            box.border_title = "Welcome to revsearch"
            yield Static(Content(TEXT), id="welcome-text")
            yield PathLine(
                self._loader,
                prompt="Folder",
                placeholder="path of a folder, such as ~/Pictures",
                folders_only=True,
                id="welcome-folder",
            )
            with Horizontal(id="welcome-buttons"):
                yield PointedButton("Index this folder", id="welcome-index", variant="primary")
                yield PointedButton("Try the sample pictures", id="welcome-sample")

    @property
    def line(self) -> PathLine:
        """Where the folder is typed."""
        return self.query_one(PathLine)

    def on_mount(self) -> None:
        self.line.input.focus()

    def on_path_line_submitted(self, event: PathLine.Submitted) -> None:
        event.stop()
        self.post_message(self.FolderGiven(event.source))

    def on_path_line_left(self, event: PathLine.Left) -> None:
        event.stop()
        self.query_one("#welcome-index").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "welcome-sample":
            self.post_message(self.SampleWanted())
            return
        if self.line.source:
            self.post_message(self.FolderGiven(self.line.source))
        else:
            self.line.input.focus()

    def action_leave(self) -> None:
        self.post_message(self.Left())
