"""What an index holds: the journal read as the product reads it, ChromaDB with chromadb itself in a process apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal
from tests.support.chroma_rows import read_apart

Rows = Mapping[bytes, Any]
"""Image id -> embedding."""


def collection_of(home: Path, name: str = "pictures") -> Collection:
    """The collection in a home, whatever its description says."""
    return Collection(name, home / "data" / "collections" / name)


def keys_of(home: Path, name: str = "pictures") -> list[KeyRow]:
    """Its index keys."""
    with Catalog(collection_of(home, name).catalog_file) as catalog:
        return catalog.index_keys()


def journals(home: Path) -> dict[str, Rows]:
    """Label -> what its journal holds; fails where an id is there twice."""
    collection = collection_of(home)
    found: dict[str, Rows] = {}
    for key in keys_of(home):
        journal = VectorJournal(collection.journal_folder(key.key))
        ids = journal.ids()
        assert len(set(ids)) == len(ids), "an id is in the journal twice"
        rows = [row for block in journal.blocks() for row in journal.unpack(block)]
        found[key.label] = dict(zip(ids, rows, strict=True))
    return found


def features(home: Path, label: str) -> dict[bytes, bytes]:
    """Image id -> the bytes of its local features."""
    key = next(key for key in keys_of(home) if key.label == label)
    blobs = BlobJournal(collection_of(home).features_folder(key.key))
    return {image_id: bytes(blobs.get(image_id) or b"") for image_id in blobs.ids()}


def stored_bytes(home: Path, name: str = "pictures") -> dict[str, list[bytes]]:
    """Index key -> every row of its journals as the bytes that lie on the disk, id, embedding and features, sorted."""
    collection, found = collection_of(home, name), {}
    for key in keys_of(home, name):
        journal = VectorJournal(collection.journal_folder(key.key))
        rows = [row.tobytes() for block in journal.blocks() for row in block]
        if key.shape == "local":
            blobs = BlobJournal(collection.features_folder(key.key))
            rows = [row + bytes(blobs.get(i) or b"lost") for i, row in zip(journal.ids(), rows, strict=True)]
        found[key.key] = sorted(i + row for i, row in zip(journal.ids(), rows, strict=True))
    return found


def catalog_rows(home: Path, name: str = "pictures") -> object:
    """What the catalog says of files, pictures and what is embedded of them."""
    with Catalog(collection_of(home, name).catalog_file) as catalog:
        return (
            list(catalog.files()),
            sorted(catalog.picture_rows()),
            {key.key: (catalog.marked(key.key), catalog.failures(key.key)) for key in catalog.index_keys()},
        )


def marks(home: Path) -> dict[str, set[bytes]]:
    """Label -> the pictures that the catalog says are embedded."""
    with Catalog(collection_of(home).catalog_file) as catalog:
        return {key.label: catalog.marked(key.key) for key in catalog.index_keys()}


def chromas(homes: Sequence[Path], scratch: Path) -> list[dict[str, Rows]]:
    """For each home: label -> what ChromaDB holds, read by chromadb in a child process."""
    wanted = [(home, key) for home in homes for key in keys_of(home)]
    folders = [(str(collection_of(home).chroma_folder(key.key)), key.key) for home, key in wanted]
    target = scratch / "chroma-rows.npz"
    read_apart(folders, target)
    found: dict[Path, dict[str, Rows]] = {home: {} for home in homes}
    with np.load(target) as arrays:
        for number, (home, key) in enumerate(wanted):
            ids = [bytes.fromhex(value) for value in arrays[f"ids{number}"]]
            found[home][key.label] = dict(zip(ids, arrays[f"rows{number}"], strict=True))
    return [found[home] for home in homes]


def assert_same_rows(found: Mapping[str, Rows], expected: Mapping[str, Rows]) -> None:
    """The same ids, and for each the same embedding."""
    assert found.keys() == expected.keys()
    for label, rows in expected.items():
        assert found[label].keys() == rows.keys(), f"{label}: other pictures than expected"
        for image_id, row in rows.items():
            np.testing.assert_allclose(found[label][image_id], row, atol=1e-5, err_msg=label)


def assert_sound(homes: Sequence[Path], expected: Mapping[str, Rows], scratch: Path) -> None:
    """Journal, catalog and ChromaDB of every home hold exactly the expected embeddings, each once."""
    for home in homes:
        assert_same_rows(journals(home), expected)
        assert marks(home) == {label: set(rows) for label, rows in expected.items()}
    for found in chromas(homes, scratch):
        assert_same_rows(found, expected)
