"""Carry a collection away in a file, take such files in, and make one collection of several."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from revsearch_tui.api import Control, StorageError, UsageError
from revsearch_tui.core.base.files import new_file
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.restoring import check_before_reading
from revsearch_tui.core.storage.collections import Collection, open_collection
from revsearch_tui.core.storage.exchange.archive import SUFFIX, ArchiveSource, write_archive
from revsearch_tui.core.storage.exchange.joining import Joined, clear_unfinished, join
from revsearch_tui.core.storage.exchange.row_sources import CollectionSource, Source
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind


def export(collection: Collection, target: Path, control: Control, note: Callable[[str], None]) -> Path:
    """Write a collection into a file, or into one named after it in a folder; gives back the file.

    It appears whole or not at all. What is damaged is left out, with a note. Raises `StorageError`, `UsageError`
    where the file cannot be written, `Cancelled`.
    """
    file = target / f"{collection.name}{SUFFIX}" if target.is_dir() else target
    with _as_source(collection) as source:
        with new_file(file) as out:
            write_archive(source, out, control)
        for label, lost in source.lost.items():
            note(
                f"{lost:,} embeddings by '{label}' are damaged or lost, and are not in '{file}'; "
                f"run: revsearch index -c {collection.name}, which makes them anew, and export again"
            )
    return file


def export_parquet(
    collection: Collection, target: Path, method: str | None, control: Control, note: Callable[[str], None]
) -> list[Path]:
    """Write the embeddings of a collection, or of one of its methods, as Parquet; see `parquet.write_parquet`."""
    from revsearch_tui.core.storage.exchange.parquet import check_parquet, write_parquet

    check_parquet()
    with _as_source(collection) as source:
        keys = [found for found in source.keys if method in (None, found.key.label, found.key.method, found.key.key)]
        if not keys:
            which = f"by '{method}'" if method else "by any method"
            raise UsageError(
                f"'{collection.name}' is not indexed {which}; see: revsearch collections show {collection.name}"
            )
        files = write_parquet(source, keys, target, control)
        for label, lost in source.lost.items():
            note(f"{lost:,} embeddings by '{label}' are damaged or lost, and were not written")
    return files


def take_file(collections_folder: Path, file: Path, name: str | None, store: str, control: Control) -> Joined:
    """A new collection of what was exported, under the name it had or another. Raises as `join` does."""
    clear_unfinished(collections_folder)
    with contextlib.closing(ArchiveSource(file, control)) as source:
        return join(collections_folder, name or source.name, [source], store, control, new=True)


def merge(collections_folder: Path, sources: Sequence[str], into: str, store: str, control: Control) -> Joined:
    """Take collections, by their names, and exported files into the collection `into`, made where there is none.

    Every source is opened, and each file checked, before anything is taken. Raises as `join` does, and
    `IndexMissingError`, `UsageError` where a collection would be taken into itself.
    """
    clear_unfinished(collections_folder)
    if into in sources:
        others = " ".join(source for source in sources if source != into) or "OTHER"
        raise UsageError(
            f"'{into}' would be taken into itself; give: revsearch collections merge {others} --into {into}"
        )
    with contextlib.ExitStack() as stack:
        opened: list[Source] = []
        for source in dict.fromkeys(sources):
            if source.endswith(SUFFIX) or Path(source).is_file():
                opened.append(stack.enter_context(contextlib.closing(ArchiveSource(Path(source), control))))
            else:
                opened.append(stack.enter_context(_as_source(open_collection(collections_folder, source))))
        joined = join(collections_folder, into, opened, store, control)
        for each in opened:
            if isinstance(each, CollectionSource):
                joined.notes += [
                    f"{lost:,} embeddings by '{label}' of '{each.name}' are damaged or lost, and were not taken"
                    for label, lost in each.lost.items()
                ]
        return joined


def follow(
    collection: Collection, control: Control, note: Callable[[str], None], *, store: StoreKind = CHROMA_HERE
) -> None:
    """Bring the store and the codes in step with what a collection has taken in. Raises `StorageError`, `Cancelled`."""
    from revsearch_tui.core.storage.store.mending import mark_returned, update
    from revsearch_tui.core.storage.upkeep import code_embeddings

    with writer_lock(collection.home, "bringing ChromaDB in step"), Catalog(collection.catalog_file) as catalog:
        mark_returned(collection, catalog)
        update(collection, catalog, control, note, store=store)
        code_embeddings(collection, catalog, control)


@contextlib.contextmanager
def _as_source(collection: Collection) -> Iterator[CollectionSource]:
    if not collection.catalog_file.exists():
        raise StorageError(
            f"the collection '{collection.name}' has no catalog; run: revsearch index -c {collection.name}"
        )
    check_before_reading(collection)
    with Catalog(collection.catalog_file) as catalog:
        yield CollectionSource(collection, catalog)
