"""The line that asks: a path, a URL or words, with a list of the files that it may become."""

from __future__ import annotations

import os
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import Any, NamedTuple

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import shortened
from revsearch_tui.core.images.sniff import PICTURE_SUFFIXES
from revsearch_tui.tui import keymap
from revsearch_tui.tui.files import is_address, typed_path
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.text import shown, shown_path
from revsearch_tui.tui.widgets.painting import PointedList

PLACEHOLDER = 'path of a picture, a URL, or "words"'
MOST_TYPED = 10_000
"""Characters of a line of input; no path or URL is longer, and drawing more takes too long."""

MOST = 200


class Completed(Message):
    """Names for what was typed were found."""

    bubble = False

    def __init__(self, generation: int, found: list[Completion]) -> None:
        super().__init__()
        self.generation, self.found = generation, found


class PathInput(Input):
    """An input with keys for its list of names."""

    BINDINGS = keymap.bindings(keymap.INPUT)

    async def key_ctrl_j(self) -> None:
        """As Enter: a line that was typed before the app took over the terminal ends as terminals end lines."""
        await self.action_submit()

    def action_paste(self) -> None:
        if not self.app.clipboard:  # else what was cut or copied in the app
            raise SkipAction
        super().action_paste()

    def action_leave(self) -> None:
        self._line.leave()

    def action_complete(self) -> None:
        if self._line.list_is_open:
            self._line.take()
        else:
            self.screen.focus_next()

    def action_choose(self, step: int) -> None:
        self._line.choose(step)

    @property
    def _line(self) -> PathLine:
        assert isinstance(self.parent, PathLine)
        return self.parent


