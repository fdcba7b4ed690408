"""Delete what was indexed: all of a collection, or what some methods made. The pictures themselves are not touched."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection, drop_collection
from revsearch_tui.core.storage.store import keeper
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind


def drop(
    collection: Collection, keys: Sequence[KeyRow], *, store: StoreKind = CHROMA_HERE, whole: bool = False
) -> None:
    """Delete the index keys; `whole`: these are all there are, and the collection goes with them.

    `store` is where its rows are beside the journal. Raises `IndexBusyError`, `StorageError`.
    """
    with writer_lock(collection.home, "dropping"):
        for key in keys:
            keeper.drop(collection, key, store=store)
            shutil.rmtree(collection.journal_folder(key.key), ignore_errors=True)
            shutil.rmtree(collection.features_folder(key.key), ignore_errors=True)
            collection.key_file(key.key).unlink(missing_ok=True)
            if not whole:  # last, since writing to the catalog takes room, of which there may be none
                with Catalog(collection.catalog_file) as catalog:
                    catalog.drop_key(key.key)
    if whole:
        drop_collection(collection)
