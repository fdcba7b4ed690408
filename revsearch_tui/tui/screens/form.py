"""Forms: lines to fill in, a sentence about what is wrong, a button to start and one to go back. Those that ask for a
folder to index and for a file to write are here.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from revsearch_tui.api import RevsearchError, UsageError
from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.files import is_folder, is_there
from revsearch_tui.tui.form_keys import FORM, NAMES
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.dialog import BREAKPOINTS, STYLES
from revsearch_tui.tui.screens.pick import NamesDialog
from revsearch_tui.tui.text import shown, shown_path
from revsearch_tui.tui.typed_ahead import LeftOnce
from revsearch_tui.tui.widgets.choices import ChoiceLine, MarksLine, SwitchLine
from revsearch_tui.tui.widgets.painting import PointedButton
from revsearch_tui.tui.widgets.query import PathLine

Answer = TypeVar("Answer")
Number = TypeVar("Number", int, float)
YES_NO = ("no", "yes")


class Field(NamedTuple):
    """A line to fill in: an input with the id `form-NAME`. `hint` stands there while it is empty.

    `select` marks the value on focus, so that typing replaces it. With a `loader`, names of folders are proposed. With
    `choices` it is one of these, or several where `several` go, and nothing is typed; `YES_NO` makes it a switch. With
    `offers` names are typed, or marked in a list of those that this gives.
    """

    name: str
    title: str
    value: str = ""
    hint: str = ""
    select: bool = True
    loader: PictureLoader | None = None
    choices: tuple[str, ...] = ()
    several: bool = False
    offers: Callable[[], Sequence[str]] | None = None


class FormScreen(ModalScreen[Answer], LeftOnce[Answer]):
    """What all forms share: Enter in a line and the button `form-start` give the `answer`, all else gives None."""

    CSS_PATH = STYLES
    BINDINGS = keymap.bindings(FORM)

    @abstractmethod
    def answer(self) -> Answer:
        """What was filled in. Raises `RevsearchError`, whose sentence the form shows in `form-problem`."""

    def on_path_line_submitted(self, event: PathLine.Submitted) -> None:
        event.stop()
        self._submit()

    def on_path_line_left(self, event: PathLine.Left) -> None:
        event.stop()
        self.action_close()

    def on_input_submitted(self) -> None:
        self._submit()

    def on_choice_line_submitted(self) -> None:
        self._submit()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "form-start":
            self._submit()
        else:
            self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

    def _submit(self) -> None:
        try:
            self.dismiss(self.answer())
        except RevsearchError as error:
            text = shown(shortened(str(error), 300))
            problem = self.query_one("#form-problem", Static)
            problem.update(f"! {text[:1].upper()}{text[1:]}.")
            self.call_after_refresh(problem.scroll_visible, animate=False)


class Form(FormScreen[Answer]):
    """Answers with what was filled in, or None. A form names its fields and makes its `answer`."""

    VERTICAL_BREAKPOINTS = BREAKPOINTS

    def __init__(self, title: str, fields: Sequence[Field], *, verb: str = "Start", note: str = "") -> None:
        """`fields`, the one to begin with first; `note` is a sentence below them."""
        super().__init__(classes="form")
        self._title, self._fields, self._verb, self._note = title, fields, verb, note

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-box", can_focus=False) as box:
            box.border_title = self._title
            lists = "↓ lists methods · " if any(field.offers is not None for field in self._fields) else ""
            box.border_subtitle = f"{lists}enter {self._verb.lower()}s · esc back"
            for field in self._fields:
                yield _line(field)
            if self._note:
                yield Static(self._note, classes="dialog-hint")
            yield Static("", id="form-problem", markup=False)
            with Horizontal(classes="form-line"):
                yield PointedButton(self._verb, id="form-start", variant="primary")
                yield PointedButton("Back", id="form-back")

    def on_mount(self) -> None:
        for field in self._fields:
            if field.loader is not None and field.value:
                self.query_one(f"#form-{field.name}", PathLine).show(field.value)
        self.query("Input, ChoiceLine").first().focus()

    def text(self, name: str) -> str:
        """What stands in the field of that name."""
        field = self.query_one(f"#form-{name}")
        assert isinstance(field, Input | ChoiceLine)
        return field.value.strip()

    def folder(self, name: str) -> str:
        """What stands in the field of that name, whose `loader` proposes folders."""
        return self.query_one(f"#form-{name}", PathLine).source

    def number(self, name: str, empty: Number, what: str) -> Number:
        """The number that stands there, `empty` where nothing does. Raises `UsageError`, which says that it is no
        `what`."""
        text = self.text(name)
        try:
            return type(empty)(text) if text else empty
        except ValueError:
            raise UsageError(f"'{text}' is no {what}") from None

    def names(self, name: str) -> tuple[str, ...]:
        """What stands there between commas."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def yes(self, name: str) -> bool:
        """Whether yes stands there, in a field of `YES_NO`."""
        return self.text(name) == "yes"


