"""What methods made of pictures, kept on disk under the index key of each method, or held by collections already.

What a collection holds under the same key is read from there.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, IndexBusyError, StorageError
from revsearch_tui.core.base.cache_use import note_use
from revsearch_tui.core.base.files import may_write, write_json
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.features import pack_features, unpack_features
from revsearch_tui.core.storage.journal.vectors import BlobJournal, VectorJournal

if TYPE_CHECKING:
    import numpy.typing as npt

COST_FILE = "cost.json"
_AT_ONCE = 512


class EmbeddingCache:
    """Rows of one method, by the key of the picture (32 bytes), and its local features where it has such.

    Rows come back as a search compares them: of unit length for cosine, zeros and ones for hamming.
    """

    def __init__(self, folder: Path, metric: str, dim: int, *, features: bool) -> None:
        """Open, or begin where there is nothing sound. Raises `StorageError` where nothing can be written."""
        self.folder = folder
        try:
            self._open(metric, dim, features)
        except (StorageError, ValueError):
            for part in ("vectors", "features"):  # what is lost here is made anew
                shutil.rmtree(folder / part, ignore_errors=True)
            self._open(metric, dim, features)
        self._waiting: list[tuple[bytes, npt.NDArray[Any], Features | None]] = []
        self._places = {key: row for row, key in enumerate(self._vectors.ids())}
        self._whole = set(self._places)
        if self._blobs is not None:
            self._whole &= set(self._blobs.ids())
        self._borrowed: dict[bytes, HeldRows] = {}
        self._lenders: list[HeldRows] = []

    @property
    def metric(self) -> str:
        return self._vectors.metric

    @property
    def dim(self) -> int:
        return self._vectors.dim

    def __contains__(self, key: object) -> bool:
        return key in self._whole or key in self._borrowed

    @property
    def borrowed(self) -> int:
        """How many pictures are read from collections."""
        return len(self._borrowed)

    def borrow(self, keys: Sequence[bytes], held: HeldRows) -> None:
        """Read these from a collection, as far as they are not here and are there."""
        if (held.metric, held.dim) != (self.metric, self.dim):
            return
        found = [key for key in keys if key not in self and key in held]
        if found:
            self._borrowed.update(dict.fromkeys(found, held))
            self._lenders.append(held)

    def add(self, keys: Sequence[bytes], rows: npt.NDArray[Any], features: Sequence[Features] = ()) -> None:
        """Keep what a method made of new pictures, on disk once some have gathered. Raises `StorageError`."""
        self._waiting += zip(keys, rows, features or (None,) * len(keys), strict=True)
        self._whole.update(keys)
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Put everything on disk; before that, it cannot be read. Raises `StorageError`."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        keys = [key for key, _, _ in waiting]
        if self._blobs is not None:
            self._blobs.append(keys, [pack_features(found) for _, _, found in waiting if found is not None])
        first = self._vectors.rows
        self._vectors.append(keys, np.stack([row for _, row, _ in waiting]))
        self._places.update({key: first + place for place, key in enumerate(keys)})

    def rows(self, keys: Sequence[bytes]) -> npt.NDArray[Any]:
        """(keys, dim): uint8 zeros and ones for hamming, else float32."""
        rows = self._own_rows([key for key in keys if key not in self._borrowed])
        if len(rows) == len(keys):
            return rows
        found = np.empty((len(keys), self.dim), rows.dtype)
        lenders = [self._borrowed.get(key) for key in keys]
        for lender in dict.fromkeys(lenders):
            places = [place for place, each in enumerate(lenders) if each is lender]
            found[places] = rows if lender is None else lender.rows([keys[place] for place in places])
        return found

    def _own_rows(self, keys: Sequence[bytes]) -> npt.NDArray[Any]:
        chosen = np.array([self._places[key] for key in keys], np.int64)
        blocks = self._vectors.blocks()
        found = np.empty((len(keys), self._vectors.width), self._vectors.dtype)
        start = 0
        for block in blocks:
            here = np.flatnonzero((chosen >= start) & (chosen < start + len(block)))
            found[here] = block[chosen[here] - start]
            start += len(block)
        if self.metric == "hamming":
            return np.unpackbits(found, axis=1)[:, : self.dim]
        return found

    def features(self, key: bytes) -> Features:
        """The local features of a picture."""
        if key in self._borrowed:
            return self._borrowed[key].features(key)
        blob = self._blobs.get(key) if self._blobs is not None else None
        assert blob is not None
        return unpack_features(blob)

    def bytes_per_picture(self) -> float:
        """What the index of a collection would take for each picture, on average."""
        total = sum(file.stat().st_size for part in ("vectors", "features") for file in (self.folder / part).glob("*"))
        total += sum(lender.bytes for lender in self._lenders)
        return total / max(1, self._vectors.rows + sum(lender.count for lender in self._lenders))

    def cost(self) -> dict[str, float]:
        """What making rows has cost so far, those of collections not counted: `seconds` for `pictures`, `memory_mb`."""
        with contextlib.suppress(OSError, ValueError):
            return {
                str(name): float(value) for name, value in json.loads((self.folder / COST_FILE).read_text()).items()
            }
        return {}

    def add_cost(self, seconds: float, pictures: int, memory_mb: float) -> None:
        """Note what making more rows has cost."""
        known = self.cost()
        cost = {"seconds": known.get("seconds", 0) + seconds, "pictures": known.get("pictures", 0) + pictures}
        with contextlib.suppress(OSError):  # a courtesy to later runs
            write_json(self.folder / COST_FILE, cost | {"memory_mb": max(known.get("memory_mb", 0), memory_mb)})

    def _open(self, metric: str, dim: int, features: bool) -> None:
        self._vectors = VectorJournal(self.folder / "vectors", metric=metric, dim=dim)
        self._vectors.recover()
        self._blobs: BlobJournal | None = None
        if features:
            self._blobs = BlobJournal(self.folder / "features", create=True)
            self._blobs.recover()
        if (self._vectors.metric, self._vectors.dim) != (metric, dim):
            raise ValueError("another form of rows")


@contextlib.contextmanager
def cache_folder(root: Path, key: str, *, keep: bool) -> Iterator[Path]:
    """A folder for one key, to be written by nobody else: below `root`, or one that ends with this where nothing is to
    be kept or can be kept, or another process is at it. Raises `StorageError`."""
    with contextlib.ExitStack() as stack:
        keep = keep and may_write(root / key)
        if keep:
            folder = root / key
            try:
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(writer_lock(folder, "evaluating", of="cache of embeddings"))
                stack.callback(note_use, folder)
            except IndexBusyError:
                keep = False
            except OSError as error:
                raise StorageError(f"cannot write to {folder}: {error.strerror or error}") from error
        if not keep:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="revsearch-eval-")))
        yield folder


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
