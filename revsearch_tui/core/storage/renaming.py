"""Give a collection another name. Nothing is read or embedded anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.base.files import sync_folder
from revsearch_tui.core.base.lock import forget_holder, writer_lock
from revsearch_tui.core.storage.collections import (
    DESCRIPTION,
    Collection,
    checked_name,
    open_collection,
    renamed_to,
    save_description,
)


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