class PathLine(Horizontal):
    """Prompt, input and the list below it."""

    class Submitted(Message):
        """The user asks for this path, URL or words."""

        def __init__(self, line: PathLine, source: str) -> None:
            super().__init__()
            self.line, self.source = line, source

        @property
        def control(self) -> PathLine:
            return self.line

    class Left(Message):
        """The user backs out of the line."""

    def __init__(
        self,
        loader: PictureLoader,
        *,
        prompt: str = "Query",
        placeholder: str = PLACEHOLDER,
        folders_only: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._loader, self._folders_only = loader, folders_only
        self._prompt, self._placeholder = prompt, placeholder
        self._generation = 0
        self._found: list[Completion] = []
        self._real: dict[str, str] = {}
        self._list: OptionList | None = None

    def compose(self) -> ComposeResult:
        yield Static(Content(self._prompt), classes="prompt")
        yield PathInput(placeholder=self._placeholder, compact=True, select_on_focus=False)

    @property
    def input(self) -> PathInput:
        return self.query_one(PathInput)

    @property
    def source(self) -> str:
        """What is asked for; a name that cannot be typed is remembered as it is on disk."""
        text = self.input.value.strip()
        return self._real.get(text) or typed_path(text)

    def show(self, source: str) -> None:
        """Show a path or URL without looking for completions."""
        text = shortened(shown(source) if is_address(source) else shown_path(source), MOST_TYPED)
        self._real = {text: source}
        with self.prevent(Input.Changed):
            self.input.value = text
            self.input.cursor_position = len(text)
        self._close_list()

    # Completion

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._generation += 1
        typed = event.value
        if not typed.strip() or is_address(typed):
            self._close_list()
            return
        typed = self._real.get(typed, typed)
        self._loader.submit(partial(self._look, self._generation, typed))

    def _look(self, generation: int, typed: str) -> None:
        if generation == self._generation:  # else more was typed since
            self.post_message(Completed(generation, completions(typed)))

    async def on_completed(self, message: Completed) -> None:
        if message.generation != self._generation or not self.input.has_focus:
            return
        self._found = [item for item in message.found if item.is_folder or not self._folders_only]
        if not self._found:
            self._close_list()
            return
        if self._list is None:
            self._list = PointedList(classes="completions", markup=False, compact=True)
            self._list.can_focus = False
            await self.mount(self._list)
        self._list.clear_options()
        self._list.add_options(Option(_label(item)) for item in self._found)
        self._list.highlighted = None
        self._list.display = True
        self._list.styles.height = min(10, len(self._found)) + 2

    @property
    def list_is_open(self) -> bool:
        """Whether names are on offer."""
        return self._list is not None and bool(self._list.display)

    def choose(self, step: int) -> None:
        """Highlight the next or previous name."""
        if not self.list_is_open or self._list is None:
            if step > 0:
                self.post_message(self.Left())
            return
        at = self._list.highlighted
        count = len(self._found)
        self._list.highlighted = (0 if step > 0 else count - 1) if at is None else (at + step) % count

    def take(self) -> Completion | None:
        """Take over the highlighted name, or what all names have in common."""
        if not self.list_is_open or self._list is None:
            return None
        at = self._list.highlighted
        if at is None and len(self._found) > 1:
            self._extend(os.path.commonprefix([item.path.name.casefold() for item in self._found]))
            return None
        chosen = self._found[at or 0]
        self._put(chosen)
        return chosen

    def _extend(self, common: str) -> None:
        name = self._found[0].path.name[: len(common)]
        folder, part = os.path.split(self.input.value)
        if len(name) > len(part) and shown(name) == name:
            self.input.value = os.path.join(folder, name)  # noqa: PTH118 - what is typed stays as it is
            self.input.cursor_position = len(self.input.value)

    def _put(self, chosen: Completion) -> None:
        text = shown_path(chosen.path) + (os.sep if chosen.is_folder else "")
        self._real[text] = str(chosen.path) + (os.sep if chosen.is_folder else "")
        self.input.value = text
        self.input.cursor_position = len(text)
        if not chosen.is_folder:
            self._generation += 1
            self._close_list()

    def _close_list(self) -> None:
        self._generation += 1
        if self._list is not None:
            self._list.display = False

    # Leaving

    def leave(self) -> None:
        """Close the list; without one, leave the line."""
        if self.list_is_open:
            self._close_list()
        else:
            self.post_message(self.Left())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.list_is_open and self._list is not None and self._list.highlighted is not None:
            chosen = self.take()
            if chosen is not None and chosen.is_folder:
                return
        source = self.source
        if source:
            self._close_list()
            if has_magic(source) and not self._folders_only:
                self._loader.submit(partial(self._submit_matched, source))
            else:
                self.post_message(self.Submitted(self, source))

    def _submit_matched(self, source: str) -> None:
        self.post_message(self.Submitted(self, _matched(source)))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._put(self._found[event.option_index])
        self.input.focus()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        if not self.input.has_focus:
            self._close_list()


def _matched(source: str) -> str:
    """A query with what its patterns match, by name; itself where they match nothing."""
    from revsearch_tui.core.search.question import parse_question, written  # not before the first frame

    try:
        return written(parse_question(source))
    except UsageError:  # told when it is asked
        return source


def _label(completion: Completion) -> Content:
    name = shown(completion.path.name)
    return Content.styled(name + os.sep, "$primary") if completion.is_folder else Content(name)


class Completion(NamedTuple):
    """A folder or picture in a folder."""

    path: Path
    is_folder: bool


def completions(typed: str, suffixes: frozenset[str] = PICTURE_SUFFIXES) -> list[Completion]:
    """Folders and pictures whose name begins with the last part of what was typed, folders first.

    Hidden ones only where a dot was typed. A folder that cannot be read has none.
    """
    folder, part = _split(typed)
    wanted = part.casefold()
    folders, pictures = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if not name.casefold().startswith(wanted) or (name.startswith(".") and not part.startswith(".")):
                    continue
                if _is_folder(entry):
                    folders.append(Completion(Path(entry.path), True))
                elif os.path.splitext(name)[1].lower() in suffixes:  # noqa: PTH122 - of a name
                    pictures.append(Completion(Path(entry.path), False))
    except OSError:
        return []
    return [*sorted(folders, key=_order), *sorted(pictures, key=_order)][:MOST]


def _order(completion: Completion) -> tuple[str, str]:
    return completion.path.name.casefold(), completion.path.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _split(typed: str) -> tuple[str, str]:
    expanded = os.path.expanduser(typed)  # noqa: PTH111 - keeps a closing slash
    if typed == "~":
        return expanded, ""
    folder, part = os.path.split(expanded)
    return folder or ".", part
