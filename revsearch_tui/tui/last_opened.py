"""Which collection the app searched last, for the next start: a name in a small JSON file."""

from __future__ import annotations

import contextlib
import json

from revsearch_tui.core.base.files import write_quickly
from revsearch_tui.core.base.paths import Folders

_FILE = "app.json"


def last_opened(folders: Folders) -> str | None:
    """The collection's name, whether it is still there or not; None where none is known."""
    try:
        known = json.loads((folders.state / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    name = known.get("collection") if isinstance(known, dict) else None
    return name if isinstance(name, str) else None


def remember_opened(folders: Folders, name: str) -> None:
    """Keep the name, if there is a place to."""
    if name != last_opened(folders):
        with contextlib.suppress(OSError):
            folders.state.mkdir(parents=True, exist_ok=True)
            write_quickly(folders.state / _FILE, json.dumps({"collection": name}) + "\n")
