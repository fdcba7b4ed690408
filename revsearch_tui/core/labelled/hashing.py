"""The bytes of labelled pictures' files: read, and hashed several at once."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import Control, PictureError, Sample

_BATCH = 64

_AT_ONCE = 8 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Hashed:
    """A sample with the sha-256 of its file's bytes, in hex."""

    sample: Sample
    digest: str


def hash_samples(
    samples: Sequence[Sample], max_file_bytes: int, control: Control
) -> tuple[list[Hashed], dict[str, int]]:
    """Every sample whose file can be read, with its digest, each file read once; and why how many others were not."""
    found: dict[Path, str | PictureError] = {}

    def digests(batch: Sequence[Path]) -> list[str | PictureError]:
        return [_digest(path, max_file_bytes) for path in batch]

    paths = list(dict.fromkeys(sample.path for sample in samples))
    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    executor = ThreadPoolExecutor(min(8, 2 * (os.cpu_count() or 1)), thread_name_prefix="hash")
    try:
        for batch, results in zip(batches, executor.map(digests, batches), strict=True):
            control.check()
            found.update(zip(batch, results, strict=True))
            control.progress(len(found), len(paths), "hashing")
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    hashed: list[Hashed] = []
    dropped: Counter[str] = Counter()
    for sample in samples:
        result = found[sample.path]
        if isinstance(result, PictureError):
            dropped[result.reason] += 1
        else:
            hashed.append(Hashed(sample, result))
    return hashed, dict(dropped)


def _digest(path: Path, max_file_bytes: int) -> str | PictureError:
    try:
        return file_digest(path, max_file_bytes)
    except PictureError as error:
        return error


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
