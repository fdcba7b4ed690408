"""Look through everything that is stored of a collection, and give the disk back what pictures held that are gone."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import Control, StorageError
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.database import connect
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.codes import build_codes
from revsearch_tui.core.storage.journal.folders import is_worth_rewriting
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal
from revsearch_tui.core.storage.store.fingerprint import writing_state

_FEW_PAGES = 64
_PATIENCE_MS = 2_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with what a method stored; an empty `problem` where nothing is."""

    label: str
    problem: str


def verify_keys(collection: Collection, catalog: Catalog) -> Iterator[Verdict]:
    """A verdict on each index key, after all of its journals was read and compared with the catalog."""
    for key in catalog.index_keys():
        try:
            yield Verdict(key.label, ", ".join(_problems(collection, catalog, key)))
        except StorageError as error:
            yield Verdict(key.label, str(error))


def _problems(collection: Collection, catalog: Catalog, key: KeyRow) -> Iterator[str]:
    from revsearch_tui.core.storage.exact import ExactIndex
    from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal

    marked = catalog.marked(key.key)  # before the journals: these are written first
    journal = VectorJournal(collection.journal_folder(key.key))
    commits = journal.damaged()
    lost = len(marked - ExactIndex(journal).ids())
    if key.shape == "local":
        blobs = BlobJournal(collection.features_folder(key.key))
        commits += blobs.damaged()
        bare = len(marked - blobs.has())
    else:
        bare = 0
    if commits:
        yield f"{commits:,} damaged commits"
    if lost:
        yield f"{lost:,} of {len(marked):,} embeddings are damaged or lost"
    if bare:
        yield f"the local features of {bare:,} pictures are damaged or lost"


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
    catalog.set_chroma_state(key.key, rows, writing_state(collection.store_folder(key.key)))
    try:
        # Embeddings first: blobs without one only take room, the other way round they would be missed.
        journal.compact(live)
        if blobs is not None:
            blobs.compact(live)
    finally:
        catalog.set_chroma_state(key.key, journal.rows if in_step else 0, state)
    return True


def code_embeddings(collection: Collection, catalog: Catalog, control: Control) -> None:
    """For the writer, after a run: have codes beside the journals, where there is what reads them fast."""
    from revsearch_tui.core.storage.code_scan import products

    if products() is None:
        return
    for key in catalog.index_keys():
        with contextlib.suppress(StorageError, OSError):
            build_codes(VectorJournal(collection.journal_folder(key.key)), control.check)


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
