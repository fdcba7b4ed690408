"""Which collection holds a folder, and what a new one for it is called."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.collections import Collection, ensure_collection, list_collections

_UNFIT = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 40
_UNNAMED = "folder"
_LOCK = ".new.lock"


def holds(collection: Collection, folder: Path) -> bool:
    """Whether a folder, by its real path, is one of the collection's or lies in one of them."""
    return any(folder == root or folder.is_relative_to(root) for root in collection.roots)


def is_all_of(collection: Collection, folder: Path) -> bool:
    """Whether a folder, by its real path, is all that the collection covers."""
    return collection.roots == (folder,)


def holding(collections: Sequence[Collection], folder: Path) -> list[Collection]:
    """Those that hold a folder, by its real path: first one that covers nothing else, then those in which the folder
    that holds it is nearest."""

    def distance(collection: Collection) -> int:
        above = [root for root in collection.roots if folder == root or folder.is_relative_to(root)]
        return len(folder.parts) - max(len(root.parts) for root in above)

    held = [collection for collection in collections if holds(collection, folder)]
    return sorted(held, key=lambda found: (not is_all_of(found, folder), distance(found), found.name))


def collection_for(collections_folder: Path, folder: Path) -> Collection:
    """The collection that covers a folder, given by its real path, and nothing else; made, with a name like the
    folder's, where there is none. Processes that ask at once get the same. Raises `StorageError`."""
    from filelock import FileLock

    try:
        collections_folder.mkdir(parents=True, exist_ok=True)
        with FileLock(collections_folder / _LOCK):
            existing = list_collections(collections_folder)
            own = next((found for found in existing if is_all_of(found, folder)), None)
            return own or _made(collections_folder, _free_name(collections_folder, folder), folder)
    except OSError as error:
        raise StorageError(f"cannot write to {collections_folder}: {error.strerror or error}") from error


def _made(collections_folder: Path, name: str, folder: Path) -> Collection:
    try:
        return ensure_collection(collections_folder, name, (folder,))
    except StorageError:
        shutil.rmtree(collections_folder / name, ignore_errors=True)
        raise


def _free_name(collections_folder: Path, folder: Path) -> str:
    plain = unicodedata.normalize("NFKD", folder.name).encode("ascii", "ignore").decode()  # without accents
    base = _UNFIT.sub("-", plain.lower()).lstrip("._-")[:_LONGEST].rstrip("-.") or _UNNAMED
    taken = {home.name.lower() for home in collections_folder.iterdir()}
    names = (base if number == 1 else f"{base}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)
