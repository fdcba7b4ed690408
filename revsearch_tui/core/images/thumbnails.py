"""A bounded cache of small pictures on disk, shared by any number of processes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import PictureError, StorageError
from revsearch_tui.core.images.limits import DECODER_VERSION, THUMBNAIL_MAX_PX

if TYPE_CHECKING:
    from PIL.Image import Image

    from revsearch_tui.api.types import Picture

_ID = re.compile(r"[0-9a-f]{8,128}")
_TAIL = struct.Struct("<4sI")
_MAGIC = b"RVth"
_QUALITY = 85
_STALE_TEMPORARY_S = 3600.0
_MAX_FILE_BYTES = 512 * 1024 * 1024


class ThumbnailCache:
    """JPEG files by image id, the least recently used of which go first when they pass `max_bytes`.

    Behind the JPEG data of each file, where viewers do not look, stands a checksum that tells damaged files. Several
    processes may use one folder: each counts what it adds and looks at the whole folder after every sixteenth of
    `max_bytes`, so that the bound is kept to within a sixteenth for each process that writes.
    """

    def __init__(self, folder: Path, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._folder = folder / f"v{DECODER_VERSION}"
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._known_bytes: int | None = None
        self._added_since_look = 0

    def get(self, image_id: str) -> Path | None:
        """The thumbnail's file; None where there is none. A damaged one is removed."""
        path = self._path(image_id)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if not _is_sound(content):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return path

    def put(self, image_id: str, picture: Picture) -> Path:
        """Write the thumbnail of a picture (uint8 RGB H x W x 3), longest side at most `THUMBNAIL_MAX_PX`; its file.

        Raises `StorageError` where the folder cannot be written to.
        """
        path = self._path(image_id)
        content = _encode(picture)
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
            temporary.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise StorageError(f"The thumbnail cache {self._folder} cannot be written to: {error.strerror}.") from error
        self._account(len(content), path)
        return path

    def _path(self, image_id: str) -> Path:
        if not _ID.fullmatch(image_id):
            raise ValueError(f"{image_id!r} is not an image id")
        return self._folder / image_id[:2] / f"{image_id}.jpg"

    def _account(self, added: int, newest: Path) -> None:
        with self._lock:
            self._added_since_look += added
            if self._known_bytes is not None:
                self._known_bytes += added
                if self._known_bytes <= self._max_bytes and self._added_since_look <= self._max_bytes // 16:
                    return
            self._known_bytes = self._evict(newest)
            self._added_since_look = 0

    def _evict(self, newest: Path) -> int:
        """Remove the least recently used files down to 7/8 of the limit, if it is passed; the bytes that remain."""
        entries: list[tuple[float, int, Path]] = []
        clock = 0.0
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):  # another process may remove files at the same time
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
                clock = max(clock, status.st_mtime)
        total = sum(size for _, size, _ in entries)
        goal = self._max_bytes if total <= self._max_bytes else self._max_bytes * 7 // 8
        for modified, size, path in sorted(entries):
            abandoned = path.suffix == ".tmp" and modified < clock - _STALE_TEMPORARY_S
            if abandoned or (total > goal and path != newest and path.suffix != ".tmp"):
                with contextlib.suppress(OSError):
                    path.unlink()
                    total -= size
        return total


def thumbnail_image(
    folder: Path, image_id: str, read: Callable[[], bytes], decode: Callable[[bytes], Picture]
) -> Image:
    """The thumbnail from the cache in `folder`, else of what `read` gives, decoded by `decode`; kept where those are
    the bytes of that image id. Raises what these two do."""
    from PIL import Image

    cache = ThumbnailCache(folder)
    cached = cache.get(image_id)
    if cached is None:
        data = read()
        picture = decode(data)
        # The file may have changed since it was indexed, and the cache may lie where nothing can be written.
        if hashlib.sha256(data).hexdigest() == image_id:
            with contextlib.suppress(StorageError):
                cached = cache.put(image_id, picture)
        if cached is None:
            image = Image.fromarray(picture)
            image.thumbnail((THUMBNAIL_MAX_PX, THUMBNAIL_MAX_PX))
            return image
    with Image.open(cached) as opened:
        opened.load()
        return opened.copy()


def picture_bytes(path: Path) -> bytes:
    """What a file holds that is to be drawn. Raises `PictureError`, OSError."""
    if not path.is_file():
        raise PictureError("the file is gone" if not path.exists() else "not a file")
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise PictureError("the file is too large")
    return path.read_bytes()


def _encode(picture: Picture) -> bytes:
    from io import BytesIO

    from PIL import Image

    from revsearch_tui.core.images.scaling import shrink

    buffer = BytesIO()
    shrink(Image.fromarray(picture), THUMBNAIL_MAX_PX).save(buffer, "JPEG", quality=_QUALITY)
    content = buffer.getvalue()
    return content + _TAIL.pack(_MAGIC, zlib.crc32(content))


def _is_sound(content: bytes) -> bool:
    if len(content) <= _TAIL.size:
        return False
    magic, checksum = _TAIL.unpack_from(content, len(content) - _TAIL.size)
    return bool(magic == _MAGIC) and zlib.crc32(memoryview(content)[: -_TAIL.size]) == checksum
