"""A library that moved: its folders and the paths of its files change at once, and no picture is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.base.scan import is_below
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection, open_collection, with_roots


@dataclass(frozen=True, slots=True)
class Relocated:
    """`files` whose paths changed; roots that were `added`, and those among them that are `missing`; files that are
    `absent` at their new places, by path."""

    files: int
    added: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()
    absent: tuple[Path, ...] = ()


def relocate(collection: Collection, old: Path, new: Path) -> Relocated:
    """Have everything that is known below `old` lie below `new`. The same with both exchanged takes it back.

    Where a file is known at its new place already, that stands. What is not at its new place is named, and nothing that
    is known of it is lost. Killed at any instant, it can be called again, and an
    indexing run between loses nothing. Raises `UsageError` where `new` is no folder or nothing is known below `old`,
    `IndexBusyError`, `StorageError`.
    """
    if not new.is_dir():
        raise UsageError(f"'{new}' is not a folder; give the folder where the pictures are now")
    target = Path(os.path.realpath(new))
    with writer_lock(collection.home, "relocating"):
        collection = open_collection(collection.home.parent, collection.name)
        with Catalog(collection.catalog_file) as catalog:
            source = _known(collection, catalog, old)
            if target.is_relative_to(source):
                raise UsageError(f"'{new}' lies in '{old}' itself; name the folders that moved into it one by one")
            before, roots = collection.roots, _moved_roots(collection, source, target)
            # Until the catalog has followed, both the old and the new folders are roots: files whose paths lie in
            # neither would be taken for gone.
            with_roots(collection, (*roots, *before))
            files = catalog.move_files(os.fsencode(source), os.fsencode(target))
            collection = with_roots(collection, roots)
            absent = tuple(absent_files(row.path for row in catalog.files(os.fsencode(target))))
    added = tuple(root for root in collection.roots if root not in before)
    return Relocated(files, added, tuple(root for root in added if not root.is_dir()), absent)


def absent_files(paths: Iterable[bytes]) -> Iterator[Path]:
    """Those at which nothing is. Folders are read, not files looked at one by one."""

    @lru_cache(64)
    def names_in(folder: bytes) -> frozenset[bytes]:
        try:
            return frozenset(os.listdir(folder))
        except OSError:
            return frozenset()

    for path in paths:
        folder, name = os.path.split(path)
        if name not in names_in(folder):
            yield Path(os.fsdecode(path))


def _known(collection: Collection, catalog: Catalog, old: Path) -> Path:
    """The folder that is meant, as the collection writes it: its name may be a link to the new place by now."""
    for folder in (Path(os.path.abspath(old)), Path(os.path.realpath(old))):  # noqa: PTH100 - links are kept
        if any(root.is_relative_to(folder) for root in collection.roots) or catalog.has_below(os.fsencode(folder)):
            return folder
    names = ", ".join(str(root) for root in collection.roots)
    raise UsageError(f"the collection '{collection.name}' knows of nothing below '{old}'; its folders are: {names}")


def _moved_roots(collection: Collection, source: Path, target: Path) -> tuple[Path, ...]:
    """The roots after the move. What moved out of a root's folder needs one of its own."""
    roots = tuple(
        target / root.relative_to(source) if root.is_relative_to(source) else root for root in collection.roots
    )
    covered = any(is_below(os.fsencode(target), os.fsencode(root)) for root in roots)
    moved_some = any(root.is_relative_to(source) for root in collection.roots)
    return roots if covered or moved_some else (*roots, target)
