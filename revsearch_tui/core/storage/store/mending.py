"""Mend and update a collection's store, ChromaDB mostly, for all of its index keys."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, IndexBusyError, StorageError
from revsearch_tui.core.base.files import may_write
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.store import keeper
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind

if TYPE_CHECKING:
    from revsearch_tui.core.storage.journal.vectors import VectorJournal


def mend(
    collection: Collection,
    catalog: Catalog,
    control: Control,
    note: Callable[[str], None],
    *,
    store: StoreKind = CHROMA_HERE,
) -> None:
    """For the writer, before a run: check and, where necessary, rebuild what is in doubt.

    What cannot be mended now, by a full disk or a server that is down, does not keep pictures from being indexed:
    `update` tries again and raises.
    """
    with _told(note, store) as rebuilt:
        for key in catalog.index_keys():
            if keeper.needs_care(collection, catalog, key, store=store):
                try:
                    journal = _journal(collection, key)
                    trouble = keeper.bring_in_step(collection, catalog, key, journal, control, store=store)
                    rebuilt.append((key.label, trouble))
                except StorageError:
                    if store.url:
                        return  # a server that is silent need not be waited for by each method


def mend_before_reading(
    collection: Collection,
    catalog: Catalog,
    control: Control,
    note: Callable[[str], None],
    *,
    store: StoreKind = CHROMA_HERE,
    keys: Container[str] | None = None,
) -> None:
    """For a reader that is going to ask ChromaDB about these index keys (None: all): mend what is damaged or behind,
    unless somebody is writing, who then does it. Costs a few stats where all is well.

    Reading goes on in any case, also where nothing can be written and so nothing be mended: the journal serves it.
    """

    def wanted() -> list[KeyRow]:
        return [key for key in catalog.index_keys() if keys is None or key.key in keys]

    if not may_write(collection.home):
        return
    if not any(keeper.needs_care(collection, catalog, key, store=store) for key in wanted()):
        return
    try:
        with writer_lock(collection.home, "mending ChromaDB"), _told(note, store) as rebuilt:
            for key in wanted():
                if keeper.needs_care(collection, catalog, key, store=store):
                    journal = _journal(collection, key)
                    trouble = keeper.bring_in_step(collection, catalog, key, journal, control, store=store)
                    rebuilt.append((key.label, trouble))
    except IndexBusyError:
        return
    except StorageError as error:
        note(str(error))


def update(
    collection: Collection,
    catalog: Catalog,
    control: Control,
    note: Callable[[str], None],
    *,
    store: StoreKind = CHROMA_HERE,
) -> None:
    """For the writer, after a run: follow removals, moves, returns and additions, for every key.

    Raises `StorageError`.
    """
    with _told(note, store) as rebuilt:
        for key in catalog.index_keys():
            journal = _journal(collection, key)
            trouble = keeper.bring_in_step(collection, catalog, key, journal, control, store=store)
            rebuilt.append((key.label, trouble))
    catalog.clear_stale_metadata()


def mark_returned(collection: Collection, catalog: Catalog) -> None:
    """For the writer, after a run: a picture that returned is embedded already, also by methods that took no part."""
    changed = set(catalog.stale_metadata())
    for key in catalog.index_keys() if changed else ():
        lacking = changed - catalog.marked(key.key)
        if returned := lacking.intersection(_journal(collection, key).ids()) & catalog.image_ids():
            catalog.commit(marks={key.key: returned})


@contextlib.contextmanager
def _told(note: Callable[[str], None], store: StoreKind) -> Iterator[list[tuple[str, str | None]]]:
    """Collects why each method's rows had to be rebuilt, and tells it in one line."""
    rebuilt: list[tuple[str, str | None]] = []
    try:
        yield rebuilt
    finally:
        reasons = [f"'{label}' was {trouble}" for label, trouble in rebuilt if trouble]
        if reasons:
            whose = "ChromaDB" if store.is_chroma else store.title
            note(f"{whose}'s data was rebuilt from the journal, nothing is lost: {', '.join(reasons)}")


def _journal(collection: Collection, key: KeyRow) -> VectorJournal:
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

    return VectorJournal(collection.journal_folder(key.key), metric=key.metric, dim=key.dim)
