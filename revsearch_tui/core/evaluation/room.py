"""The room that evaluations and robustness runs take in the cache: bounded, what was used longest ago goes first."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import IndexBusyError, StorageError
from revsearch_tui.core.base.lock import is_writing, writer_lock

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

_USE = "use"
_GONE = ".gone-"


@contextlib.contextmanager
def in_use(entry: Path) -> Iterator[None]:
    """Keep `trim` away from an entry that others may write to and read from at the same time."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            (entry / _USE).mkdir(exist_ok=True)
        # Busy: another run keeps it already. Where nothing can be written, nothing is deleted either.
        with contextlib.suppress(IndexBusyError, StorageError):
            stack.enter_context(writer_lock(entry / _USE, "reading", of="cache"))
        try:
            yield
        finally:
            note_use(entry)


def note_use(entry: Path) -> None:
    """An entry was used just now: its folder's time tells."""
    with contextlib.suppress(OSError):
        os.utime(entry)


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
        if not any(is_writing(place) for place in (entry, entry / _USE) if place.is_dir()) and _delete(entry):
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
