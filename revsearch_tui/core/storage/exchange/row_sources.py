"""Where rows come from that are taken into a collection or carried away from one: what every source can be asked, and
the collection as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from revsearch_tui.core.storage.catalog.catalog import Catalog, FileRow
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.judgements import Judgement, judgements_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.core.storage.journal.vectors import BlobJournal

BATCH_BYTES = 8 << 20
_MOST_ROWS = 4096
_MOST_BLOBS = 128
"""Local features of a picture are some 100 kB."""

PictureRow: TypeAlias = "tuple[bytes, int, int, str]"
"""Image id, full upright width and height in pixels, file format."""


class SourceKey(NamedTuple):
    """An index key, the sha-256 of the model it was made with, and the bytes of one stored row."""

    key: KeyRow
    model_sha256: str | None
    row_bytes: int


class RowBatch(NamedTuple):
    """Rows of an index key as its journal stores them: 32-byte ids, their rows one after another, and of a local
    method the features of each; None of others."""

    ids: Sequence[bytes]
    rows: bytes
    blobs: Sequence[bytes] | None = None


class Source(Protocol):
    """An index, or a part of one: a collection, or a file that was exported."""

    name: str

    @property
    def roots(self) -> Sequence[Path]:
        """Its folders of pictures."""

    @property
    def keys(self) -> Sequence[SourceKey]:
        """What it is indexed by."""

    def files(self) -> Iterator[FileRow]:
        """Every file, those that were skipped among them."""

    def pictures(self) -> Iterator[PictureRow]:
        """Every picture that a file holds."""

    def rows(self, key: str) -> Iterator[RowBatch]:
        """What is stored of an index key, no id twice. Raises `StorageError`."""

    def failures(self, key: str) -> Mapping[bytes, str]:
        """The pictures that a key's method fails on, and why."""

    def judgements(self) -> Sequence[Judgement]:
        """What users said of pairs of pictures."""


class CollectionSource:
    """A collection as it is when this is made: of what a writer adds meanwhile, nothing is told.

    `lost` counts, by label, the embeddings that are damaged or gone, once `rows` was read to its end.
    """

    def __init__(self, collection: Collection, catalog: Catalog) -> None:
        """Raises `StorageError`."""
        from revsearch_tui.core.storage.journal.vectors import VectorJournal

        self.name = collection.name
        self.catalog = catalog
        self._collection = collection
        # In this order: journals are written before the catalog, which so never speaks of more than they hold.
        self._live = catalog.image_ids()
        self._marked = {key.key: catalog.marked(key.key) & self._live for key in catalog.index_keys()}
        self._keys: list[SourceKey] = []
        for key in catalog.index_keys():
            journal = VectorJournal(collection.journal_folder(key.key))
            self._keys.append(SourceKey(key, catalog.model_sha256(key.key), journal.row_bytes))
        self.lost: dict[str, int] = {}

    @property
    def roots(self) -> Sequence[Path]:
        return self._collection.roots

    @property
    def keys(self) -> Sequence[SourceKey]:
        return self._keys

    def files(self) -> Iterator[FileRow]:
        return (row for row in self.catalog.files() if row.image_id is None or row.image_id in self._live)

    def pictures(self) -> Iterator[PictureRow]:
        return (row for row in self.catalog.picture_rows() if row[0] in self._live)

    def failures(self, key: str) -> Mapping[bytes, str]:
        return {image_id: why for image_id, why in self.catalog.failures(key).items() if image_id in self._live}

    def judgements(self) -> Sequence[Judgement]:
        return judgements_of(self._collection.home)

    def rows(self, key: str) -> Iterator[RowBatch]:
        from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal

        (found,) = (source_key.key for source_key in self.keys if source_key.key.key == key)
        journal = VectorJournal(self._collection.journal_folder(key))
        blobs = BlobJournal(self._collection.features_folder(key)) if found.shape == "local" else None
        at_once = max(1, min(_MOST_BLOBS if blobs else _MOST_ROWS, BATCH_BYTES // journal.row_bytes))
        left = set(self._marked[key])
        for block, id_block in journal.sound_blocks():
            ids: list[bytes] = [bytes(value) for value in id_block.tolist()]
            chosen: list[int] = []
            for row, image_id in enumerate(ids):
                if image_id in left:
                    left.remove(image_id)
                    chosen.append(row)
            for start in range(0, len(chosen), at_once):
                part = chosen[start : start + at_once]
                yield _batch([ids[row] for row in part], block[part], blobs)
        if blobs is not None:
            left |= blobs.damaged_ids | (self._marked[key] - blobs.has())
        if left:
            self.lost[found.label] = len(left)


def _batch(ids: list[bytes], rows: npt.NDArray[Any], blobs: BlobJournal | None) -> RowBatch:
    """Those of the rows whose features are there."""
    if blobs is None:
        return RowBatch(ids, rows.tobytes())
    found = [blobs.get(image_id) for image_id in ids]
    there = [position for position, blob in enumerate(found) if blob is not None]
    return RowBatch([ids[p] for p in there], rows[there].tobytes(), [bytes(found[p] or b"") for p in there])
