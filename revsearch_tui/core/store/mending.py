"""Mend and update ChromaDB for all index keys of a collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, IndexBusyError, StorageError
from revsearch_tui.core.catalog.catalog import Catalog, KeyRow
from revsearch_tui.core.collections import Collection
from revsearch_tui.core.lock import writer_lock
from revsearch_tui.core.store import keeper

if TYPE_CHECKING:
    from revsearch_tui.core.journal.vectors import VectorJournal


def mend(
    collection: Collection, catalog: Catalog, control: Control, note: Callable[[str], None], *, url: str = ""
) -> None:
    """For the writer: check and, where necessary, rebuild what is in doubt."""
    for key in catalog.index_keys():
        if keeper.is_in_doubt(collection, catalog, key, url=url):
            keeper.bring_in_step(collection, catalog, key, _journal(collection, key), control, note, url=url)


def mend_before_reading(
    collection: Collection, catalog: Catalog, control: Control, note: Callable[[str], None], *, url: str = ""
) -> None:
    """For a reader: mend what is damaged or behind, unless somebody is writing, who then does it. Costs a few stats.

    Reading goes on in any case: the journal serves it.
    """
    if not any(keeper.needs_care(collection, catalog, key, url=url) for key in catalog.index_keys()):
        return
    try:
        with writer_lock(collection.home, "mending ChromaDB"):
            for key in catalog.index_keys():
                if keeper.needs_care(collection, catalog, key, url=url):
                    keeper.bring_in_step(collection, catalog, key, _journal(collection, key), control, note, url=url)
    except IndexBusyError:
        return
    except StorageError as error:
        note(str(error))


def update(
    collection: Collection,
    catalog: Catalog,
    gone: Sequence[bytes],
    new_images: set[bytes],
    control: Control,
    note: Callable[[str], None],
    *,
    url: str = "",
) -> None:
    """For the writer, after a run that began with `mend`: follow removals, moves and additions, for every key."""
    stale = catalog.stale_metadata()
    for key in catalog.index_keys():
        journal = _journal(collection, key)
        rows, _ = catalog.chroma_state(key.key)
        if rows:
            revived = [image_id for image_id in dict.fromkeys(journal.ids()[:rows]) if image_id in new_images]
            catalog.commit(marks={key.key: revived})
            known = set(revived)
            moved = [image_id for image_id in stale if image_id not in known]
            keeper.follow_changes(collection, catalog, key, journal, gone=gone, moved=moved, revived=revived, url=url)
        if rows != journal.rows:
            keeper.bring_in_step(collection, catalog, key, journal, control, note, url=url)
    catalog.clear_stale_metadata()


def _journal(collection: Collection, key: KeyRow) -> VectorJournal:
    from revsearch_tui.core.journal.vectors import VectorJournal

    return VectorJournal(collection.journal_folder(key.key), metric=key.metric, dim=key.dim)
