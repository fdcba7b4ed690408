"""One index key being written: its method, its journals, and the rows waiting for the next commit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Cancelled, Control, MethodUnavailableError, RevsearchError
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.methods.regions import Regions
from revsearch_tui.core.methods.resolving import MethodChoice, embedding_dim, make_method
from revsearch_tui.core.plugins.containment import BlockedError, Contained
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.key_tables import KeyRow
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.journal.features import pack_features
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal, without_blobs

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture


HOPELESS_PICTURES = 50
"""A method that fails on so many pictures one after another has stopped working."""


class Target:
    """Embeds pictures by one method and commits them to its journals.

    `failed` are the pictures that the method cannot embed though it works, and why; `gave_up` tells why the method is
    left out of the rest of the run, empty while it takes part.
    """

    def __init__(
        self,
        collection: Collection,
        catalog: Catalog,
        choice: MethodChoice,
        control: Control,
        regions: Regions,
        timeout_s: float,
    ) -> None:
        """Open and recover the journals. A method that the collection knows is loaded when the first picture comes.

        Raises `MethodUnavailableError` where a new one cannot be loaded.
        """
        self.choice = choice
        self._regions, self._timeout_s = regions, timeout_s
        self.control = control
        self.method: Contained | None = None
        self.embedded = 0
        self.seconds = 0.0
        """What embedding took."""
        self.gave_up = ""
        self.failed: dict[bytes, str] = {}
        self._streak: dict[bytes, str] = {}
        """Failures since the method last worked: whether it or the pictures are to blame is yet to be seen."""
        self._ids: list[bytes] = []
        self._rows: list[Any] = []
        self._blobs: list[bytes] = []
        known = catalog.index_key(choice.key)
        if known is None:
            self.method = make_method(choice, control, timeout_s)
            catalog.put_key(
                _key_row(choice, embedding_dim(choice, self.method)), choice.model.sha256 if choice.model else None
            )
            known = catalog.index_key(choice.key)
            assert known is not None
        self.key = known
        self.journal = VectorJournal(collection.journal_folder(choice.key), metric=known.metric, dim=known.dim)
        lost = self.journal.recover()
        self.blobs: BlobJournal | None = None
        if choice.info.shape == "local":
            self.blobs = BlobJournal(collection.features_folder(choice.key), create=True)
            self.blobs.recover()
            self._match_blobs(catalog, self.blobs)
        if lost or catalog.chroma_state(choice.key)[0] > self.journal.rows:
            # Rows were damaged and are made anew, perhaps in another order: ChromaDB's count of rows means nothing now.
            catalog.set_chroma_state(choice.key, 0, None)
        self.have = set(self.journal.ids())
        self._hopeless = catalog.failures(choice.key).keys() - self.have
        if catalog.marked(choice.key) != self.have & catalog.image_ids():
            catalog.set_marks(choice.key, self.have)

    def wants(self, image_id: bytes) -> bool:
        """Whether the picture is to be embedded: it is not yet, and was not found to be one the method fails on."""
        return image_id not in self.have and image_id not in self._hopeless

    def _match_blobs(self, catalog: Catalog, blobs: BlobJournal) -> None:
        """Have a blob for every embedding."""
        kept = without_blobs(self.journal, blobs)
        if kept is not None:
            catalog.set_chroma_state(self.key.key, 0, None)
            self.journal.compact(kept)

    def embed(self, ids: Sequence[bytes], pictures: Sequence[Picture]) -> None:
        """Embed those of the pictures that are wanted, unless the method was given up."""
        chosen = [position for position, image_id in enumerate(ids) if self.wants(image_id)]
        if not chosen or self.gave_up:
            return
        try:
            if self.method is None:
                self.method = make_method(self.choice, self.control, self._timeout_s)
        except Cancelled:
            self.gave_up = self._stopped
            raise
        except RevsearchError as error:
            self.gave_up = str(error)
            return
        began = time.monotonic()
        if not self._took([ids[p] for p in chosen], [pictures[p] for p in chosen]) and len(chosen) > 1:
            for position in chosen:
                self._took([ids[position]], [pictures[position]])
        self.seconds += time.monotonic() - began

    def judge(self) -> None:
        """At the end of a run: is what failed last the pictures' fault, or did the method stop working?"""
        if self.have:
            self.failed |= self._streak
        elif self._streak and not self.gave_up:
            self.gave_up = f"{next(iter(self._streak.values()))}, as on every picture"
        self._streak = {}

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

    def _took(self, ids: Sequence[bytes], pictures: Sequence[Picture]) -> bool:
        """Whether the pictures are embedded now, or nothing more is to be tried; a single one's failure is noted."""
        if self.gave_up:
            return True
        try:
            self._take(ids, pictures)
        except Cancelled:  # what is done is committed without it: it may be busy for long
            self.gave_up = self._stopped
            raise
        except BlockedError as error:
            self.gave_up = str(error)
            self._streak = {}
        except MethodUnavailableError as error:
            if len(ids) > 1:
                return False
            self._streak[ids[0]] = str(error)
            if len(self._streak) >= HOPELESS_PICTURES:
                self.gave_up = f"{error}, as on {len(self._streak)} pictures one after another"
                self._streak = {}
        else:
            self.failed |= self._streak
            self._streak = {}
        return True

    def _take(self, ids: Sequence[bytes], pictures: Sequence[Picture]) -> None:
        assert self.method is not None
        pictures = self._seen(pictures)
        rows, features = embed_pictures(self.choice, self.method, self.key.dim, pictures)
        self._ids.extend(ids)
        self._rows.append(rows)
        self._blobs.extend(pack_features(found) for found in features)
        self.have.update(ids)
        self.embedded += len(ids)

    @property
    def _stopped(self) -> str:
        return f"the method '{self.choice.label}' was still busy when the run was stopped"

    def _seen(self, pictures: Sequence[Picture]) -> Sequence[Picture]:
        """The parts of the pictures that the method gets to see. Its provider is a plugin that may block as well."""
        assert self.method is not None
        region = self.choice.region
        if region is None:
            return pictures
        found: Sequence[Picture] = self.method.run(lambda: self._regions.of(pictures, region))
        return found


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
