"""What stands in the place of the results where there are none yet: two ways to begin, or what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.containers import Center, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.painting import PointedButton
from revsearch_tui.tui.widgets.query import PathLine

if TYPE_CHECKING:
    from revsearch_tui.tui.session import Session

TEXT = (
    "Give it a picture, and it finds the ones like it among your own:\n"
    "copies, crops, edits, the same thing again, the same kind of thing.\n"
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


class Empty(NamedTuple):
    """A title and the lines below it."""

    title: str
    lines: tuple[str, ...]


def missing(session: Session, indexing: bool) -> Empty | None:
    """What is missing before anything can be searched; None where nothing is, or it is on its way."""
    facts = session.facts
    if session.opening:
        return None
    if session.to_choose:
        return Empty("No collection is open", ("c   choose one               ", "a   index a folder of pictures"))
    if facts is None or not facts.methods:
        if indexing:
            return Empty("Nothing is indexed yet", ("The first pictures can be searched in a moment.",))
        title = f"'{shown(facts.name)}' holds nothing yet" if facts else "Nothing is indexed yet"
        return Empty(title, ("Press a to index a folder of pictures.",))
    return None


def nothing_asked(session: Session, indexing: bool) -> Empty:
    """For an app that was asked nothing."""
    return missing(session, indexing) or Empty(
        "Find pictures like one you have",
        (
            '/   type a path, or "words"      ',
            "b   browse for one               ",
            "?   all keys                     ",
        ),
    )
