"""The folder of a journal and its replacement by a compacted one, which a kill may interrupt and readers may meet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.files import sync_folder
from revsearch_tui.core.storage.journal.segment import Segment

META = "meta.json"
TRIES = 10
"""How often a reader begins anew because the files were replaced under it, before it gives up."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of a journal's files: where they lie, and what tells them from the next generation's."""

    place: Path
    stamp: tuple[int, int, int] | None
    """Device, inode and modification time of the description; None where there is no journal."""


def generation(folder: Path) -> Generation:
    """The files that are the journal now."""
    place = _readable_folder(folder)
    try:
        status = (place / META).stat()
    except OSError:
        return Generation(place, None)
    return Generation(place, (status.st_dev, status.st_ino, status.st_mtime_ns))


def read_generation(folder: Path, read: Callable[[Path], Found]) -> tuple[Generation, Found]:
    """What `read` finds in the folder that it is given, all of one generation: read anew where that was replaced.

    Raises what `read` raises about files that are still the journal's, and `StorageError` where they never stay.
    """
    for _ in range(TRIES):
        current = generation(folder)
        try:
            found = read(current.place)
        except (OSError, ValueError, StorageError):
            if generation(folder) == current:
                raise
        else:
            if generation(folder) == current:
                return current, found
    raise rewritten_too_often(folder)


def rewritten_too_often(folder: Path) -> StorageError:
    """What a reader says that was overtaken at every try."""
    return StorageError(f"the journal in {folder} is being rewritten over and over; try again later")


def _readable_folder(folder: Path) -> Path:
    """Where the journal lies: in the middle of a replacement, that is the old one's new name."""
    if (folder / META).exists():
        return folder
    old = _old(folder)
    return old if (old / META).exists() else folder


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


def is_worth_rewriting(rows: int, dead: int) -> bool:
    """Whether so many of the rows are about pictures that are gone that the disk should be freed of them."""
    return dead > 100 and dead > rows // 4


def journal_rows(folder: Path) -> int:
    """Rows committed in all segments; 0 where there is no journal."""
    _, rows = read_generation(folder, _rows_in)
    return rows


def _rows_in(place: Path) -> int:
    return sum(Segment(log.with_suffix(""), ("ids", "vec")).rows for log in place.glob("segment-*.log"))
