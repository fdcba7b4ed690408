"""Take what other indexes hold into a collection, a new one or one that is there. No vector is computed.

A picture that several of them know, by its sha-256, is one row with all of its paths. A new collection grows in a
place apart and appears whole or not at all. In one that is there each step leaves it sound: rows come before the files
that they are about, as in an indexing run, and what is there is passed over, so that a kill costs a second call.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, IndexBusyError, IndexMissingError, StorageError, UsageError
from revsearch_tui.core.base.files import sync_folder
from revsearch_tui.core.base.lock import forget_holder, writer_lock
from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.catalog.restoring import describe_keys, mend_catalog, remember_sound
from revsearch_tui.core.storage.collections import (
    Collection,
    checked_name,
    open_collection,
    with_roots,
)
from revsearch_tui.core.storage.exchange.row_sources import RowBatch, Source, SourceKey
from revsearch_tui.core.storage.judgements import take_over
from revsearch_tui.core.storage.relocation import absent_files

if TYPE_CHECKING:
    from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal

_GROWING = "arriving"
"""The folder, beside that of the collections, where new ones grow."""


@dataclass(slots=True)
class Joined:
    """What a collection holds after others were taken in: `files` and `pictures`; by label the `rows` that came with
    them. `notes` are sentences for the user."""

    collection: Collection
    files: int = 0
    pictures: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def join(
    collections_folder: Path, name: str, sources: Sequence[Source], store: str, control: Control, *, new: bool = False
) -> Joined:
    """Take the sources into the collection of that name, made with that store where there is none.

    `new` refuses one that is there. ChromaDB is left behind; `follow` brings it in step. Raises `UsageError`,
    `IndexBusyError`, `StorageError`, and `Cancelled`, after which a new collection is not there and another is sound.
    """
    home = collections_folder / checked_name(name)
    try:
        existing: Collection | None = open_collection(collections_folder, name)
    except IndexMissingError:
        existing = None
    if existing is not None and not new:
        notes: list[str] = []
        mend_catalog(existing, notes.append)
        with writer_lock(existing.home, "taking in other indexes"):
            joined = _take_in(open_collection(collections_folder, name), sources, control)
        joined.notes[:0] = notes
        return joined
    if home.exists():
        raise UsageError(
            f"there is a collection or an index '{name}' already; give another name, or join both with: "
            f"revsearch collections merge FILE --into {name}"
        )
    growing = _growing_folder(collections_folder) / name
    try:
        growing.mkdir(parents=True, exist_ok=True)
        collections_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write to {growing}: {error.strerror or error}") from error
    with writer_lock(growing, "taking in other indexes"):
        try:
            joined = _take_in(Collection(name, growing, (), time.time(), store=store), sources, control)
            growing.rename(home)
        except OSError as error:
            _clear(growing)
            raise StorageError(f"cannot write to {growing}: {error.strerror or error}; nothing was taken in") from error
        except BaseException:
            _clear(growing)
            raise
        sync_folder(collections_folder)
        forget_holder(home)
    joined.collection = open_collection(collections_folder, name)
    return joined


def clear_unfinished(collections_folder: Path) -> None:
    """Give the disk back what collections took whose making was killed."""
    with contextlib.suppress(OSError):
        for folder in _growing_folder(collections_folder).glob("*/"):
            with contextlib.suppress(IndexBusyError, StorageError), writer_lock(folder, "clearing"):
                _clear(folder)


def _growing_folder(collections_folder: Path) -> Path:
    return collections_folder.with_name(_GROWING)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _take_in(collection: Collection, sources: Sequence[Source], control: Control) -> Joined:
    """For the writer. The roots first: a run would let go of files that lie in none."""
    joined = Joined(collection)
    roots = [*collection.roots, *(root for source in sources for root in source.roots)]
    joined.collection = collection = with_roots(collection, tuple(roots))
    with Catalog(collection.catalog_file, create=True) as catalog:
        job = catalog.start_job("join", " ".join(source.name for source in sources))
        for source in sources:
            for found in source.keys:
                _take_rows(collection, catalog, source, found, joined, control)
            _take_files(catalog, source, joined)
            take_over(collection.home, source.judgements())
            control.check()
        catalog.remove_files(())  # pictures of files that hold others
        _mark(collection, catalog)
        describe_keys(collection, catalog)
        joined.notes += _differing(catalog)
        joined.notes += _away(collection, catalog)
        joined.files, joined.pictures, _ = catalog.counts()
        catalog.finish_job(job, "done", f"{joined.pictures} pictures")
        catalog.close()
        remember_sound(collection, job)
    return joined


def _take_rows(
    collection: Collection, catalog: Catalog, source: Source, found: SourceKey, joined: Joined, control: Control
) -> None:
    """Append what the journals lack. Raises `StorageError`."""
    from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal, without_blobs

    key = found.key
    catalog.put_key(key, found.model_sha256)
    journal = VectorJournal(collection.journal_folder(key.key), metric=key.metric, dim=key.dim)
    if (journal.metric, journal.dim, journal.row_bytes) != (key.metric, key.dim, found.row_bytes):
        raise StorageError(
            f"'{key.label}' of '{source.name}' has rows of another form than that of '{collection.name}', though both "
            f"are called {key.key}; drop one of them: revsearch collections drop {collection.name} -m {key.label}"
        )
    lost = journal.recover()
    blobs = None
    if key.shape == "local":
        blobs = BlobJournal(collection.features_folder(key.key), create=True)
        blobs.recover()
        if (kept := without_blobs(journal, blobs)) is not None:
            catalog.set_chroma_state(key.key, 0, None)
            journal.compact(kept)
    if lost or catalog.chroma_state(key.key)[0] > journal.rows:
        catalog.set_chroma_state(key.key, 0, None)  # its count of rows means nothing now
    have = set(journal.ids())
    done = 0
    for batch in source.rows(key.key):
        added = append_new(batch, have, journal, blobs)
        if added:
            joined.rows[key.label] = joined.rows.get(key.label, 0) + added
        done += len(batch.ids)
        control.progress(done, key.images or None, f"taking in '{source.name}': {key.label}")
        control.check()


def append_new(batch: RowBatch, have: set[bytes], journal: VectorJournal, blobs: BlobJournal | None) -> int:
    """For the writer: commit what of a batch is not among the ids that the journal has, which grow by it; how many
    those are. Features go first. Raises `StorageError`."""
    new = [position for position, image_id in enumerate(batch.ids) if image_id not in have]
    if not new:
        return 0
    ids, size = [batch.ids[position] for position in new], journal.row_bytes
    if blobs is not None:
        if batch.blobs is None:
            raise StorageError(f"rows for {journal.folder} came without their local features; export them anew")
        blobs.append(ids, [batch.blobs[position] for position in new])
    journal.append_rows(ids, {"vec": b"".join(batch.rows[at * size : (at + 1) * size] for at in new)})
    have.update(ids)
    return len(new)


def _take_files(catalog: Catalog, source: Source, joined: Joined) -> None:
    """In one transaction: files, pictures, and what methods fail on."""
    known = {row.path: row for row in catalog.files()}
    others: list[bytes] = []
    arrived: set[bytes | None] = set()

    def standing() -> Iterator[FileRow]:
        for row in source.files():
            old = known.get(row.path)
            if old is None or _stands(row, old):
                arrived.add(row.image_id)
                yield row
            if old is not None and old.image_id and row.image_id and old.image_id != row.image_id:
                others.append(row.path)

    files = list(standing())
    failures = {found.key.key: source.failures(found.key.key) for found in source.keys}
    catalog.commit(files, (row for row in source.pictures() if row[0] in arrived), failures=failures)
    if others:
        count = "1 file has" if len(others) == 1 else f"{len(others):,} files have"
        joined.notes.append(
            f"{count} the same path in '{source.name}' and in '{joined.collection.name}', but other contents, "
            f"'{os.fsdecode(others[0])}' for one; what is younger by the file's time was taken. If these are files of "
            "two machines, import each index by itself and first say where its pictures lie, with: "
            "revsearch collections relocate OLD NEW -c NAME"
        )


def _stands(row: FileRow, old: FileRow) -> bool:
    """Whether what another index knows of a file goes before what is known here."""
    if (row.image_id is None) != (old.image_id is None):
        return row.image_id is not None
    return row.image_id != old.image_id and (row.mtime_ns, row.ctime_ns) > (old.mtime_ns, old.ctime_ns)


def _mark(collection: Collection, catalog: Catalog) -> None:
    """Note what is embedded, whatever one of the sources failed on."""
    from revsearch_tui.core.storage.journal.vectors import VectorJournal

    for key in catalog.index_keys():
        ids = set(VectorJournal(collection.journal_folder(key.key)).ids())
        catalog.set_marks(key.key, ids)
        failures = catalog.failures(key.key)
        if not ids.isdisjoint(failures):
            catalog.forget_failures([key.key])
            catalog.commit(failures={key.key: {i: why for i, why in failures.items() if i not in ids}})
        catalog.set_complete(key.key, not catalog.unmarked_files([key.key]))


def _differing(catalog: Catalog) -> Iterator[str]:
    """What searches will not see: pictures that lack a method, or have it with other options or of another version."""
    keys, pictures = catalog.index_keys(), catalog.counts()[1]
    again = "the next indexing run makes what is lacking"
    for label in dict.fromkeys(key.label for key in keys):
        same = {key.key: _made_with(catalog, key) for key in keys if key.label == label}
        first = next(key for key in keys if key.label == label)
        if len(same) > 1:
            counts = {key.key: key.images for key in keys}
            kinds = "; ".join(f"{_told(facts, same.values())}: {counts[key]:,} pictures" for key, facts in same.items())
            yield (
                f"'{label}' was not made in one way everywhere ({kinds}); these are kept apart and never compared, "
                f"so that a search by '{label}' finds only those of one kind; {again}"
            )
        elif (lacking := pictures - first.images - len(catalog.failures(first.key))) > 0:
            yield f"{lacking:,} of {pictures:,} pictures have no '{label}', and a search by it misses them; {again}"


def _made_with(catalog: Catalog, key: KeyRow) -> dict[str, object]:
    """All that tells one index key of a label from another."""
    model = catalog.model_sha256(key.key)
    return {**key.options, "version": key.version, "decoder": key.decoder, "model": model[:8] if model else "none"}


def _told(facts: Mapping[str, object], all_facts: Iterable[Mapping[str, object]]) -> str:
    every = list(all_facts)
    own = [f"{name}={value}" for name, value in facts.items() if any(each.get(name) != value for each in every)]
    return ", ".join(own) or "as it was made elsewhere"


def _away(collection: Collection, catalog: Catalog) -> Iterator[str]:
    """Folders of other machines, and what is not in those that this one has."""
    missing = [root for root in collection.roots if not root.is_dir()]
    for root in missing:
        yield (
            f"'{root}' is not on this machine; what is known of its files is kept. Where they lie elsewhere: "
            f"revsearch collections relocate '{root}' NEW -c {collection.name}"
        )
    here = (row.path for row in catalog.files() if not any(_lies_in(row.path, root) for root in missing))
    away = sum(1 for _ in absent_files(here))
    if away:
        yield (
            f"{away:,} files are not at their paths on this machine, though their folders are, and the next indexing "
            "run lets go of them; where they lie elsewhere, say so before: "
            f"revsearch collections relocate OLD NEW -c {collection.name}"
        )


def _lies_in(path: bytes, root: Path) -> bool:
    return path.startswith(os.fsencode(root).rstrip(b"/") + b"/")
