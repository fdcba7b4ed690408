"""A method opened for searching one collection: the loaded object, its journals, and ChromaDB when it is needed."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, ConfigError, Control, IndexMissingError, StorageError, VectorStore
from revsearch_tui.core.methods.hints import index_command
from revsearch_tui.core.methods.resolving import MethodChoice, make_method
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.search.evidence import BACKGROUND, reach_of
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection, or_wait
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.segment import read_memory, write_memory
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal
from revsearch_tui.core.storage.store.fingerprint import is_settled
from revsearch_tui.core.storage.store.server import ServerError, check_held, in_doubt
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt


def check_keys(collection: Collection, catalog: Catalog, choices: Sequence[MethodChoice]) -> None:
    """Raise `IndexMissingError` where a collection is not indexed by all of these methods with their options."""
    missing = [choice for choice in choices if catalog.is_complete(choice.key) is None]
    if missing:
        asked = (missing[0].info.name, missing[0].label)
        others = any((row.method, row.label) == asked for row in catalog.index_keys())
        why = " with these options or this version of it" if others else ""
        raise IndexMissingError(
            f"the collection '{collection.name}' is not indexed by '{missing[0].label}'{why}; "
            f"{or_wait(collection, index_command(collection, missing))}"
        )


_LEFT_ALONE_S = 30.0
"""So long a server that failed is not asked again."""

LARGE_BYTES = 1 << 30
"""More than this, which takes about half a second to check, is checked while the first answer is made."""


class OpenedMethod:
    """Reads only. `refresh` picks up what an indexing run has committed since, and what became of the files.

    `trouble` says in one sentence what of the collection is missing in answers, because it is damaged or lost; it is
    empty where nothing is.
    """

    def __init__(
        self,
        collection: Collection,
        catalog: Catalog,
        choice: MethodChoice,
        control: Control,
        store: StoreKind = CHROMA_HERE,
        timeout_s: float = METHOD_TIMEOUT_S,
    ) -> None:
        """Raises `IndexMissingError` where the collection is not indexed by this method with these options."""
        self.choice = choice
        self._collection, self._catalog, self._store = collection, catalog, store
        check_keys(collection, catalog, [choice])
        key = catalog.index_key(choice.key)
        assert key is not None
        self.key = key
        self.method = make_method(choice, control, timeout_s)
        self.blobs: BlobJournal | None = None
        self._rows: VectorStore | None = None
        self._chroma_state: tuple[int, str | None] = (0, None)
        self._reach: tuple[ExactIndex, float] | None = None
        self.trouble = ""
        self.store_trouble = ""
        """Why servers were not asked for the last answer, though they should have been; empty where they were."""
        self._servers_again = 0.0
        self._checking: threading.Thread | None = None
        self._features = 0
        """Blobs of local features, without those that are known to be damaged."""
        self._open_journals()

    @property
    def is_local(self) -> bool:
        """Whether it verifies, pair by pair."""
        return self.choice.info.shape == "local"

    def refresh(self) -> None:
        """See rows that were committed since the journals were opened, and ChromaDB as it is now."""
        is_checked = self._checking is not None and not self._checking.is_alive()
        if is_checked or self._files() != self._seen:
            self._open_journals()
        if self._catalog.chroma_state(self.choice.key) != self._chroma_state:
            self._close_rows()

    def proposed(self, embedding: npt.NDArray[np.float32], k: int) -> list[bytes] | None:
        """Image ids that the store's index proposes; None where it is being written, is behind, or does not work.

        Where servers cannot be relied on, `store_trouble` says why, and they are left alone for a while.
        """
        if time.monotonic() < self._servers_again:
            return None
        self.store_trouble = ""
        self._chroma_state = self._catalog.chroma_state(self.choice.key)
        rows, state = self._chroma_state
        if self._store.problem or not is_settled(state) or rows < self.exact.journal.rows:
            return None
        try:
            if self._rows is None:
                from revsearch_tui.core.storage.store.keeper import is_in_doubt

                if is_in_doubt(self._collection, self._catalog, self.key, store=self._store):
                    return None
                self._rows = self._open_rows(state)
            return self._rows.query(embedding, k)
        except (Cancelled, ConfigError):
            raise
        except Exception as error:
            self._close_rows()
            if isinstance(error, ServerError):
                self._servers_again = time.monotonic() + _LEFT_ALONE_S
                self.store_trouble = f"{error}; '{self.choice.label}' is searched exactly, in the journal"
                if not error.may_pass and state is not None:
                    with contextlib.suppress(StorageError):  # the next indexing run looks at what it holds
                        self._catalog.renew_chroma_state(self.key.key, state, in_doubt(state))
            return None

    def _open_rows(self, state: str | None) -> VectorStore:
        """The store's rows. Raises `ServerError` where servers do not hold what they were given."""
        rows = self._store.open(self._collection, self.key)
        if self._store.url:
            try:
                check_held(state, rows.held())  # type: ignore[attr-defined]  # those on servers tell what they hold
            except BaseException:
                rows.close()
                raise
        return rows

    @property
    def reach(self) -> float:
        """See `evidence.reach_of`; told once for what is indexed."""
        if self._reach is None or self._reach[0] is not self.exact:
            journal = self.exact.journal
            sample = self.exact.sample(BACKGROUND)
            info = self.choice.info
            self._reach = self.exact, reach_of(sample, journal.metric, info.shape, tells_kinds=info.tells_kinds)
        return self._reach[1]

    def close(self) -> None:
        """Let go of the method and of ChromaDB."""
        self.method.close()
        self._close_rows()

    def _close_rows(self) -> None:
        rows, self._rows = self._rows, None
        if rows is not None:
            rows.close()

    def finish_checking(self) -> str:
        """Wait until everything was checked; the `trouble` that is known then."""
        if self._checking is not None:
            self._checking.join()
            self._open_journals()
        return self.trouble

    def damaged_features(self) -> str:
        """In one sentence: local features that searches came upon and that are not as they were stored."""
        count = len(self.blobs.damaged_ids) if self.blobs is not None else 0
        return (
            self._sentence(f"the local features of {count:,} candidates", "they count as not verified") if count else ""
        )

    def remedy(self) -> str:
        """What to do to have the collection indexed by this method with these options."""
        return or_wait(self._collection, index_command(self._collection, [self.choice]))

    def is_complete(self) -> bool:
        """Whether no indexing run is at work, or was broken off, that has more to add."""
        return bool(self._catalog.is_complete(self.choice.key))

    def _files(self) -> object:
        return [self.exact.journal.files(), self.blobs.files() if self.blobs is not None else None]

    def _open_journals(self) -> None:
        # Asked before the journals are opened: these are written first.
        key = self._catalog.index_key(self.choice.key)
        marked = key.images if key is not None else 0
        journal = VectorJournal(self._collection.journal_folder(self.choice.key))
        seen = [journal.settle(), None]  # before anything is read: what is written meanwhile is seen at the next query
        is_large = journal.unchecked_bytes() > LARGE_BYTES
        self.exact = ExactIndex(journal, unchecked=is_large, plain_rows=self.choice.info.plain_rows)
        if self.is_local:
            self.blobs = BlobJournal(self._collection.features_folder(self.choice.key))
            seen[1] = self.blobs.settle()
            self._features = self.blobs.rows
            if self.blobs.unchecked_bytes() <= LARGE_BYTES:  # else each part is checked when it is used
                ranges = self.blobs.consistent(self.blobs.sound_ranges)
                self._features = sum(stop - start for _, start, stop in ranges)
        self._seen = seen
        self._checking = None
        self.trouble = ""
        if is_large:
            self._checking = threading.Thread(target=self._check, args=(journal.folder,), name="check", daemon=True)
            self._checking.start()
        else:
            self.trouble = self._shortfall(marked)

    def _check(self, folder: Path) -> None:
        with contextlib.suppress(Exception):  # who waits for it opens the journal again and meets the same
            VectorJournal(folder).unsound()

    def _shortfall(self, marked: int) -> str:
        """What the catalog has on its list and the journals have not, as a sentence. Remembers that it was nothing."""
        journal = self.exact.journal
        state = [marked, self.exact.rows, self._features]
        memory = read_memory(journal.place)
        if memory.get("complete") == state:
            return ""
        wanted = self._catalog.marked(self.choice.key)
        lost = len(wanted - self.exact.ids())
        bare = len(wanted - self.blobs.has()) if self.blobs is not None else 0
        if lost:
            return self._sentence(f"{lost:,} of {len(wanted):,} embeddings", "their pictures cannot be found")
        if bare:
            return self._sentence(
                f"the local features of {bare:,} of {len(wanted):,} pictures", "they are not verified"
            )
        if journal.is_current() and len(wanted) == marked:
            memory["complete"] = state
            write_memory(journal.place, memory)
        return ""

    def _sentence(self, what: str, consequence: str) -> str:
        return (
            f"'{self.choice.label}': {what} are damaged or lost on the disk, and {consequence}; "
            f"run: revsearch index -c {self._collection.name}, to make them anew"
        )
