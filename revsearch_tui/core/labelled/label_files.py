"""The bytes of labelled pictures' files."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from revsearch_tui.api import PictureError

_AT_ONCE = 8 << 20
_BLOCK = 1 << 20


def read_file(path: Path, max_bytes: int) -> bytes:
    """All bytes of a regular file. Raises `PictureError` where it cannot be read or is larger than that."""
    try:
        _checked_size(path, max_bytes)
        with open(path, "rb") as stream:  # noqa: PTH123 - pathlib takes half as long again for small files
            return stream.read()
    except OSError as error:
        raise _unreadable(path, error) from None


def file_digest(path: Path, max_bytes: int) -> str:
    """The sha-256 of a regular file, in hex. Raises as `read_file` does."""
    digest = hashlib.sha256()
    try:
        size = _checked_size(path, max_bytes)
        with open(path, "rb") as stream:  # noqa: PTH123
            if size <= _AT_ONCE:
                digest.update(stream.read())
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise _unreadable(path, error) from None
    return digest.hexdigest()


def _checked_size(path: Path, max_bytes: int) -> int:
    status = os.stat(path)  # noqa: PTH116
    if not stat.S_ISREG(status.st_mode):
        raise PictureError("it is no ordinary file", str(path))  # to open a pipe would wait for ever
    if status.st_size > max_bytes:
        raise PictureError(f"the file is larger than {max_bytes // 1_000_000} MB (index.max_file_mb)", str(path))
    return status.st_size


def _unreadable(path: Path, error: OSError) -> PictureError:
    return PictureError(f"cannot be read: {error.strerror or error}", str(path))
