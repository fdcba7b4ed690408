"""What of the cache is in use, by whatever process, and when it last was."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from revsearch_tui.api import IndexBusyError, StorageError
from revsearch_tui.core.base.lock import writer_lock


def use_of(entry: Path) -> Path:
    """The folder that is locked while the entry is read."""
    return entry / "use"


@contextlib.contextmanager
def in_use(entry: Path) -> Iterator[None]:
    """Keep whoever makes room away from an entry that others may write to and read from at the same time."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            use_of(entry).mkdir(exist_ok=True)
        # Busy: another run keeps it already. Where nothing can be written, nothing is deleted either.
        with contextlib.suppress(IndexBusyError, StorageError):
            stack.enter_context(writer_lock(use_of(entry), "reading", of="cache"))
        try:
            yield
        finally:
            note_use(entry)


def note_use(entry: Path) -> None:
    """An entry was used just now: its folder's time tells."""
    with contextlib.suppress(OSError):
        os.utime(entry)
