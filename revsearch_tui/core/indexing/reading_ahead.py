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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from revsearch_tui.api import PictureError, ReaderInfo, RevsearchError, UsageError
from revsearch_tui.core.base.files import open_ordinary
from revsearch_tui.core.base.scan import Identity, identity_of
from revsearch_tui.core.images.decoded_picture import Decoded
from revsearch_tui.core.images.lane import SmallFile
from revsearch_tui.core.indexing.index_report import IndexSettings

if TYPE_CHECKING:
    from revsearch_tui.core.images.pool import DecodePool

BATCH_PICTURES = 32
"""Pictures that methods are given at once, at most."""

_AHEAD_PER_LANE = 6
_SMALL_BYTES = 16 * 1024
_TOGETHER = 16
"""So many small files go to a decoder together: the conversation about one costs more than decoding it."""


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
    """Lanes of reading threads, each with a decoder process of its own, started when first needed or before."""

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

    def start(self) -> None:
        """Start the decoder processes, which get ready meanwhile. What is wrong with them, the first file tells."""
        with contextlib.suppress(RevsearchError):
            self._decoder().start(self.lanes)

    def read_all(self, paths: Sequence[bytes], wanted: Callable[[bytes], bool]) -> Iterator[ReadFile]:
        """Read files, in order. `wanted(image_id)` tells, once per id, whether its pixels are needed.

        A whole batch is read while the one before it is worked on, so that a method never waits for the decoders
        that its own work has kept idle.
        """
        claim = threading.Lock()

        def read(group: Sequence[bytes]) -> list[ReadFile]:
            return self._read(group, wanted, claim)

        pending: deque[tuple[int, Future[list[ReadFile]]]] = deque()
        ahead = 0
        with ThreadPoolExecutor(self.lanes, thread_name_prefix="read") as executor:
            try:
                for group in _groups(paths):
                    pending.append((len(group), executor.submit(read, group)))
                    ahead += len(group)
                    while ahead >= BATCH_PICTURES + self.lanes * _AHEAD_PER_LANE and len(pending) > self.lanes:
                        count, future = pending.popleft()
                        yield from future.result()
                        ahead -= count
                while pending:
                    yield from pending.popleft()[1].result()
            finally:
                for _, future in pending:
                    future.cancel()

    def close(self) -> None:
        """End the decoder processes."""
        if self._pool is not None:
            self._pool.close()

    def _read(self, group: Sequence[bytes], wanted: Callable[[bytes], bool], claim: threading.Lock) -> list[ReadFile]:
        found: list[ReadFile] = []
        chosen: list[tuple[int, SmallFile]] = []
        for path in group:
            file, data = self._load(path)
            if file.image_id is not None:
                with claim:
                    decode = wanted(file.image_id)
                if decode:
                    chosen.append((len(found), SmallFile(data, os.fsdecode(path))))
            found.append(file)
        if not chosen:
            return found
        began = time.monotonic()
        results = self._decoded([file for _, file in chosen])
        sound = 0
        for (place, _), result in zip(chosen, results, strict=True):
            if isinstance(result, Decoded):
                found[place] = replace(found[place], decoded=result)
                sound += 1
            elif isinstance(result, PictureError):
                found[place] = replace(found[place], error=result.reason, detail=result.detail)
            else:
                raise result
        with self._lock:
            self.decoded += sound
            self.decoding_s += time.monotonic() - began
        return found

    def _load(self, path: bytes) -> tuple[ReadFile, bytes]:
        """A file, not decoded, and its bytes; without an image id where these could not be read."""
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
            return ReadFile(path, size, mtime_ns, None, None, error.reason, identity), b""
        except OSError as error:
            with contextlib.suppress(OSError):
                status = os.stat(path)  # noqa: PTH116
                size, mtime_ns, identity = status.st_size, status.st_mtime_ns, identity_of(status)
            reason = f"cannot be read: {error.strerror or error}"
            return ReadFile(path, size, mtime_ns, None, None, reason, identity), b""
        return ReadFile(path, size, mtime_ns, hashlib.sha256(data).digest(), None, None, identity), data

    def _decoded(self, files: Sequence[SmallFile]) -> Sequence[Decoded | PictureError | UsageError]:
        if len(files) > 1:
            return self._decoder().decode_many(files)
        try:
            return [self._decoder().decode(files[0].data, files[0].name)]
        except PictureError as error:
            return [error]

    def _decoder(self) -> DecodePool:
        with self._lock:
            if self._pool is None:
                from revsearch_tui.core.images.pool import DecodePool

                self._pool = DecodePool(
                    self.lanes, self._readers, self._timeout_s, background=True, max_pixels=self._max_pixels
                )
            return self._pool


def _groups(paths: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Small files that follow each other, several at a time; each other one by itself."""
    group: list[bytes] = []
    for path in paths:
        is_small = _is_small(path)
        if group and (not is_small or len(group) == _TOGETHER):
            yield group
            group = []
        if is_small:
            group.append(path)
        else:
            yield [path]
    if group:
        yield group


def _is_small(path: bytes) -> bool:
    try:
        return os.stat(path).st_size <= _SMALL_BYTES  # noqa: PTH116 - the path is bytes
    except OSError:
        return True
