"""Small pictures of what is in a collection, and of nothing else on the machine."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.base.files import unchanged
from revsearch_tui.serve.statuses import NotThereError

if TYPE_CHECKING:
    from revsearch_tui.core.images.pool import DecodePool
    from revsearch_tui.core.workspace import Workspace

_ID = re.compile(r"[0-9a-f]{64}")


class Thumbnails:
    """Thumbnails from the cache, else made of a file; for any number of threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._decoder: DecodePool | None = None
        self._lock = threading.Lock()

    def of(self, name: str, image_id: str) -> bytes:
        """The thumbnail, as JPEG, of a picture of a collection. Raises `UsageError`, `NotThereError`,
        `IndexMissingError`, `PictureError`, `StorageError`."""
        from revsearch_tui.core.images.thumbnails import ThumbnailCache
        from revsearch_tui.core.storage.catalog.catalog import Catalog

        if not _ID.fullmatch(image_id):
            raise UsageError(f"'{image_id}' is no image id; give the image_id of a hit")
        collection = self._workspace.collection(name)
        row = None
        if collection.catalog_file.exists():
            with Catalog(collection.catalog_file) as catalog:
                row = catalog.image(bytes.fromhex(image_id))
        if row is None:
            raise NotThereError(f"the collection '{name}' has no picture {image_id}")
        cache = ThumbnailCache(self._workspace.folders.thumbnails)
        cached = cache.get(image_id)
        if cached is None:
            path, data = self._content(row.paths, image_id)
            cached = cache.put(image_id, self._pool().decode(data, str(path)).picture)
        try:
            return cached.read_bytes()
        except OSError as error:
            raise StorageError(f"the thumbnail {cached} cannot be read: {error.strerror or error}") from None

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            if self._decoder is not None:
                self._decoder.close()

    def _content(self, paths: tuple[Path, ...], image_id: str) -> tuple[Path, bytes]:
        """A file that holds this very picture still, and its bytes."""
        most = self._workspace.config.number("index.max_file_mb") * 1_000_000
        found = next(unchanged(paths, bytes.fromhex(image_id), most), None)
        if found is not None:
            return found
        raise NotThereError(f"'{paths[0]}' is gone, or has changed since it was indexed")

    def _pool(self) -> DecodePool:
        """Decoding is done in a process, which a hostile file may crash."""
        from revsearch_tui.core.images.pool import DecodePool

        with self._lock:
            if self._decoder is None:
                self._decoder = DecodePool(1, self._workspace.registry.readers(), max_pixels=self._workspace.max_pixels)
            return self._decoder
