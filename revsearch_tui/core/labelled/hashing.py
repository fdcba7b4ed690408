"""Hash the files of labelled pictures, several at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from revsearch_tui.api import Control, PictureError, Sample
from revsearch_tui.core.labelled.label_files import file_digest

_BATCH = 64


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
