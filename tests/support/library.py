"""A folder of pictures and its index, driven in this process through the same door as the command line's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.indexing.index_report import IndexReport
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.results import Hit
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.workspace import Workspace
from tests.support.stored import collection_of, journals, keys_of

__all__ = ["Library"]


class Library:
    """One collection, `pictures`, in a home of its own."""

    def __init__(self, home: Path, methods: Sequence[str] = ("phash",)) -> None:
        self.home = home
        self.methods = list(methods)
        self.workspace = Workspace(Folders(home / "data", home / "cache", home / "config"))
        self.notes: list[str] = []

    def index(self, *roots: Path, **changes: object) -> IndexReport:
        """Index, by one decoding process where nothing else is said; without folders, those indexed before."""
        settings = {"workers": 1, **changes}
        return index_collection(
            self.workspace, "pictures", roots, self.methods, control=NullControl(), changes=settings
        )

    def search(self, query: Path, *, approximate: bool = False, k: int = 10) -> list[Hit]:
        """The hits for one query by the first method."""
        engine = open_engine(self.workspace, self.workspace.collection("pictures"), NullControl(), self.notes.append)
        try:
            request = search_request(
                self.workspace,
                self.workspace.choose(self.methods[:1]),
                k=k,
                exactness="approximate" if approximate else "exact",
            )
            (result,) = engine.search([read_query(str(query))], request)
            self.notes += result.notes
            return list(result.hits)
        finally:
            engine.close()

    def found(self, query: Path, *, approximate: bool = False) -> list[Path]:
        """The paths of the very picture that was asked for; none where it is not the first hit."""
        hits = self.search(query, approximate=approximate, k=1)
        return list(hits[0].paths) if hits and hits[0].raw == 0 else []

    def in_chroma(self, label: str = "phash") -> dict[bytes, str]:
        """Image id -> the path that ChromaDB's metadata gives."""
        import chromadb
        from chromadb.config import Settings

        key = next(key for key in keys_of(self.home) if key.label == label)
        folder = collection_of(self.home).chroma_folder(key.key)
        before = (folder / "chroma.sqlite3").stat()
        client: Any = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        try:
            found = client.get_collection(key.key, embedding_function=None).get(include=["metadatas"])
        finally:
            client.close()
        # Opening writes to the file; without its old mtime the product would have to compare everything.
        os.utime(folder / "chroma.sqlite3", ns=(before.st_atime_ns, before.st_mtime_ns))
        return {
            bytes.fromhex(value): str(entry["path"])
            for value, entry in zip(found["ids"], found["metadatas"] or [], strict=True)
        }

    def in_journal(self, label: str = "phash") -> set[bytes]:
        """The ids in the journal, those of vanished pictures included."""
        return set(journals(self.home)[label])

    def pictures(self) -> set[bytes]:
        """The ids of the pictures that files hold."""
        with Catalog(collection_of(self.home).catalog_file) as catalog:
            return catalog.image_ids()

    def skipped(self) -> dict[Path, str]:
        """Files that are not in the index, and why."""
        with Catalog(collection_of(self.home).catalog_file) as catalog:
            return {path: reason for path, reason, _ in catalog.skipped()}
