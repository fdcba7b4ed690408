"""What is where, asked so that nothing raises; and which collection was searched last, for the next start."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.files import write_quickly
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.search.question import parse_question

_FILE = "app.json"


def is_address(source: str) -> bool:
    """Whether a query names something of the web rather than a file."""
    return "://" in source


def picture_of(source: str) -> str:
    """The picture to show for a query: itself or, of several parts, the first file; nothing for words alone."""
    if is_address(source) or not any(mark in source for mark in ('"', "“", "”", "„", " + ", " - ", "text:")):
        return source
    try:
        parts = parse_question(source)
    except UsageError:
        return ""
    return next((part.source for part in parts if part.source and (len(parts) == 1 or not is_address(part.source))), "")


def is_folder(path: Path | str) -> bool:
    """Whether a folder of that name is there, as far as one may look."""
    return os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` raises for names that are too long


def is_there(path: Path | str) -> bool:
    """Whether anything of that name is there, as far as one may look."""
    return os.path.exists(path)  # noqa: PTH110 - as above


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
