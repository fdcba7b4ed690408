"""What the collections hold, and what of their folders they do not: read from the disk, in the background."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import RevsearchError
from revsearch_tui.core.storage.adoption import lost_collections
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.summary import bytes_below, summary_of

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

MOST_LEFT = 2_000
"""Files that are listed of those that are not in an index."""


class Holding(NamedTuple):
    """A collection: files known of its folders, pictures, files that were `skipped`, bytes on the disk, when the last
    run ended (ISO 8601; empty: none did), whether some process writes to it, and what is wrong with it."""

    name: str
    roots: tuple[Path, ...]
    files: int
    pictures: int
    skipped: int
    methods: tuple[str, ...]
    bytes: int
    indexed: str
    is_written: bool
    problem: str = ""


class Holdings(NamedTuple):
    """All collections, by name; indexes that have `lost` their description."""

    collections: tuple[Holding, ...]
    lost: tuple[str, ...] = ()


class KeyHolding(NamedTuple):
    """What a method made: of how many pictures, on how many it `failed`, in how many bytes."""

    label: str
    pictures: int
    failed: int
    bytes: int


class Left(NamedTuple):
    """A file that is not in the index or, with the label of a `method`, not in what that made; and why."""

    path: Path
    reason: str
    method: str = ""


class Contents(NamedTuple):
    """More of one collection: methods, roots that are `missing`, and the first of `all_left` files."""

    name: str
    keys: tuple[KeyHolding, ...]
    missing: tuple[Path, ...]
    left: tuple[Left, ...]
    all_left: int


def read_holdings(workspace: Workspace) -> Holdings:
    """Those of this user."""
    lost = tuple(lost_collections(workspace.folders.collections))
    return Holdings(tuple(map(_holding, workspace.collections())), lost)


def _holding(collection: Collection) -> Holding:
    problems: list[str] = []
    summary = summary_of(collection, problems.append)
    return Holding(
        collection.name,
        collection.roots,
        summary["files"],
        summary["pictures"],
        summary["skipped"],
        tuple(summary["methods"]),
        summary["bytes"],
        summary["indexed"] or "",
        summary["writing"],
        " ".join(problems),
    )


def read_contents(workspace: Workspace, name: str) -> Contents:
    """Raises `IndexMissingError`, `StorageError`."""
    from revsearch_tui.core.storage.catalog.catalog import Catalog

    collection = workspace.collection(name)
    missing = tuple(root for root in collection.roots if not root.is_dir())
    if not collection.catalog_file.exists():
        return Contents(name, (), missing, (), 0)
    with Catalog(collection.catalog_file) as catalog:
        keys = tuple(
            KeyHolding(key.label, key.images, len(catalog.failures(key.key)), _bytes_of(collection, key.key))
            for key in catalog.index_keys()
        )
        left = sorted(_left(catalog), key=lambda each: (each.reason, each.method, each.path))
    return Contents(name, keys, missing, tuple(left[:MOST_LEFT]), len(left))


def _bytes_of(collection: Collection, key: str) -> int:
    folders = (collection.journal_folder(key), collection.features_folder(key), collection.store_folder(key))
    return sum(map(bytes_below, folders))


def _left(catalog: object) -> Iterator[Left]:
    from revsearch_tui.core.storage.catalog.catalog import Catalog

    assert isinstance(catalog, Catalog)
    for path, reason, _ in catalog.skipped():
        yield Left(path, reason)
    for path, label, reason in catalog.failed_files():
        yield Left(path, reason, label)


def default_note(workspace: Workspace, name: str, now: str) -> str:
    """What to do where the configuration names a collection that is called otherwise now, or (empty) is no more."""
    try:
        origin = workspace.config.origins["general.collection"]
        if workspace.config.text("general.collection") != name or origin == "default":
            return ""
    except RevsearchError:
        return ""
    other = f"'{now}'" if now else "another one"
    return f"general.collection is '{name}' still, by the {origin}; set it to {other}."
