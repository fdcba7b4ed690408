"""Fields of one line that are not typed: one of some values, several of them, and yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from revsearch_tui.tui import keymap
from revsearch_tui.tui.form_keys import CHOICE
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.painting import MARKED, POINTER, UNMARKED

_CHOSEN, _OTHER = "(•)", "( )"
_NONE = "–"
"""Stands for a value that is empty."""


class ChoiceLine(Widget, can_focus=True):
    """One of some values: all of them side by side or, where they do not fit, the one that is chosen."""

    BINDINGS = keymap.bindings(CHOICE)

    class Changed(Message):
        """Another value is chosen."""

        def __init__(self, line: ChoiceLine, value: str) -> None:
            super().__init__()
            self.line, self.value = line, value

        @property
        def control(self) -> ChoiceLine:
            return self.line

    class Submitted(Message):
        """The user is done with the field."""

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line

    def __init__(self, choices: Sequence[str], value: str = "", hint: str = "", **names: Any) -> None:
        """`hint` stands behind the values, where there is room."""
        super().__init__(**names)
        self.choices, self._hint = tuple(choices), hint
        self._value = value if value in self.choices else self.choices[0]

    @property
    def value(self) -> str:
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        """Choose this, without telling anybody."""
        if value in self.choices:
            self._value = value
            self.refresh()

    def _choose(self, value: str) -> None:
        if value != self._value:
            self.value = value
            self.post_message(self.Changed(self, value))

    # Painting

    def get_content_height(self, *_: Any) -> int:
        return 1

    def render(self) -> Content:
        """The values, behind the pointer while the field has the focus."""
        parts = self._parts()
        pointer = Content(f"{POINTER} " if self.has_focus else "  ")
        if sum(cell_len(part) + 2 for part in parts) <= self.size.width:
            texts = [
                Content.styled(part, "bold" if choice == self._value else "$foreground-muted")
                for part, choice in zip(parts, self.choices, strict=True)
            ]
            return self._hinted(Content.assemble(pointer, Content("  ").join(texts)))
        of = f"  {self.choices.index(self._value) + 1} of {len(self.choices)}"
        value = clip(_named(self._value), max(4, self.size.width - len(of) - 6))
        return Content.assemble(pointer, (f"‹ {value} ›", "bold"), (of, "$foreground-muted"))

    def _hinted(self, line: Content) -> Content:
        hint = clip(self._hint, self.size.width - line.cell_length - 2)
        return Content.assemble(line, (f"  {hint}", "$foreground-muted")) if len(hint) > 1 else line

    def _parts(self) -> list[str]:
        return [f"{_CHOSEN if choice == self._value else _OTHER} {_named(choice)}" for choice in self.choices]

    # Actions

    def action_choose(self, step: int) -> None:
        self._choose(self.choices[(self.choices.index(self._value) + step) % len(self.choices)])

    def action_change(self) -> None:
        self.action_choose(1)

    def action_accept(self) -> None:
        self.post_message(self.Submitted(self))

    def on_click(self, event: events.Click) -> None:
        parts = self._parts()
        if sum(cell_len(part) + 2 for part in parts) > self.size.width:
            self.action_choose(1)
            return
        at = 2
        for choice, part in zip(self.choices, parts, strict=True):
            if at <= event.x < at + cell_len(part):
                self._choose(choice)
            at += cell_len(part) + 2


def _named(choice: str) -> str:
    return shown(choice) or _NONE


class MarksLine(ChoiceLine):
    """Some of the values, or none; the value is their names with commas between."""

    def __init__(self, choices: Sequence[str], value: str = "", hint: str = "", **names: Any) -> None:
        super().__init__(choices, "", hint, **names)
        self._at = 0
        self.value = value

    @property
    def value(self) -> str:
        return ", ".join(choice for choice in self.choices if choice in self._marked)

    @value.setter
    def value(self, value: str) -> None:
        """Mark these, without telling anybody."""
        self._marked = {part.strip() for part in value.split(",")} & set(self.choices)
        self.refresh()

    def render(self) -> Content:
        """The values, the pointer before the one that is marked next."""
        parts = self._parts()
        if sum(cell_len(part) + 2 for part in parts) > self.size.width:
            of = f"  {self._at + 1} of {len(self.choices)}, {len(self._marked)} marked"
            part = clip(parts[self._at], max(8, self.size.width - len(of) - 6))
            return Content.assemble("› " if self.has_focus else "  ", part, (of, "$foreground-muted"))
        texts = [
            Content.assemble(
                f"{POINTER} " if self.has_focus and at == self._at else "  ",
                (part, "bold" if choice in self._marked else "$foreground-muted"),
            )
            for at, (part, choice) in enumerate(zip(parts, self.choices, strict=True))
        ]
        return self._hinted(Content("").join(texts))

    def _parts(self) -> list[str]:
        return [f"{MARKED if choice in self._marked else UNMARKED} {shown(choice)}" for choice in self.choices]

    def action_choose(self, step: int) -> None:
        self._at = (self._at + step) % len(self.choices)
        self.refresh()

    def action_change(self) -> None:
        self._choose(self.choices[self._at])

    def _choose(self, value: str) -> None:
        """Mark a value, or unmark it."""
        self._at = self.choices.index(value)
        self._marked ^= {value}
        self.refresh()
        self.post_message(self.Changed(self, self.value))


class SwitchLine(ChoiceLine):
    """Yes or no."""

    def __init__(self, is_on: bool = False, hint: str = "", **names: Any) -> None:
        super().__init__(("no", "yes"), "yes" if is_on else "no", hint, **names)

    @property
    def is_on(self) -> bool:
        return self.value == "yes"

    def render(self) -> Content:
        pointer = f"{POINTER} " if self.has_focus else "  "
        mark = MARKED if self.is_on else UNMARKED
        return self._hinted(Content.assemble(pointer, (f"{mark} {self.value:<3}", "bold")))

    def on_click(self, event: events.Click) -> None:
        self.action_choose(1)
