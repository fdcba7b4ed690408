"""One index key being written: its method, its journals, and the rows waiting for the next commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Control, MethodUnavailableError, RevsearchError
from revsearch_tui.core.catalog.catalog import Catalog, KeyRow
from revsearch_tui.core.collections import Collection
from revsearch_tui.core.embedding import embed_pictures
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.journal.blobs import BlobJournal, pack_features
from revsearch_tui.core.journal.vectors import VectorJournal
from revsearch_tui.core.methods import MethodChoice, embedding_dim, make_method
from revsearch_tui.core.regions import Regions

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture


class Target:
    """Embeds pictures by one method and commits them to its journals."""

    def __init__(
        self, collection: Collection, catalog: Catalog, choice: MethodChoice, control: Control, regions: Regions
    ) -> None:
        """Open and recover the journals. The method itself is loaded when the first picture comes."""
        self.choice = choice
        self._regions = regions
        self.control = control
        self.method: Any = None
        self.embedded = 0
        self.failed: list[tuple[bytes, str]] = []
        self._ids: list[bytes] = []
        self._rows: list[Any] = []
        self._blobs: list[bytes] = []
        known = catalog.index_key(choice.key)
        if known is None:
            self.method = make_method(choice, control)
            catalog.put_key(
                _key_row(choice, embedding_dim(choice, self.method)), choice.model.sha256 if choice.model else None
            )
            known = catalog.index_key(choice.key)
            assert known is not None
        self.key = known
        self.journal = VectorJournal(collection.journal_folder(choice.key), metric=known.metric, dim=known.dim)
        self.journal.recover()
        self.blobs: BlobJournal | None = None
        if choice.info.shape == "local":
            self.blobs = BlobJournal(collection.features_folder(choice.key), create=True)
            self.blobs.recover()
            self._match_blobs(catalog, self.blobs)
        if catalog.chroma_state(choice.key)[0] > self.journal.rows:
            # Rows were damaged and are made anew, perhaps in another order: ChromaDB's count of rows means nothing now.
            catalog.set_chroma_state(choice.key, 0, None)
        self.have = set(self.journal.ids())
        if catalog.marked(choice.key) != self.have & catalog.image_ids():
            catalog.set_marks(choice.key, self.have)

    def _match_blobs(self, catalog: Catalog, blobs: BlobJournal) -> None:
        """Have a blob for every embedding. Blobs are written first, so an interruption leaves too many at the end."""
        ids, blob_ids = self.journal.ids(), blobs.ids()
        if blob_ids[: len(ids)] == ids:
            blobs.truncate(len(ids))
            return
        kept = set(blob_ids)
        if not kept.issuperset(ids):
            catalog.set_chroma_state(self.key.key, 0, None)
            self.journal.compact(kept)

    def embed(self, ids: Sequence[bytes], pictures: Sequence[Picture]) -> None:
        """Embed those of the pictures that have no embedding yet.

        A picture the method fails on is noted in `failed`; a method that fails on everything raises.
        """
        chosen = [position for position, image_id in enumerate(ids) if image_id not in self.have]
        if not chosen:
            return
        if self.method is None:
            self.method = make_method(self.choice, self.control)
        try:
            self._take([ids[p] for p in chosen], [pictures[p] for p in chosen])
        except RevsearchError:
            raise
        except Exception:
            for position in chosen:
                try:
                    self._take([ids[position]], [pictures[position]])
                except Exception as error:
                    self.failed.append((ids[position], f"{type(error).__name__}: {error}"))
            if len(self.failed) >= 50 and self.embedded == 0:
                raise MethodUnavailableError(
                    f"the method '{self.choice.label}' fails on every picture: {self.failed[-1][1]}"
                ) from None

    def commit(self) -> None:
        """Write what is waiting to the journals. Raises `StorageError`."""
        if self._ids:
            if self.blobs is not None:
                self.blobs.append(self._ids, self._blobs)
            self.journal.append(self._ids, np.concatenate(self._rows))
            self._ids, self._rows, self._blobs = [], [], []

    def close(self) -> None:
        """Let the method go."""
        if self.method is not None:
            self.method.close()
            self.method = None

    def _take(self, ids: Sequence[bytes], pictures: Sequence[Picture]) -> None:
        pictures = self._regions.of(pictures, self.choice.region)
        rows, features = embed_pictures(self.choice, self.method, self.key.dim, pictures)
        self._ids.extend(ids)
        self._rows.append(rows)
        self._blobs.extend(pack_features(found) for found in features)
        self.have.update(ids)
        self.embedded += len(ids)


def _key_row(choice: MethodChoice, dim: int) -> KeyRow:
    info = choice.info
    return KeyRow(
        key=choice.key,
        label=choice.label,
        method=info.name,
        model=choice.model.name if choice.model else None,
        options=choice.index_options(),
        version=info.version,
        decoder=DECODER_VERSION,
        shape=info.shape,
        metric=info.metric,
        dim=dim,
        images=0,
        complete=False,
        chroma_rows=0,
    )
