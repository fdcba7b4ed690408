"""A line that lets one choose between a few values, all of which it shows where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.model_keys import CHOICE
from revsearch_tui.tui.text import shown

_NONE = "–"
"""Stands for a value that is empty."""


class ChoiceLine(Static, can_focus=True):
    """The chosen value stands between `‹ ›`."""

    BINDINGS = keymap.bindings(CHOICE)

    class Changed(Message):
        """Another value is chosen."""

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> ChoiceLine:
            return self.line

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, choices: Sequence[str], value: str, **names: Any) -> None:
        """`value` is one of the `choices`, else the first is chosen."""
        super().__init__("", markup=False, **names)
        self._choices = tuple(choices)
        self.value = value if value in self._choices else self._choices[0]

    def on_resize(self) -> None:
        self._refill()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._refill()

    def action_choose(self, step: int) -> None:
        at = self._choices.index(self.value)
        self._choose(self._choices[(at + step) % len(self._choices)])

    def key_enter(self) -> None:
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; where not all is shown, the next."""
        if not self._has_room:
            self.action_choose(1)
            return
        x = 0
        for choice in self._choices:
            x += self._width(choice)
            if event.x < x:
                self._choose(choice)
                return

    def _choose(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self._refill()
            self.post_message(self.Changed(self))

    @property
    def _has_room(self) -> bool:
        return sum(map(self._width, self._choices)) <= (self.size.width or 60)

    def _width(self, choice: str) -> int:
        return cell_len(_named(choice)) + 2

    def _refill(self) -> None:
        style = "$primary bold" if self.has_focus else "$text bold"
        if not self._has_room:
            at = f"  {self._choices.index(self.value) + 1} of {len(self._choices)}"
            self.update(Content.assemble((f"‹{_named(self.value)}›", style), (at, "$foreground-muted")))
            return
        parts: list[tuple[str, str]] = []
        for choice in self._choices:
            if choice == self.value:
                parts.append((f"‹{_named(choice)}›", style))
            else:
                parts.append((f" {_named(choice)} ", "$foreground-muted"))
        self.update(Content.assemble(*parts))


def _named(choice: str) -> str:
    return shown(choice) or _NONE
