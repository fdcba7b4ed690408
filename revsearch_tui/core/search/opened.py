"""A method opened for searching one collection: the loaded object, its journals, and ChromaDB when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revsearch_tui.api import Control, IndexMissingError, RevsearchError, StorageError
from revsearch_tui.core.catalog.catalog import Catalog
from revsearch_tui.core.collections import Collection
from revsearch_tui.core.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.exact import ExactIndex
from revsearch_tui.core.journal.blobs import BlobJournal
from revsearch_tui.core.journal.count import journal_rows
from revsearch_tui.core.journal.vectors import VectorJournal
from revsearch_tui.core.methods import MethodChoice, make_method
from revsearch_tui.core.store.fingerprint import is_settled

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from revsearch_tui.core.store.chroma import ChromaIndex


class OpenedMethod:
    """Reads only. `refresh` picks up what an indexing run has committed since."""

    def __init__(
        self,
        collection: Collection,
        catalog: Catalog,
        choice: MethodChoice,
        control: Control,
        url: str,
        timeout_s: float = METHOD_TIMEOUT_S,
    ) -> None:
        """Raises `IndexMissingError` where the collection is not indexed by this method with these options."""
        self.choice = choice
        self._collection, self._catalog, self._url = collection, catalog, url
        key = catalog.index_key(choice.key)
        if key is None:
            others = [
                row for row in catalog.index_keys() if row.method == choice.info.name and row.label == choice.label
            ]
            why = " with these options or this version of it" if others else ""
            raise IndexMissingError(
                f"the collection '{collection.name}' is not indexed by '{choice.label}'{why}; "
                f"run: revsearch index -c {collection.name} -m {choice.label}"
            )
        self.key = key
        self.method = make_method(choice, control, timeout_s)
        self.blobs: BlobJournal | None = None
        self._chroma: ChromaIndex | None = None
        self._chroma_state: tuple[int, str | None] = (0, None)
        self._open_journals()

    def refresh(self) -> None:
        """See rows that were committed since the journals were opened, and ChromaDB as it is now."""
        journal = self._collection.journal_folder(self.choice.key)
        if not self.exact.journal.is_current() or journal_rows(journal) != self.exact.rows:
            self._open_journals()
        if self._catalog.chroma_state(self.choice.key) != self._chroma_state:
            self._close_chroma()

    def chroma_query(self, embedding: npt.NDArray[np.float32], k: int) -> list[bytes] | None:
        """Image ids that ChromaDB's index proposes; None where it is being written or does not work.

        Raises `StorageError` where a ChromaDB server does not answer.
        """
        self._chroma_state = self._catalog.chroma_state(self.choice.key)
        if not is_settled(self._chroma_state[1]):
            return None
        try:
            if self._chroma is None:
                from revsearch_tui.core.store.chroma import ChromaIndex

                self._chroma = ChromaIndex(
                    self._collection.chroma_folder(self.key.key),
                    self.key.key,
                    self.key.metric,
                    url=self._url,
                    space=self._collection.space,
                )
            return self._chroma.query(embedding, k)
        except RevsearchError:
            raise
        except Exception as error:
            self._close_chroma()
            if self._url:
                raise StorageError(
                    f"the ChromaDB server at {self._url} does not answer ({' '.join(str(error).split())[:200]}); "
                    "start it, search with --exact, or clear store.chroma_url"
                ) from error
            return None

    def close(self) -> None:
        """Let go of the method and of ChromaDB."""
        self.method.close()
        self._close_chroma()

    def _close_chroma(self) -> None:
        chroma, self._chroma = self._chroma, None
        if chroma is not None:
            chroma.close()

    def _open_journals(self) -> None:
        self.exact = ExactIndex(VectorJournal(self._collection.journal_folder(self.choice.key)))
        if self.choice.info.shape == "local":
            self.blobs = BlobJournal(self._collection.features_folder(self.choice.key))
