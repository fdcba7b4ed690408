"""Every key, made from the bindings themselves, and what the signs mean."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.screens.dialog import ReadingDialog
from revsearch_tui.tui.widgets.results.card import LEGEND

_KEYS_WIDTH = 19
_NAME_WIDTH = 15

EXAMPLES = (
    ("~/a.jpg", "a picture: its path, or a URL"),
    ('"red bus"', "words, by a method that takes them, such as efficientnet"),
    ('a.jpg + "at night"', 'a picture and words; + b.jpg and - "people" go too'),
)
"""What can be asked, and what it means."""


class HelpDialog(ReadingDialog):
    """All keys and signs."""

    def __init__(self, overrides: Mapping[str, str]) -> None:
        super().__init__("Keys")
        self._overrides = overrides

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        if self.is_attached:
            text = self.query_one(Static)
            text.update(help_content(self.app, self._overrides, text.size.width))


def help_content(app: App[object], overrides: Mapping[str, str], width: int = 80) -> Content:
    """All bindings by place, in lines of `width` cells; `overrides` are the user's own keys by binding id."""
    parts: list[tuple[str, str] | str] = []
    for heading, group in keymap.GROUPS.items():
        parts += [(heading, "$primary bold"), "\n"]
        for binding in group:
            keys = key_names(app, binding, overrides)
            gap = " " * max(1, _KEYS_WIDTH - cell_len(keys))
            parts += ["  ", (keys, "$text-accent"), gap, (f"{binding.description:<{_NAME_WIDTH}}", "bold")]
            parts += [(_hanging(binding.tooltip, width, 2 + _KEYS_WIDTH + _NAME_WIDTH), "$foreground-muted"), "\n"]
        parts.append("\n")
    parts += [("Query line", "$primary bold"), "\n"]
    for example, meaning in EXAMPLES:
        gap = " " * max(1, _KEYS_WIDTH - cell_len(example))
        text = _hanging(meaning, width, 2 + max(_KEYS_WIDTH, cell_len(example) + 1))
        parts += ["  ", (example, "$text-accent"), gap, (text, "$foreground-muted"), "\n"]
    parts += ["\n", ("Signs", "$primary bold"), "\n"]
    for sign, _, meaning in LEGEND:
        text = _hanging(meaning, width, 2 + _KEYS_WIDTH)
        parts += ["  ", (f"{sign:<{_KEYS_WIDTH}}", "$text-accent"), (text, "$foreground-muted"), "\n"]
    parts += ["\n", ("Keys are changed in the configuration: [keys], binding id = keys.", "$foreground-muted"), "\n"]
    return Content.assemble(*parts)


def _hanging(text: str, width: int, indent: int) -> str:
    return ("\n" + " " * indent).join(textwrap.wrap(text, max(16, width - indent)))


def key_names(app: App[object], binding: Binding, overrides: Mapping[str, str]) -> str:
    """The keys of a binding as people read them."""
    keys = overrides.get(binding.id or "", binding.key)
    return " ".join(app.get_key_display(Binding(key.strip(), binding.action)) for key in keys.split(",") if key.strip())
