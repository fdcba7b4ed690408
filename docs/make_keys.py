"""Write docs/keys.md from the keymap of the app: every key, where it acts, and the name it is changed by.

Usage: python docs/make_keys.py [FILE]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from textual.app import App
from textual.binding import Binding

from revsearch_tui.tui.keymap import GROUPS
from revsearch_tui.tui.screens.help import key_names


def page() -> Iterator[str]:
    """The page, line by line."""
    app = App[None]()
    yield "# Keys of the app"
    yield ""
    yield "Made from the app itself by `make docs`. In the app, `?` shows the keys as they are set, and Ctrl-P finds"
    yield "what a key does by a word of it. Any of them is changed in `config.toml` (its place: `revsearch config"
    yield 'path`) under `[keys]` by its name, as in `"search.browse" = "b,ctrl+o"`; the keys are named as Textual'
    yield "names them. The last line of the screen names those of the part that has the focus, as far as there is"
    yield "room."
    for heading, group in GROUPS.items():
        yield ""
        yield f"## {heading}"
        yield ""
        yield "| keys | what they do | name |"
        yield "|---|---|---|"
        for binding in group:
            yield f"| {_keys(app, binding)} | {_told(binding)} | `{binding.id}` |"


def _keys(app: App[None], binding: Binding) -> str:
    return " ".join(f"`` {key} ``" if "`" in key else f"`{key}`" for key in key_names(app, binding, {}).split())


def _told(binding: Binding) -> str:
    told = binding.tooltip or binding.description
    return f"{binding.description}: {told[:1].lower()}{told[1:]}" if binding.tooltip else told


def main() -> None:
    """Write the page."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("keys.md")
    target.write_text("\n".join(page()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
