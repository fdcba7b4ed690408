"""Keep ChromaDB in step with the journal. Call with the collection's writer lock held."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, RevsearchError, StorageError
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

if TYPE_CHECKING:
    from revsearch_tui.core.storage.journal.vectors import VectorJournal
    from revsearch_tui.core.storage.store.chroma import ChromaIndex

_REPLAY_ROWS = 200
"""Fewer rows than this beyond ChromaDB's last index write are left for it to replay."""
_WRITTEN_WITH_INDEX = "index_metadata.pickle"
_LITTLE_ROOM = 2_000_000


def is_in_doubt(collection: Collection, catalog: Catalog, key: KeyRow, *, url: str = "") -> bool:
    """Whether ChromaDB was left in the middle of a write, or its files are not as they were left.

    Where only their times are others, as in a copy, those are noted.
    """
    rows, state = catalog.chroma_state(key.key)
    if rows == 0:
        return False
    if url:
        return state != _server_state(url)
    now = as_left(collection.chroma_folder(key.key), state)
    if state is not None and now is not None and now != state:
        with contextlib.suppress(StorageError):  # only the next time costs more
            catalog.renew_chroma_state(key.key, state, now)
    return now is None


def needs_care(collection: Collection, catalog: Catalog, key: KeyRow, *, url: str = "") -> bool:
    """Whether ChromaDB is in doubt or behind the journal, and the journal is there to mend it from."""
    rows = journal_rows(collection.journal_folder(key.key))
    return rows > 0 and (key.chroma_rows < rows or is_in_doubt(collection, catalog, key, url=url))


def bring_in_step(
    collection: Collection,
    catalog: Catalog,
    key: KeyRow,
    journal: VectorJournal,
    control: Control,
    *,
    url: str = "",
) -> str | None:
    """Check ChromaDB where its state is in doubt, rebuild it where it is damaged or mostly about pictures that are
    gone, follow what changed and add what the journal has beyond it.

    Gives back what was wrong where it was damaged, in a word. Raises `StorageError`; the catalog then says "in doubt",
    and the next call goes on from there.
    """
    if journal.unsound():
        return None  # nothing is copied from it until an indexing run by the method has mended it
    folder = collection.chroma_folder(key.key)
    rows, state = catalog.chroma_state(key.key)
    trouble = None
    pending = catalog.stale_metadata()
    in_doubt = is_in_doubt(collection, catalog, key, url=url)
    if in_doubt and url:
        rows = 0
    elif in_doubt:
        # A kill tears ChromaDB's index files in ways that reading them does not always show.
        untouched = index_is_untouched(folder, state)
        if not untouched or not _is_sound(collection, catalog, key, journal, rows, pending):
            trouble = "damaged" if untouched or is_settled(state) else "left unfinished"
            trouble = trouble if (folder / "chroma.sqlite3").exists() else "missing"
            rows = 0
    ids = journal.ids()
    covered = set(ids[:rows])
    followed = [image_id for image_id in pending if image_id in covered]
    if rows == len(ids) and not in_doubt and not followed:
        return None
    if followed and not url and is_worth_rewriting(rows, len(covered - catalog.image_ids())):
        # Rows that ChromaDB deletes go on taking room in its files; begun anew from the journal, they do not.
        rows, followed = 0, []
    catalog.set_chroma_state(key.key, rows, writing_state(folder))
    if rows == 0 and not url:
        _clear(folder)
    with _opened(collection, key, url) as index:
        index.prepare_writing()
        if rows == 0 and url:
            index.clear()
        returned = _follow(catalog, key, journal, index, followed)
        added = _add(catalog, key, journal, index, ids, rows, folder, control)
        last = added or returned
        # A first time always: with no index written, every opening makes the index files anew, a reader's too.
        is_first = rows == 0 or not (url or any(folder.glob(f"*/{_WRITTEN_WITH_INDEX}")))
        if last is not None and (is_first or len(ids) - rows >= _REPLAY_ROWS):
            index.sync(*last, _metadata(catalog, key, [last[0]])[0])
    catalog.set_chroma_state(key.key, len(ids), _server_state(url) if url else fingerprint(folder, state))
    return trouble


def drop(collection: Collection, key: KeyRow, *, url: str = "") -> None:
    """Remove an index key's ChromaDB collection from the disk or the server."""
    if url:
        with _opened(collection, key, url) as index:
            index.drop()
    shutil.rmtree(collection.chroma_folder(key.key), ignore_errors=True)


