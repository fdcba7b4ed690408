"""What collections hold already under the index key of a method, so that an evaluation need not make it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, StorageError
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.blobs import BlobJournal, unpack_features
from revsearch_tui.core.storage.journal.vectors import VectorJournal

if TYPE_CHECKING:
    import numpy.typing as npt


class HeldRows:
    """Rows and local features of one index key, as far as they are as they were stored. Reads only, from files that
    stay open: a compaction that replaces them meanwhile changes nothing here."""

    def __init__(self, collection: Collection, key: str, *, features: bool) -> None:
        """Raises `StorageError`, OSError or ValueError where the collection has none that can be read."""
        self._exact = ExactIndex(VectorJournal(collection.journal_folder(key)))
        self._blobs = BlobJournal(collection.features_folder(key)) if features else None
        if self._blobs is not None:
            self._blobs.has()  # opens its files
        folders = [collection.journal_folder(key), *([collection.features_folder(key)] if features else [])]
        self.bytes = sum(file.stat().st_size for folder in folders for file in folder.iterdir())
        """What all of it takes on the disk, for `count` rows."""

    @property
    def metric(self) -> str:
        return self._exact.journal.metric

    @property
    def dim(self) -> int:
        return self._exact.journal.dim

    @property
    def count(self) -> int:
        return self._exact.rows

    def __contains__(self, image_id: bytes) -> bool:
        return self._exact.row_of(image_id) is not None and (
            self._blobs is None or self._blobs.get(image_id) is not None
        )

    def rows(self, image_ids: Sequence[bytes]) -> npt.NDArray[Any]:
        """(ids, dim) of pictures that are here, in the form of `EmbeddingCache.rows`."""
        found = [self._exact.embedding(image_id) for image_id in image_ids]
        return np.array(found, np.uint8 if self.metric == "hamming" else np.float32).reshape(len(found), self.dim)

    def features(self, image_id: bytes) -> Features:
        """The local features of a picture that is here."""
        blob = self._blobs.get(image_id) if self._blobs is not None else None
        assert blob is not None
        return unpack_features(blob)


def held_rows(collection: Collection, key: str, *, features: bool) -> HeldRows | None:
    """What the collection holds under the key; None where that is nothing, or nothing that can be read."""
    if not collection.journal_folder(key).is_dir():
        return None
    try:
        return HeldRows(collection, key, features=features)
    except (StorageError, OSError, ValueError):
        return None