def _line(field: Field) -> Horizontal:
    if field.choices:
        name = f"form-{field.name}"
        choice: ChoiceLine
        if field.choices == YES_NO:
            choice = SwitchLine(field.value == "yes", field.hint, id=name)
        else:
            choice = (MarksLine if field.several else ChoiceLine)(field.choices, field.value, field.hint, id=name)
        return Horizontal(Static(field.title, classes="prompt"), choice, classes="form-line")
    if field.loader is not None:
        return PathLine(
            field.loader, prompt=field.title, placeholder=field.hint, folders_only=True, id=f"form-{field.name}"
        )
    if field.offers is not None:
        names = NamesLine(field.offers, field.value, field.hint, id=f"form-{field.name}")
        return Horizontal(Static(field.title, classes="prompt"), names, classes="form-line")
    entry = Input(
        field.value, placeholder=field.hint, id=f"form-{field.name}", compact=True, select_on_focus=field.select
    )
    return Horizontal(Static(field.title, classes="prompt"), entry, classes="form-line")


class NamesLine(Input):
    """Names with commas between, typed or marked in a list of what is offered."""

    BINDINGS = keymap.bindings(NAMES)

    def __init__(self, offers: Callable[[], Sequence[str]], value: str, hint: str, **names: Any) -> None:
        super().__init__(value, placeholder=hint, compact=True, **names)
        self._offers = offers

    def action_list(self) -> None:
        """Mark what stands there in a list; what is no name of the list stays as it is typed."""
        try:
            offered = self._offers()
        except RevsearchError as error:
            self.app.notify(shown(str(error)), severity="warning", markup=False)
            return
        typed = [part.strip() for part in self.value.split(",") if part.strip()]
        other = [part for part in typed if part not in offered]

        def chosen(names: tuple[str, ...] | None) -> None:
            if names is not None:
                self.value = ", ".join([*names, *other])
                self.cursor_position = len(self.value)

        lines = {name: Content(shown(name)) for name in offered}
        self.app.push_screen(NamesDialog("Methods", lines, typed), chosen)


class FileForm(Form[Path]):
    """Answers with a file, or None. A file that is there is replaced only when that is confirmed."""

    def __init__(self, title: str, file: Path, suffixes: Sequence[str]) -> None:
        endings = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        note = f"The name decides what is written: {endings}." if len(suffixes) > 1 else ""
        super().__init__(shown(title), [Field("file", "File", os.fspath(file), select=False)], verb="Write", note=note)
        self._suffixes = tuple(suffixes)
        self._confirmed: Path | None = None

    def answer(self) -> Path:
        text = self.text("file")
        file = Path(os.path.expanduser(text))  # noqa: PTH111 - `Path.expanduser` raises for an unknown user
        if not text or file.suffix.lower() not in self._suffixes:
            raise UsageError(f"let the name end in {', '.join(self._suffixes)}")
        if not is_folder(file.parent):
            raise UsageError(f"'{shown_path(file.parent)}' is not a folder")
        if is_there(file) and file != self._confirmed:
            self._confirmed = file
            raise UsageError(f"'{shown_path(file.name)}' is there already; enter once more replaces it")
        return file


class FolderForm(Form[Path]):
    """Answers with a folder to write into, or None; one that is not there yet is made by whoever writes."""

    def __init__(self, title: str, folder: Path, loader: PictureLoader) -> None:
        field = Field("folder", "Folder", os.fspath(folder), select=False, loader=loader)
        super().__init__(title, [field], verb="Write", note="A folder that is not there is made.")

    def answer(self) -> Path:
        folder = Path(self.folder("folder"))
        if is_there(folder) and not is_folder(folder):
            raise UsageError(f"'{shown_path(folder)}' is not a folder")
        return folder


class IndexForm(Form[IndexOrder]):
    """Answers with what to index, or None. `usual` methods, where they are left as they are, count as not named: one
    that does not work is left out."""

    def __init__(
        self,
        loader: PictureLoader,
        collection: str,
        methods: Sequence[str] = (),
        usual: Sequence[str] = (),
        offers: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        fields = (
            Field("folder", "Folder", hint="path of a folder of pictures", loader=loader),
            Field("collection", "Collection", collection),
            Field("methods", "Methods", ", ".join(methods or usual), offers=offers),
        )
        super().__init__("Index a folder", fields, note="Methods: quick is phash alone, for copies only.")
        self._unnamed = () if methods else tuple(usual)

    def answer(self) -> IndexOrder:
        source = self.folder("folder")
        if not source:
            raise UsageError("name a folder of pictures")
        if not is_folder(source):
            raise UsageError(f"'{shown_path(source)}' is not a folder")
        methods = self.names("methods")
        named = () if methods == self._unnamed else methods
        return IndexOrder(self.text("collection") or None, (Path(source),), named)
