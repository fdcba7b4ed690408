"""Keep ChromaDB in step with the journal. Call with the collection's writer lock held."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, RevsearchError, StorageError
from revsearch_tui.core.catalog.catalog import Catalog, KeyRow
from revsearch_tui.core.collections import Collection
from revsearch_tui.core.journal.count import journal_rows
from revsearch_tui.core.store.fingerprint import fingerprint

if TYPE_CHECKING:
    from revsearch_tui.core.journal.vectors import VectorJournal
    from revsearch_tui.core.store.chroma import ChromaIndex

_REPLAY_ROWS = 200
"""Fewer rows than this beyond ChromaDB's last index write are left for it to replay."""

Note = Callable[[str], None]


def is_in_doubt(collection: Collection, catalog: Catalog, key: KeyRow, *, url: str = "") -> bool:
    """Whether ChromaDB was left in the middle of a write, or its files are not as they were left."""
    rows, state = catalog.chroma_state(key.key)
    if url:
        return rows > 0 and state != "server"
    return rows > 0 and (state is None or fingerprint(collection.chroma_folder(key.key)) != state)


def needs_care(collection: Collection, catalog: Catalog, key: KeyRow, *, url: str = "") -> bool:
    """Whether ChromaDB is in doubt or behind the journal."""
    return key.chroma_rows < journal_rows(collection.journal_folder(key.key)) or is_in_doubt(
        collection, catalog, key, url=url
    )


def bring_in_step(
    collection: Collection,
    catalog: Catalog,
    key: KeyRow,
    journal: VectorJournal,
    control: Control,
    note: Note,
    *,
    url: str = "",
) -> None:
    """Check ChromaDB where its state is in doubt, rebuild it where it is damaged, add what the journal has beyond it.

    `note` gets one line where a rebuild was necessary.
    """
    folder = collection.chroma_folder(key.key)
    rows, _ = catalog.chroma_state(key.key)
    in_doubt = is_in_doubt(collection, catalog, key, url=url)
    if in_doubt and (url or not _is_sound(collection, catalog, key, journal, rows)):
        if not url:
            reason = "damaged" if folder.exists() else "missing"
            note(f"ChromaDB's data for '{key.label}' was {reason}: rebuilt from the journal, nothing is lost")
        rows = 0
    if rows == 0:
        shutil.rmtree(folder, ignore_errors=True)
    if rows == journal.rows and not in_doubt:
        return
    catalog.set_chroma_state(key.key, rows, None)
    with _opened(collection, key, url) as index:
        _add(catalog, key, journal, index, rows, control)
    catalog.set_chroma_state(key.key, journal.rows, "server" if url else fingerprint(folder))


def follow_changes(
    collection: Collection,
    catalog: Catalog,
    key: KeyRow,
    journal: VectorJournal,
    *,
    gone: Sequence[bytes] = (),
    moved: Sequence[bytes] = (),
    revived: Sequence[bytes] = (),
    url: str = "",
) -> None:
    """Remove pictures that vanished, put back those that returned, rewrite the metadata of those that moved.

    Call where ChromaDB was in step before the changes.
    """
    from revsearch_tui.core.exact import ExactIndex

    marked = catalog.marked(key.key)
    moved = [image_id for image_id in moved if image_id in marked]
    rows, state = catalog.chroma_state(key.key)
    if not (gone or moved or revived) and state is not None:
        return
    catalog.set_chroma_state(key.key, rows, None)
    with _opened(collection, key, url) as index:
        if gone:
            index.delete(gone)
        if revived:
            exact = ExactIndex(journal)
            found = [(image_id, exact.embedding(image_id)) for image_id in revived]
            known = [(image_id, row) for image_id, row in found if row is not None]
            ids = [image_id for image_id, _ in known]
            index.upsert(ids, np.stack([row for _, row in known]), _metadata(catalog, key, ids))
        if moved:
            index.update_metadata(moved, _metadata(catalog, key, moved))
    catalog.set_chroma_state(key.key, rows, "server" if url else fingerprint(collection.chroma_folder(key.key)))


def drop(collection: Collection, key: KeyRow, *, url: str = "") -> None:
    """Remove an index key's ChromaDB collection from the disk or the server."""
    if url:
        with _opened(collection, key, url) as index:
            index.drop()
    shutil.rmtree(collection.chroma_folder(key.key), ignore_errors=True)


@contextlib.contextmanager
def _opened(collection: Collection, key: KeyRow, url: str) -> Any:
    from revsearch_tui.core.store.chroma import ChromaIndex

    index = None
    try:
        index = ChromaIndex(collection.chroma_folder(key.key), key.key, key.metric, url=url, space=collection.name)
        yield index
    except RevsearchError:
        raise
    except Exception as error:
        # Whatever state this leaves, the catalog says "in doubt": the next run checks and rebuilds.
        raise StorageError(
            f"ChromaDB could not be written ({' '.join(str(error).split())[:200]}); the embeddings are safe in the "
            "journal, and the next run brings ChromaDB up to date"
        ) from error
    finally:
        if index is not None:
            index.close()


def _add(
    catalog: Catalog, key: KeyRow, journal: VectorJournal, index: ChromaIndex, rows: int, control: Control
) -> None:
    from revsearch_tui.core.store.chroma import BATCH_ROWS

    live = catalog.image_ids()
    ids = journal.ids()
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
            control.progress(position + stop, len(ids), f"ChromaDB: {key.label}")
            control.check()
        position += len(block)
    if last is not None and journal.rows - rows >= _REPLAY_ROWS:
        index.sync(*last, _metadata(catalog, key, [last[0]])[0])


def _metadata(catalog: Catalog, key: KeyRow, ids: Sequence[bytes]) -> list[dict[str, Any]]:
    """What another program needs to use a row alone. File names that are not text are shown escaped."""
    found = []
    for image_id in ids:
        image = catalog.image(image_id)
        path = os.fsencode(image.paths[0]).decode("utf-8", "backslashreplace") if image else ""
        entry: dict[str, Any] = {"path": path, "method": key.label}
        if image:
            entry |= {"width": image.width, "height": image.height, "format": image.format, "copies": len(image.paths)}
        found.append(entry)
    return found


def _is_sound(collection: Collection, catalog: Catalog, key: KeyRow, journal: VectorJournal, rows: int) -> bool:
    from revsearch_tui.core.store.check import is_sound

    folder = collection.chroma_folder(key.key)
    if not (folder / "chroma.sqlite3").exists():
        return False
    with tempfile.TemporaryDirectory(dir=collection.home) as temporary:
        live_file = Path(temporary) / "live"
        live_file.write_bytes(b"".join(catalog.image_ids()))
        return is_sound(folder, key.key, key.metric, journal.folder, rows, live_file)
