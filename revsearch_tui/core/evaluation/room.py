"""The room that evaluations and robustness runs take in the cache: bounded, what was used longest ago goes first."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.core.base.cache_use import use_of
from revsearch_tui.core.base.lock import is_writing

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

_GONE = ".gone-"


def trim(folders: Sequence[Path], most_bytes: int) -> None:
    """Delete entries of these folders, those used longest ago first, until all others take at most `most_bytes`.

    What any process uses stays, even where that takes more. What cannot be deleted stays too.
    """
    entries: list[tuple[float, Path, int]] = []
    for folder in folders:
        for entry in folder.glob("*/"):
            if entry.name.startswith(_GONE):  # a deletion was interrupted
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    entries.append((entry.stat().st_mtime, entry, _size(entry)))
    total = sum(size for _, _, size in entries)
    for _, entry, size in sorted(entries):
        if total <= most_bytes:
            return
        if not any(is_writing(place) for place in (entry, use_of(entry)) if place.is_dir()) and _delete(entry):
            total -= size


def trim_cache(workspace: Workspace) -> None:
    """Delete what evaluations and robustness runs left in the cache beyond the configured room, but for what is in use
    now."""
    folders = workspace.folders
    trim([folders.embeddings, folders.robustness], workspace.config.number("eval.cache_mb") * 1_000_000)


def _delete(entry: Path) -> bool:
    gone = entry.with_name(_GONE + entry.name)
    try:
        entry.rename(gone)  # so that nobody finds half of it
    except OSError:
        return False
    shutil.rmtree(gone, ignore_errors=True)
    return True


def _size(entry: Path) -> int:
    """Bytes of all files below."""
    total = 0
    for folder, _, names in os.walk(entry):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(folder) / name).stat().st_size
    return total
