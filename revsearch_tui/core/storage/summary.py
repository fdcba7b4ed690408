"""What a collection holds, in short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.lock import is_writing
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection


def summary_of(collection: Collection, note: Callable[[str], None]) -> dict[str, Any]:
    """As `collections --format json` lists it; `note` gets a line where its catalog cannot be read."""
    files = pictures = bad = 0
    methods: list[str] = []
    if collection.catalog_file.exists():
        try:
            with Catalog(collection.catalog_file) as catalog:
                files, pictures, bad = catalog.counts()
                methods = list(dict.fromkeys(key.label for key in catalog.index_keys()))
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
        "writing": is_writing(collection.home),
    }
