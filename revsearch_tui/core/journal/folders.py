"""The folder of a journal and its replacement by a compacted one, which a kill may interrupt and readers may meet."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypeAlias

from revsearch_tui.core.durable import sync_folder

META = "meta.json"

Stamp: TypeAlias = "tuple[int, int, int] | None"


def readable_folder(folder: Path) -> Path:
    """Where the journal lies now: in the middle of a replacement, that is the old one's new name."""
    if (folder / META).exists():
        return folder
    old = _old(folder)
    return old if (old / META).exists() else folder


def stamp(folder: Path) -> Stamp:
    """What tells one generation of a journal's files from the next; None where there is no journal."""
    try:
        status = (folder / META).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns


def replace_folder(folder: Path, replacement: Path) -> None:
    """Put `replacement` in the place of `folder`. Raises OSError, and then `folder` is as it was."""
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    try:
        replacement.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def new_folder(folder: Path) -> Path:
    """An unused place beside the folder in which its replacement can grow."""
    replacement = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(replacement, ignore_errors=True)
    return replacement


def finish_replacement(folder: Path) -> None:
    """For the writer: end or undo a replacement that was interrupted, and free what it left on the disk."""
    old = _old(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    for leftover in (old, folder.with_name(f"{folder.name}.new")):
        if leftover.exists():
            shutil.rmtree(leftover, ignore_errors=True)


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")
