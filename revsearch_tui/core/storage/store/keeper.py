"""Keep a collection's store, ChromaDB mostly, in step with the journal. Call with the collection's writer lock held."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, MethodUnavailableError, RevsearchError, StorageError, VectorStore
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.folders import is_worth_rewriting, journal_rows
from revsearch_tui.core.storage.store.fingerprint import (
    as_left,
    fingerprint,
    index_is_untouched,
    is_settled,
    writing_state,
)
from revsearch_tui.core.storage.store.server import ServerError, is_written, noted, state_of
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind

if TYPE_CHECKING:
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

BATCH_ROWS = 2_000
"""At most so many rows are given to a store at once: of more, ChromaDB takes more memory; of half, an eighth longer."""
_ROWS_A_WRITE = 5_000
"""ChromaDB holds what its index files lack a second time."""
_MOST_WRITES = 8
_LITTLE_ROOM = 2_000_000


def is_in_doubt(collection: Collection, catalog: Catalog, key: KeyRow, *, store: StoreKind = CHROMA_HERE) -> bool:
    """Whether ChromaDB was left in the middle of a write, or its files are not as they were left.

    Where only their times are others, as in a copy, those are noted.
    """
    rows, state = catalog.chroma_state(key.key)
    if rows == 0:
        return False
    if store.url:
        return not is_written(state, store.servers)
    now = as_left(collection.store_folder(key.key), state)
    if state is not None and now is not None and now != state:
        with contextlib.suppress(StorageError):  # only the next time costs more
            catalog.renew_chroma_state(key.key, state, now)
    return now is None


def needs_care(collection: Collection, catalog: Catalog, key: KeyRow, *, store: StoreKind = CHROMA_HERE) -> bool:
    """Whether ChromaDB is in doubt or behind the journal, and the journal is there to mend it from."""
    rows = 0 if store.problem else journal_rows(collection.journal_folder(key.key))
    return rows > 0 and (key.chroma_rows < rows or is_in_doubt(collection, catalog, key, store=store))


def bring_in_step(
    collection: Collection,
    catalog: Catalog,
    key: KeyRow,
    journal: VectorJournal,
    control: Control,
    *,
    store: StoreKind = CHROMA_HERE,
) -> str | None:
    """Check ChromaDB where its state is in doubt, rebuild it where it is damaged or mostly about pictures that are
    gone, follow what changed and add what the journal has beyond it.

    Gives back what was wrong where it was damaged, in a word. Raises `StorageError`; the catalog then says "in doubt",
    and the next call goes on from there.
    """
    if journal.unsound() or store.problem:
        return None  # nothing is copied from it until an indexing run by the method has mended it
    folder = collection.store_folder(key.key)
    rows, state = catalog.chroma_state(key.key)
    trouble = None
    pending = catalog.stale_metadata()
    in_doubt = is_in_doubt(collection, catalog, key, store=store)
    if in_doubt and not store.url:
        # A kill tears ChromaDB's index files in ways that reading them does not always show. What one does to those of
        # other stores is not known at all: they are begun anew.
        untouched = store.is_chroma and index_is_untouched(folder, state)
        if not untouched or not _is_sound(collection, catalog, key, journal, rows, pending):
            trouble = "damaged" if untouched or is_settled(state) else "left unfinished"
            trouble = trouble if _is_there(folder, store) else "missing"
            rows = 0
    ids = journal.ids()
    covered = set(ids[:rows])
    followed = [image_id for image_id in pending if image_id in covered]
    if rows == len(ids) and not in_doubt and not followed:
        return None
    if followed and not store.url and is_worth_rewriting(rows, len(covered - catalog.image_ids())):
        # Rows that ChromaDB deletes go on taking room in its files; begun anew from the journal, they do not.
        rows, followed = 0, []
    if not store.url:
        catalog.set_chroma_state(key.key, rows, writing_state(folder))
        if rows == 0:
            _clear(folder, store)
    with _opened(collection, key, store) as index:
        if store.url:
            trouble = _begin_on_servers(catalog, key, journal, index, pending)
            rows = catalog.chroma_state(key.key)[0]
            followed = followed if rows else []
        _follow(catalog, key, journal, index, followed)
        _add(catalog, key, journal, index, ids, rows, folder, control, store)
        index.flush()
        if store.url and index.was_interrupted and not _holds(catalog, journal, index, len(ids), pending):
            index.clear()
            _add(catalog, key, journal, index, ids, 0, folder, control, store)
        settled = state_of(index.held(), is_written=True) if store.url else fingerprint(folder, state)
    catalog.set_chroma_state(key.key, len(ids), settled)
    return trouble


def plan(rows: int, stored: int) -> tuple[list[int], int]:
    """How to add so many rows, to have `stored` then: the sizes of batches, and after how many rows ChromaDB is to
    write its index files, the last time with the last batch. Every write is of the whole index, so that in large ones
    there are few of them; what was not written is made anew of ChromaDB's log whenever it is opened."""
    if not rows:
        return [], 1
    writes = -(-rows // max(_ROWS_A_WRITE, -(-stored // _MOST_WRITES)))
    count = writes * -(-rows // (writes * BATCH_ROWS))
    small, larger = divmod(rows, count)
    return [small + (number < larger) for number in range(count)], small * (count // writes)


def drop(collection: Collection, key: KeyRow, *, store: StoreKind = CHROMA_HERE) -> None:
    """Remove an index key's ChromaDB collection from the disk or the server."""
    if store.url:
        try:
            with contextlib.closing(store.open(collection, key, is_writing=True)) as index:
                index.drop()  # type: ignore[attr-defined]  # those on servers can be dropped
        except ServerError as error:
            raise StorageError(
                f"{error}, so its rows there cannot be deleted; start it, or clear store.chroma_url and leave them"
            ) from error
    shutil.rmtree(collection.store_folder(key.key), ignore_errors=True)


def _begin_on_servers(
    catalog: Catalog, key: KeyRow, journal: VectorJournal, index: Any, pending: Sequence[bytes]
) -> str | None:
    """Note how many of the journal's rows servers have, and that they are being written. Where they are others than
    before, or do not hold what they were given, they are cleared. Gives back what was wrong, in a word."""
    rows, state = catalog.chroma_state(key.key)
    before, held = noted(state), index.held()
    trouble = None
    if rows and [one["place"] for one in before or ()] == [one["place"] for one in held]:
        if [one["id"] for one in before or ()] != [one["id"] for one in held]:
            trouble = "missing on the server"
        elif not (before == held and is_settled(state)) and not _holds(catalog, journal, index, rows, pending):
            trouble = "not as it was left on the server"
        is_kept = trouble is None
    else:
        is_kept = False  # of other servers, or spread otherwise
    if not is_kept:
        index.clear()
        rows = 0
    catalog.set_chroma_state(key.key, rows, state_of(index.held(counted=False), is_written=False))
    return trouble


def _holds(catalog: Catalog, journal: VectorJournal, index: Any, rows: int, pending: Sequence[bytes]) -> bool:
    """Whether servers have the first rows of the journal, and nothing else. A crash of theirs ends no process here."""
    from revsearch_tui.core.storage.store.comparing import holds

    try:
        return holds(index, journal, rows, catalog.image_ids(), set(pending))
    except ServerError as error:
        if error.may_pass:
            raise
        return False  # an index that its server cannot read any more, or finds too little in


def _is_there(folder: Path, store: StoreKind) -> bool:
    """Whether there is anything of what was written."""
    return (folder / "chroma.sqlite3").exists() if store.is_chroma else any(folder.rglob("*"))


def _clear(folder: Path, store: StoreKind) -> None:
    if folder.exists():
        if store.is_chroma:
            from revsearch_tui.core.storage.store.chroma import forget

            forget(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _opened(collection: Collection, key: KeyRow, store: StoreKind) -> Iterator[Any]:
    """The rows of a key, to be written; of a server's they can be cleared and dropped, too."""
    index = None
    try:
        index = store.open(collection, key, is_writing=True)
        yield index
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of ChromaDB's own code is no Exception
        if isinstance(error, ServerError):
            raise StorageError(
                f"{error}; the embeddings are safe in the journal, and the next run brings ChromaDB up to date"
            ) from error
        if isinstance(error, RevsearchError) and not isinstance(error, MethodUnavailableError):
            raise
        reason = " ".join(str(error).split())[:200]
        if not store.url and shutil.disk_usage(collection.home).free < _LITTLE_ROOM:
            reason = "the disk is full"  # of which a store's own words often say nothing
        raise StorageError(
            f"{store.title} could not be written ({reason}); the embeddings are safe in the "
            f"journal, and the next run brings {'ChromaDB' if store.is_chroma else 'it'} up to date"
        ) from error
    finally:
        if index is not None:
            index.close()


def _follow(
    catalog: Catalog, key: KeyRow, journal: VectorJournal, index: VectorStore, changed: Sequence[bytes]
) -> None:
    """Pictures whose files changed: remove what vanished, put back what returned, rewrite the metadata of the rest."""
    import numpy as np

    from revsearch_tui.core.storage.exact import ExactIndex

    if not changed:
        return
    live = catalog.image_ids()
    present = index.present(changed)
    index.delete([image_id for image_id in changed if image_id in present and image_id not in live])
    moved = [image_id for image_id in changed if image_id in present and image_id in live]
    index.update_metadata(moved, _metadata(catalog, key, moved))
    returned = [image_id for image_id in changed if image_id not in present and image_id in live]
    if not returned:
        return
    exact = ExactIndex(journal)
    rows = [row for image_id in returned if (row := exact.embedding(image_id)) is not None]
    index.upsert(returned, np.stack(rows), _metadata(catalog, key, returned))


def _add(
    catalog: Catalog,
    key: KeyRow,
    journal: VectorJournal,
    index: Any,
    ids: Sequence[bytes],
    rows: int,
    folder: Path,
    control: Control,
    store: StoreKind,
) -> None:
    """Add the journal's rows from number `rows` on; how far that has come is noted after each batch."""
    live = catalog.image_ids()
    chosen = [row for row in range(rows, len(ids)) if ids[row] in live]
    batches, every = plan(len(chosen), len(ids))
    if store.is_chroma and not store.url and batches:
        index.write_index_every(every)
    start = 0
    for size in batches:
        part = chosen[start : start + size]
        start += size
        image_ids = [ids[row] for row in part]
        index.upsert(image_ids, journal.unpack(journal.rows_at(part)), _metadata(catalog, key, image_ids))
        now = state_of(index.held(counted=False), is_written=False) if store.url else writing_state(folder)
        catalog.set_chroma_state(key.key, part[-1] + 1, now)
        control.progress(start, len(chosen), f"{'ChromaDB' if store.is_chroma else store.name}: {key.label}")
        control.check()


def _metadata(catalog: Catalog, key: KeyRow, ids: Sequence[bytes]) -> list[dict[str, Any]]:
    """What another program needs to use a row alone. File names that are not text are shown escaped."""
    found: list[dict[str, Any]] = []
    known = catalog.descriptions(ids)
    for image_id in ids:
        entry: dict[str, Any] = {"path": "", "method": key.label}
        if image_id in known:
            width, height, form, path, copies = known[image_id]
            entry["path"] = path.decode("utf-8", "backslashreplace")
            entry |= {"width": width, "height": height, "format": form, "copies": copies}
        found.append(entry)
    return found


def _is_sound(
    collection: Collection, catalog: Catalog, key: KeyRow, journal: VectorJournal, rows: int, pending: Sequence[bytes]
) -> bool:
    from revsearch_tui.core.storage.store.comparing import is_sound

    folder = collection.store_folder(key.key)
    if not (folder / "chroma.sqlite3").exists():
        return False
    try:
        with tempfile.TemporaryDirectory(dir=collection.home, prefix=".check-") as temporary:
            live_file, pending_file = Path(temporary) / "live", Path(temporary) / "pending"
            live_file.write_bytes(b"".join(catalog.image_ids()))
            pending_file.write_bytes(b"".join(pending))
            return is_sound(folder, key.key, key.metric, journal.folder, rows, live_file, pending_file)
    except OSError as error:
        raise StorageError(
            f"cannot write to {collection.home}: {error.strerror or error}; make room or mend that, "
            "and run the command again"
        ) from error