def _server_state(url: str) -> str:
    """What the catalog notes of a server that is in step."""
    return f"server {url}"


def _clear(folder: Path) -> None:
    if folder.exists():
        from revsearch_tui.core.storage.store.chroma import forget

        forget(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _opened(collection: Collection, key: KeyRow, url: str) -> Iterator[ChromaIndex]:
    from revsearch_tui.core.storage.store.chroma import ChromaIndex

    index = None
    try:
        index = ChromaIndex(collection.chroma_folder(key.key), key.key, key.metric, url=url, space=collection.space)
        yield index
    except (RevsearchError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of ChromaDB's own code is no Exception
        where = f"the ChromaDB server at {url}" if url else "ChromaDB"
        reason = " ".join(str(error).split())[:200]
        if not url and shutil.disk_usage(collection.home).free < _LITTLE_ROOM:
            reason = "the disk is full"  # of which ChromaDB's own words often say nothing
        raise StorageError(
            f"{where} could not be written ({reason}); the embeddings are safe in the "
            "journal, and the next run brings ChromaDB up to date"
        ) from error
    finally:
        if index is not None:
            index.close()


def _follow(
    catalog: Catalog, key: KeyRow, journal: VectorJournal, index: ChromaIndex, changed: Sequence[bytes]
) -> tuple[bytes, Any] | None:
    """Pictures whose files changed: remove what vanished, put back what returned, rewrite the metadata of the rest.

    Gives back the last row that it put back.
    """
    import numpy as np

    from revsearch_tui.core.storage.exact import ExactIndex

    if not changed:
        return None
    live = catalog.image_ids()
    present = index.present(changed)
    index.delete([image_id for image_id in changed if image_id in present and image_id not in live])
    moved = [image_id for image_id in changed if image_id in present and image_id in live]
    index.update_metadata(moved, _metadata(catalog, key, moved))
    returned = [image_id for image_id in changed if image_id not in present and image_id in live]
    if not returned:
        return None
    exact = ExactIndex(journal)
    rows = [row for image_id in returned if (row := exact.embedding(image_id)) is not None]
    index.upsert(returned, np.stack(rows), _metadata(catalog, key, returned))
    return returned[-1], rows[-1]


def _add(
    catalog: Catalog,
    key: KeyRow,
    journal: VectorJournal,
    index: ChromaIndex,
    ids: Sequence[bytes],
    rows: int,
    folder: Path,
    control: Control,
) -> tuple[bytes, Any] | None:
    """Add the journal's rows from number `rows` on; how far that has come is noted after each batch. The last row."""
    from revsearch_tui.core.storage.store.chroma import BATCH_ROWS

    live = catalog.image_ids()
    last: tuple[bytes, Any] | None = None
    position = 0
    for block in journal.blocks():
        for start in range(0, len(block), BATCH_ROWS):
            stop = min(start + BATCH_ROWS, len(block))
            first = max(start, rows - position)
            if first >= stop:
                continue
            chosen = [row for row in range(first, stop) if ids[position + row] in live]
            if chosen:
                part = [ids[position + row] for row in chosen]
                vectors = journal.unpack(block[chosen])
                index.upsert(part, vectors, _metadata(catalog, key, part))
                last = (part[-1], vectors[-1])
                catalog.set_chroma_state(key.key, position + stop, writing_state(folder))
            control.progress(position + stop, len(ids), f"ChromaDB: {key.label}")
            control.check()
        position += len(block)
    return last


def _metadata(catalog: Catalog, key: KeyRow, ids: Sequence[bytes]) -> list[dict[str, Any]]:
    """What another program needs to use a row alone. File names that are not text are shown escaped."""
    found = []
    images = catalog.images(ids)
    for image_id in ids:
        image = images.get(image_id)
        path = os.fsencode(image.paths[0]).decode("utf-8", "backslashreplace") if image else ""
        entry: dict[str, Any] = {"path": path, "method": key.label}
        if image:
            entry |= {"width": image.width, "height": image.height, "format": image.format, "copies": len(image.paths)}
        found.append(entry)
    return found


def _is_sound(
    collection: Collection, catalog: Catalog, key: KeyRow, journal: VectorJournal, rows: int, pending: Sequence[bytes]
) -> bool:
    from revsearch_tui.core.storage.store.comparing import is_sound

    folder = collection.chroma_folder(key.key)
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
