"""File names that complete what is being typed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from revsearch_tui.core.images.sniff import PICTURE_SUFFIXES

MOST = 200


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
