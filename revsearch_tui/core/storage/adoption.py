"""Take up an index whose description, `collection.json`, is lost or unreadable. Nothing is embedded anew."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from revsearch_tui.api import IndexMissingError, UsageError
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.base.scan import is_below
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.database import CatalogDamagedError
from revsearch_tui.core.storage.collections import (
    CHROMA,
    DESCRIPTION,
    Collection,
    checked_folders,
    checked_name,
    is_lost,
    open_collection,
    save_description,
)


def lost_collections(collections_folder: Path) -> list[str]:
    """Names of indexes that have no description that can be read."""
    return sorted(home.name for home in collections_folder.glob("*/") if is_lost(home))


def adopt(
    collections_folder: Path, name: str, folders: Sequence[Path] = (), note: Callable[[str], None] = lambda _line: None
) -> Collection:
    """Give an index a description anew, with these folders, or with those that hold the files it knows.

    Raises `UsageError` where it has one, where a folder is none, or where none can be told; `IndexMissingError` where
    there is no such index; `IndexBusyError`, `StorageError`.
    """
    home = collections_folder / checked_name(name)
    roots = checked_folders(folders)
    with contextlib.suppress(IndexMissingError):
        if not is_lost(home):
            open_collection(collections_folder, name)
            raise UsageError(f"'{name}' is a collection already; add folders with: revsearch index FOLDER -c {name}")
    if not is_lost(home) and not (home / "journal").is_dir():
        raise IndexMissingError(
            f"there is no index '{name}' to take up; make one with: revsearch index FOLDER -c {name}"
        )
    with writer_lock(home, "taking up an index"):
        collection = Collection(
            name, home, roots, _created(home) or time.time(), kept_space=_space(home), store=_store(home)
        )
        known: list[bytes] = []
        # Where the catalog is damaged as well, the folders have to be named; the next indexing run makes it anew.
        with contextlib.suppress(CatalogDamagedError), contextlib.ExitStack() as stack:
            if collection.catalog_file.exists():
                catalog = stack.enter_context(Catalog(collection.catalog_file))
                known = [row.path for row in catalog.files()]
                if not _created(home):
                    catalog.forget_servers()  # what it has there goes by when the collection was made
        roots = roots or common_folders(known)
        if not roots:
            raise UsageError(
                f"the index '{name}' tells of no folders; name them: revsearch collections adopt {name} FOLDER"
            )
        collection = replace(collection, roots=roots)
        save_description(collection)
    outside = sum(1 for path in known if not any(is_below(path, os.fsencode(root)) for root in roots))
    if outside:
        note(f"{outside} known files are in none of these folders; the next indexing run lets go of them")
    return collection


def take_up(
    collections_folder: Path, name: str, folders: Sequence[Path], note: Callable[[str], None]
) -> Collection | None:
    """For an indexing run: adopt the index of that name, if it is lost, with the folders it had. Raises as `adopt`."""
    if not is_lost(collections_folder / checked_name(name)):
        return None
    checked_folders(folders)
    try:
        collection = adopt(collections_folder, name)
    except UsageError:
        collection = adopt(collections_folder, name, folders)
    roots = ", ".join(f"'{root}'" for root in collection.roots)
    note(f"the index '{name}' had lost its {DESCRIPTION} and was taken up again; its folders: {roots}")
    return collection


def common_folders(files: Iterable[bytes]) -> tuple[Path, ...]:
    """The deepest folders that hold these files together.

    A folder so broad that much else lies in it is none unless a file lies right in it: then it is those below.
    """
    tree: dict[str, Any] = {}
    for folder in {path.rpartition(os.fsencode(os.sep))[0] for path in files}:
        node = tree
        for part in Path(os.fsdecode(folder) + os.sep).parts:
            node = node.setdefault(part, {})
        node[""] = {}
    return tuple(root for anchor, node in tree.items() for root in _roots(Path(anchor), node))


def _roots(folder: Path, node: dict[str, Any]) -> list[Path]:
    if "" in node or (len(node) > 1 and not _is_broad(folder)):
        return [folder]
    return [root for part, below in sorted(node.items()) for root in _roots(folder / part, below)]


def _is_broad(folder: Path) -> bool:
    """Whether a folder is a disk, the place of disks or of users, or the user's home."""
    return len(folder.parts) <= 2 or Path.home().is_relative_to(folder) or os.path.ismount(folder)


def _created(home: Path) -> float | None:
    """When the collection was made, where its damaged description still tells that."""
    created = _told(home).get("created")
    return created if isinstance(created, float) else None


def _space(home: Path) -> str:
    """Under which name it is on servers, where it was renamed and its damaged description still tells that."""
    space = _told(home).get("space")
    return space if isinstance(space, str) else ""


def _store(home: Path) -> str:
    """Which store it has: by its damaged description, or by what lies there."""
    store = _told(home).get("store")
    there = sorted(path.name for path in (home / "stores").glob("*/"))
    return store if isinstance(store, str) else there[0] if there else CHROMA


def _told(home: Path) -> dict[str, Any]:
    try:
        data = json.loads((home / DESCRIPTION).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
