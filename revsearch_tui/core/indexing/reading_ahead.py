"""Read, hash and, where necessary, decode files, several at once and always a little ahead of the methods."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.api import PictureError, ReaderInfo
from revsearch_tui.core.base.files import open_ordinary
from revsearch_tui.core.base.scan import Identity, identity_of
from revsearch_tui.core.indexing.index_report import IndexSettings

if TYPE_CHECKING:
    from revsearch_tui.core.images.decode import Decoded
    from revsearch_tui.core.images.pool import DecodePool

BATCH_PICTURES = 32
"""Pictures that methods are given at once, at most."""

_AHEAD_PER_LANE = 6


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as read: `image_id` and, where it was wanted, `decoded`; or `error`, why it cannot be a picture, and
    `detail`, what the decoder said."""

    path: bytes
    size: int
    mtime_ns: int
    image_id: bytes | None
    decoded: Decoded | None
    error: str | None
    identity: Identity = Identity()
    detail: str = ""


class Reader:
    """Lanes of reading threads, each with a decoder process of its own, started when first needed."""

    def __init__(self, settings: IndexSettings, readers: Sequence[ReaderInfo]) -> None:
        self.lanes = settings.lanes
        self.decoded = 0
        self.decoding_s = 0.0
        """Seconds that decoding took, of all lanes together."""
        self._readers = readers
        self._max_file_bytes = settings.max_file_bytes
        self._timeout_s, self._max_pixels = settings.decode_timeout_s, settings.max_pixels
        self._lock = threading.Lock()
        self._pool: DecodePool | None = None

    def read_all(self, paths: Sequence[bytes], wanted: Callable[[bytes], bool]) -> Iterator[ReadFile]:
        """Read files, in order. `wanted(image_id)` tells, once per id, whether its pixels are needed.

        A whole batch is read while the one before it is worked on, so that a method never waits for the decoders
        that its own work has kept idle.
        """
        claim = threading.Lock()

        def read(path: bytes) -> ReadFile:
            return self._read(path, wanted, claim)

        pending: deque[Future[ReadFile]] = deque()
        rest = iter(paths)
        with ThreadPoolExecutor(self.lanes, thread_name_prefix="read") as executor:
            try:
                for path in rest:
                    pending.append(executor.submit(read, path))
                    if len(pending) >= BATCH_PICTURES + self.lanes * _AHEAD_PER_LANE:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def close(self) -> None:
        """End the decoder processes."""
        if self._pool is not None:
            self._pool.close()

    def _read(self, path: bytes, wanted: Callable[[bytes], bool], claim: threading.Lock) -> ReadFile:
        size = mtime_ns = -1
        identity = Identity()
        try:
            with open_ordinary(path) as file:
                status = os.fstat(file.fileno())
                size, mtime_ns, identity = status.st_size, status.st_mtime_ns, identity_of(status)
                if size > self._max_file_bytes:
                    limit = self._max_file_bytes // 1_000_000
                    raise PictureError(f"the file is larger than {limit} MB (index.max_file_mb)")
                data = file.readall()
        except PictureError as error:
            return ReadFile(path, size, mtime_ns, None, None, error.reason, identity)
        except OSError as error:
            with contextlib.suppress(OSError):
                status = os.stat(path)  # noqa: PTH116
                size, mtime_ns, identity = status.st_size, status.st_mtime_ns, identity_of(status)
            return ReadFile(path, size, mtime_ns, None, None, f"cannot be read: {error.strerror or error}", identity)
        image_id = hashlib.sha256(data).digest()
        with claim:
            decode = wanted(image_id)
        if not decode:
            return ReadFile(path, size, mtime_ns, image_id, None, None, identity)
        began = time.monotonic()
        try:
            decoded = self._decoder().decode(data, os.fsdecode(path))
        except PictureError as error:
            return ReadFile(path, size, mtime_ns, image_id, None, error.reason, identity, error.detail)
        with self._lock:
            self.decoded += 1
            self.decoding_s += time.monotonic() - began
        return ReadFile(path, size, mtime_ns, image_id, decoded, None, identity)

    def _decoder(self) -> DecodePool:
        with self._lock:
            if self._pool is None:
                from revsearch_tui.core.images.pool import DecodePool

                self._pool = DecodePool(
                    self.lanes, self._readers, self._timeout_s, background=True, max_pixels=self._max_pixels
                )
            return self._pool
