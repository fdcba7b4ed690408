"""What a collection holds, in short."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.lock import is_writing
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection


def summary_of(collection: Collection, note: Callable[[str], None]) -> dict[str, Any]:
    """As `collections --format json` lists it; `note` gets a line where its catalog cannot be read."""
    files = pictures = bad = 0
    methods: list[str] = []
    indexed: float | None = None
    if collection.catalog_file.exists():
        try:
            with Catalog(collection.catalog_file) as catalog:
                files, pictures, bad = catalog.counts()
                methods = list(dict.fromkeys(key.label for key in catalog.index_keys()))
                indexed = catalog.last_indexed()
        except StorageError as error:
            note(str(error))
    return {
        "name": collection.name,
        "pictures": pictures,
        "files": files,
        "skipped": bad,
        "methods": methods,
        "folders": [str(root) for root in collection.roots],
        "home": str(collection.home),
        "bytes": bytes_below(collection.home),
        "indexed": datetime.fromtimestamp(indexed, UTC).isoformat(timespec="seconds") if indexed is not None else None,
        "writing": is_writing(collection.home),
    }


def bytes_below(folder: Path) -> int:
    """The sizes of all files below a folder; what goes meanwhile, or cannot be looked at, counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH116, PTH118 - quick, for many
            except OSError:
                continue
    return total
