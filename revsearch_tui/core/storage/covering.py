"""Which collection holds a folder, and what a new one for it is called."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.collections import Collection

_UNFIT = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 40
_UNNAMED = "folder"


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


def claim_name(collections_folder: Path, folder: Path) -> str:
    """A name for a new collection of a folder, made of the folder's own, which no other process gets as well.

    Its home is made, empty. Raises `StorageError`.
    """
    base = _UNFIT.sub("-", folder.name.lower()).lstrip("._-")[:_LONGEST].rstrip("-.") or _UNNAMED
    number = 1
    while True:
        name = base if number == 1 else f"{base}-{number}"
        try:
            (collections_folder / name).mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise StorageError(f"cannot write to {collections_folder}: {error.strerror or error}") from error
        else:
            return name


def give_back_name(collections_folder: Path, name: str) -> None:
    """Let go of a name that nothing was kept under."""
    try:
        os.rmdir(collections_folder / name)  # noqa: PTH106 - fails where there is anything in it
    except OSError:
        pass
