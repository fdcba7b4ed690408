"""Give the disk back what deleted rows held in a catalog."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.database import connect

_FEW_PAGES = 64
_PATIENCE_MS = 2_000


def compact_catalog(path: Path, *, always: bool = False) -> None:
    """For the writer: write the catalog anew where a quarter of it is free, or else `always`.

    Pages that are merely half empty are not counted as free, so the caller may know better. Nothing is done where the
    disk lacks the room for a second one, nothing is lost where it fails, and readers go on.
    """
    with contextlib.suppress(sqlite3.Error, StorageError, OSError), contextlib.closing(connect(path)) as connection:
        pages, free, page_bytes = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        worth_it = always or (free > _FEW_PAGES and free > pages // 4)
        # The new one goes through the write-ahead log, and from there into the place of the old one.
        if not worth_it or shutil.disk_usage(path.parent).free < 2 * pages * page_bytes:
            return
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        connection.execute("PRAGMA temp_store = MEMORY")  # file names are nobody's business in /var/tmp
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
