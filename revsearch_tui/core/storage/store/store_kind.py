"""Which database keeps what a collection's journals hold, for other programs and for approximate searches.

ChromaDB is the first of them, in a folder or on a server; the others are plugins'. None is needed for anything: what
one lacks, or breaks, is made anew of the journal, and exact searches ask none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.api import StorageError, StorePlace, VectorStore
from revsearch_tui.core.storage.collections import CHROMA, Collection

if TYPE_CHECKING:
    from revsearch_tui.core.storage.catalog.key_tables import KeyRow


@dataclass(frozen=True, slots=True)
class StoreKind:
    """By its name; `url` is that of a ChromaDB server, where there is one, and `opener` opens the store of a plugin.
    `problem` says in a sentence why it cannot be used; empty where it can."""

    name: str = CHROMA
    url: str = ""
    opener: Callable[[StorePlace], VectorStore] | None = None
    problem: str = ""

    @property
    def is_chroma(self) -> bool:
        """Whether it is ChromaDB, wherever."""
        return self.name == CHROMA

    @property
    def title(self) -> str:
        """What messages call it."""
        if not self.is_chroma:
            return f"the store '{self.name}'"
        return f"the ChromaDB server at {self.url}" if self.url else "ChromaDB"

    def open(self, collection: Collection, key: KeyRow, *, is_writing: bool = False) -> VectorStore:
        """The rows of an index key; made where there are none and somebody `is_writing`.

        Raises what the store does, and `StorageError` where a server does not answer.
        """
        if self.name != collection.store:
            raise StorageError(f"the collection '{collection.name}' has its vectors in '{collection.store}'")
        place = StorePlace(collection.store_folder(key.key), key.key, key.metric, key.dim, is_writing)
        if self.opener is not None:
            if is_writing:
                place.folder.mkdir(parents=True, exist_ok=True)
            return self.opener(place)
        from revsearch_tui.core.storage.store.chroma import ChromaIndex

        index = ChromaIndex(place.folder, key.key, key.metric, url=self.url, space=collection.space)
        if is_writing:
            index.prepare_writing()
        return index


CHROMA_HERE = StoreKind()
"""ChromaDB, in a folder."""
