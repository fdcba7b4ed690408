"""Which database keeps what a collection's journals hold, for other programs and for approximate searches.

ChromaDB is the first of them, in a folder or on a server; the others are plugins'. None is needed for anything: what
one lacks, or breaks, is made anew of the journal, and exact searches ask none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, StorageError, StorePlace, VectorStore
from revsearch_tui.core.storage.collections import CHROMA, Collection
from revsearch_tui.core.storage.store.server import DEFAULT_DATABASE, DEFAULT_TENANT, Server, servers_of

if TYPE_CHECKING:
    from revsearch_tui.core.storage.catalog.key_tables import KeyRow


@dataclass(frozen=True, slots=True)
class StoreKind:
    """By its name; `url` is that of a ChromaDB server, where there is one, or of several, apart by commas, over which
    the rows are spread, and `opener` opens the store of a plugin. `control` cancels waiting for servers. `problem` says
    in a sentence why it cannot be used; empty where it can."""

    name: str = CHROMA
    url: str = ""
    tenant: str = DEFAULT_TENANT
    database: str = DEFAULT_DATABASE
    timeout_s: float = 10.0
    control: Control | None = None
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
        return "the ChromaDB server" + "s" * (len(self.servers) > 1) if self.url else "ChromaDB"

    @property
    def servers(self) -> tuple[Server, ...]:
        """The ChromaDB servers, where it is on servers. Raises `ConfigError` for addresses that are none."""
        return servers_of(self.url, self.tenant, self.database, self.timeout_s)

    def open(self, collection: Collection, key: KeyRow, *, is_writing: bool = False) -> VectorStore:
        """The rows of an index key; made where there are none and somebody `is_writing`.

        Raises what the store does, and `ServerError` where a server does not answer.
        """
        if self.name != collection.store:
            raise StorageError(f"the collection '{collection.name}' has its vectors in '{collection.store}'")
        place = StorePlace(collection.store_folder(key.key), key.key, key.metric, key.dim, is_writing)
        if self.opener is not None:
            if is_writing:
                place.folder.mkdir(parents=True, exist_ok=True)
            return self.opener(place)
        if self.url:
            from revsearch_tui.core.storage.store.served import ShardedRows

            return ShardedRows(
                self.servers, key.key, key.metric, collection.space, is_writing=is_writing, control=self.control
            )
        from revsearch_tui.core.storage.store.chroma import ChromaIndex

        index = ChromaIndex(place.folder, key.key, key.metric)
        if is_writing:
            index.prepare_writing()
        return index


CHROMA_HERE = StoreKind()
"""ChromaDB, in a folder."""
