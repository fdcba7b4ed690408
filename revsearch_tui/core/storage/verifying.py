"""Look through everything that is stored of a collection, whatever is remembered of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.catalog.catalog import Catalog, KeyRow
from revsearch_tui.core.storage.collections import Collection


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
    from revsearch_tui.core.storage.journal.blobs import BlobJournal
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

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
