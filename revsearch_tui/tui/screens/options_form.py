"""Forms of options that are declared: a line each with its value, and below them what is told of the one in focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from revsearch_tui.api import OptionSpec, UsageError
from revsearch_tui.tui import keymap
from revsearch_tui.tui.form_keys import FORM
from revsearch_tui.tui.model_keys import OPTIONS
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.form import Answer, FormScreen
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.choices import ChoiceLine
from revsearch_tui.tui.widgets.file_line import FileLine
from revsearch_tui.tui.widgets.painting import PointedButton

YES, NO = "yes", "no"
_LEAST_LINES = 3
_OTHER_LINES = 10
"""Lines of the dialog that are none of the form: its frame, what is told, a problem of two lines, buttons."""


class OptionField(NamedTuple):
    """A line of the form, whose `name` is a word, or that of a declared option with `-` before it.

    `value` is what stands in it; nothing means `default`, which is told in its place.

    With `choices` one of them is chosen; with a `loader` the line takes a path, of a folder or, with `suffixes`, of a
    file with such an ending.
    """

    name: str
    title: str
    help: str
    value: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    loader: PictureLoader | None = None
    suffixes: tuple[str, ...] = ()


def field_of(spec: OptionSpec, value: object = None) -> OptionField:
    """A declared option as a line; without a value, at its default."""
    choices = (YES, NO) if isinstance(spec.default, bool) else spec.choices
    told = "" if value is None else value_text(value)
    return OptionField(f"-{spec.name}", spec.name, option_help(spec), told, value_text(spec.default), choices)


def value_text(value: object) -> str:
    """The value of an option as it is typed and shown."""
    if isinstance(value, bool):
        return YES if value else NO
    return f"{value:g}" if isinstance(value, float) else str(value)


def option_help(spec: OptionSpec) -> str:
    """What an option means, and what it takes."""
    kind: str = {bool: "yes or no", int: "a whole number", float: "a number"}.get(type(spec.default), "text")
    if spec.choices:
        kind = f"one of {', '.join(choice or 'nothing' for choice in spec.choices)}"
    elif spec.minimum is not None and spec.maximum is not None:
        kind += f" from {spec.minimum:g} to {spec.maximum:g}"
    elif spec.minimum is not None:
        kind += f", at least {spec.minimum:g}"
    elif spec.maximum is not None:
        kind += f", at most {spec.maximum:g}"
    return f"{spec.help[:1].upper()}{spec.help[1:]}. Takes {kind}; by default {value_text(spec.default) or 'nothing'}."


class Lines(VerticalScroll, inherit_bindings=False):
    """The lines, which follow the cursor: keys that would scroll them move it."""


class OptionsForm(FormScreen[Answer]):
    """Answers with what was filled in, or None. Subclasses make the `answer` of it."""

    BINDINGS = keymap.bindings(FORM, OPTIONS)

    def __init__(self, title: str, fields: Sequence[OptionField], verb: str) -> None:
        super().__init__(classes="form options")
        self._title, self._verb = title, verb
        self._fields = {field.name: field for field in fields}
        self._entries: dict[str, Widget] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = f"↑ ↓ lines · enter {self._verb.lower()}s · esc back"
            with Lines(id="options-lines", can_focus=False):
                for field in self._fields.values():
                    yield self._line(field)
            yield Static("", id="options-help", markup=False)
            yield Static("", id="form-problem", markup=False)
            with Horizontal(classes="form-line"):
                yield PointedButton(self._verb, id="form-start", variant="primary")
                yield PointedButton("Back", id="form-back")

    async def on_mount(self) -> None:
        for name, entry in self._entries.items():
            if isinstance(entry, FileLine) and self._fields[name].value:
                entry.show(self._fields[name].value)
        self.fit()

    # What stands there

    def entry(self, name: str) -> Widget:
        """What is filled in, in the line of that name."""
        return self._entries[name]

    def text(self, name: str) -> str:
        """What stands in the line of that name; empty where there is none, or what stands there is the default."""
        entry = self._entries.get(name)
        if isinstance(entry, ChoiceLine):
            return "" if entry.value == self._fields[name].default else entry.value
        if isinstance(entry, FileLine):
            return entry.source
        return entry.value.strip() if isinstance(entry, Input) else ""

    def chosen(self, name: str) -> str:
        """Which of its values the line of that name has, be it the default."""
        entry = self._entries[name]
        assert isinstance(entry, ChoiceLine)
        return entry.value

    def number(self, name: str, least: float, most: float, what: str) -> float | None:
        """The number that stands there, None where nothing does. Raises `UsageError`, which says what it is."""
        text = self.text(name)
        try:
            value = float(text) if text else None
        except ValueError:
            raise UsageError(f"'{text}' is no {what}") from None
        if value is not None and not least <= value <= most:
            raise UsageError(f"the {what} is {least:g} to {most:g}, not {value:g}")
        return value

    def options(self, specs: Sequence[OptionSpec]) -> dict[str, Any]:
        """The declared options that have another value than the default. Raises `UsageError`."""
        found: dict[str, Any] = {}
        for spec in specs:
            text = self.text(f"-{spec.name}")
            if not text:
                continue
            try:
                value = spec.parse(text)
            except ValueError as error:
                raise UsageError(str(error)) from None
            if value != spec.default:
                found[spec.name] = value
        return found

    def line_of(self, name: str) -> Widget:
        """The line of that name."""
        entry = self._entries[name]
        assert isinstance(entry.parent, Widget)
        return entry if isinstance(entry, FileLine) else entry.parent

    async def put(self, place: Widget, fields: Sequence[OptionField]) -> None:
        """Show these lines in a place of the form, in the stead of those that are there."""
        for name, entry in list(self._entries.items()):
            if place in entry.ancestors:
                del self._entries[name], self._fields[name]
        self._fields.update({field.name: field for field in fields})
        await place.remove_children()
        await place.mount(*map(self._line, fields))
        self.fit()

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Leave room below the lines for what is told and the buttons; where not all lines fit, they scroll."""
        room = max(_LEAST_LINES, self.app.size.height - _OTHER_LINES)
        self.query_one(Lines).styles.height = min(len(self._entries), room)

    # Keys and what is told

    def action_move(self, step: int) -> None:
        if step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        focused = event.widget.ancestors_with_self
        for name, entry in self._entries.items():
            if entry in focused:
                self.tell_of(self._fields[name])

    def tell_of(self, field: OptionField) -> None:
        """Say below the lines what this one means."""
        self.query_one("#options-help", Static).update(Content.styled(field.help, "$foreground-muted"))

    def _line(self, field: OptionField) -> Widget:
        if field.loader is not None:
            line = FileLine(field.loader, field.title, field.default, field.suffixes)
            self._entries[field.name] = line
            return line
        entry: Widget
        if field.choices:
            entry = ChoiceLine(field.choices, field.value or field.default)
        else:
            entry = Input(field.value, placeholder=field.default, compact=True)
        self._entries[field.name] = entry
        return Horizontal(Static(shown(field.title), classes="prompt", markup=False), entry, classes="form-line")
