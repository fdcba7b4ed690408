"""A library that moved, or a collection that gets another name: nothing is read or embedded anew."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.base.files import sync_folder
from revsearch_tui.core.base.lock import forget_holder, writer_lock
from revsearch_tui.core.base.scan import is_below
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import (
    DESCRIPTION,
    Collection,
    checked_name,
    open_collection,
    renamed_to,
    save_description,
    with_roots,
)


@dataclass(frozen=True, slots=True)
class Relocated:
    """`files` whose paths changed; roots that were `added`, and those among them that are `missing`."""

    files: int
    added: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()


def relocate(collection: Collection, old: Path, new: Path) -> Relocated:
    """Have everything that is known below `old` lie below `new`.

    Where a file is known at its new place already, that stands. Killed at any instant, it can be called again, and an
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
    added = tuple(root for root in collection.roots if root not in before)
    return Relocated(files, added, tuple(root for root in added if not root.is_dir()))


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


def rename(collection: Collection, name: str) -> Collection:
    """The collection under its new name.

    Killed at any instant, it goes by the old name or by the new one, and is whole. What a ChromaDB server holds stays
    where it is. Raises `UsageError` where the name is none or taken, `IndexBusyError`, `StorageError`.
    """
    folder = collection.home.parent
    target = folder / checked_name(name)
    if name == collection.name:
        raise UsageError(f"the collection is called '{name}' already; give another name")
    with writer_lock(collection.home, "renaming"):
        collection = open_collection(folder, collection.name)
        if target.exists() and not target.samefile(collection.home):  # the same but for its case, where that is one
            raise UsageError(f"there is a collection or an index '{name}' already; give another name")
        # First all that the new name asks for, which the old one does not mind; the folder's name decides.
        formerly = tuple(dict.fromkeys([*collection.formerly, collection.name]))
        save_description(
            replace(collection, kept_space=collection.space, formerly=tuple(old for old in formerly if old != name))
        )
        try:
            collection.home.rename(target)
        except OSError as error:
            raise StorageError(
                f"{collection.home} cannot be renamed: {error.strerror or error}; end what uses it, and try again"
            ) from error
        sync_folder(folder)
        forget_holder(target)
    return open_collection(folder, name)


def current_name(collections_folder: Path, name: str) -> str:
    """What a collection that was called so is called now; the name itself where there is one of that name, or none."""
    if (collections_folder / name / DESCRIPTION).exists():
        return name
    return renamed_to(collections_folder, name) or name
