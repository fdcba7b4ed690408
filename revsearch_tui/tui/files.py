"""What is where, asked so that nothing raises."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.paths import path_of


def is_address(source: str) -> bool:
    """Whether a query names something of the web rather than a file."""
    return "://" in source


def picture_of(source: str) -> str:
    """The picture to show for a query: itself or, of several parts, the first file; nothing for words alone."""
    if is_address(source) or not any(mark in source for mark in ('"', "“", "”", "„", " + ", " - ", "text:")):
        return source
    from revsearch_tui.core.search.question import parse_question  # not before the first frame

    try:
        parts = parse_question(source)
    except UsageError:
        return ""
    return next((part.source for part in parts if part.source and (len(parts) == 1 or not is_address(part.source))), "")


def typed_path(text: str) -> str:
    """The path in what was typed, or dropped or pasted as file managers and terminals write one: as an address, in
    quotes, or with backslashes before blanks. What is none stays as it is, but for the home that `~` stands for."""
    path = os.path.expanduser(path_of(text))  # noqa: PTH111 - URLs are no paths
    if path == text and ("\\" in text or text[:1] in ("'", '"')) and not is_there(text):
        try:
            words = shlex.split(text)
        except ValueError:
            return text
        if len(words) == 1 and is_there(words[0]):
            return words[0]
    return path


def is_folder(path: Path | str) -> bool:
    """Whether a folder of that name is there, as far as one may look."""
    return os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` raises for names that are too long


def is_there(path: Path | str) -> bool:
    """Whether anything of that name is there, as far as one may look."""
    return os.path.exists(path)  # noqa: PTH110 - as above
