"""Give the disk back what pictures held that are gone."""

from __future__ import annotations

import contextlib

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.catalog import Catalog, KeyRow
from revsearch_tui.core.storage.catalog.space import compact_catalog
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.blobs import BlobJournal
from revsearch_tui.core.storage.journal.count import is_worth_rewriting
from revsearch_tui.core.storage.journal.vectors import VectorJournal
from revsearch_tui.core.storage.store.fingerprint import writing_state


def compact(collection: Collection, catalog: Catalog) -> None:
    """For the writer, after a run: rewrite journals and catalog without what is gone, once that is much.

    ChromaDB is begun anew where it follows the removals. Where something fails, nothing is lost, and a later run
    tries again.
    """
    live = catalog.image_ids()
    compacted = False
    for key in catalog.index_keys():
        with contextlib.suppress(StorageError, OSError):
            compacted |= _compact_journals(collection, catalog, key, live)
    compact_catalog(collection.catalog_file, always=compacted)


def _compact_journals(collection: Collection, catalog: Catalog, key: KeyRow, live: set[bytes]) -> bool:
    """Whether there was so much to leave out. Raises `StorageError` and OSError; the journals are whole then too."""
    journal = VectorJournal(collection.journal_folder(key.key))
    blobs = BlobJournal(collection.features_folder(key.key)) if key.shape == "local" else None
    stored = max(journal.rows, blobs.rows if blobs is not None else 0)
    if not is_worth_rewriting(stored, stored - len(live.intersection(journal.ids()))):
        return False
    if journal.unsound() or (blobs is not None and blobs.unsound()):
        return False  # the next run by this method makes the damaged rows anew
    rows, state = catalog.chroma_state(key.key)
    in_step = rows == journal.rows
    # A kill between the swap and the note leaves ChromaDB in doubt, and the next run looks at it.
    catalog.set_chroma_state(key.key, rows, writing_state(collection.chroma_folder(key.key)))
    try:
        # Embeddings first: blobs without one only take room, the other way round they would be missed.
        journal.compact(live)
        if blobs is not None:
            blobs.compact(live)
    finally:
        catalog.set_chroma_state(key.key, journal.rows if in_step else 0, state)
    return True
