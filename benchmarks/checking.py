"""Whether a journal is as it was stored: 100,000 embeddings, looked at for the first time and again."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path

import numpy as np

from benchmarks.measure import Bench, Row, interleave, timed
from revsearch_tui.core.storage.journal.segment import MEMORY
from revsearch_tui.core.storage.journal.vectors import VectorJournal

_DIM = 512
_COMMIT_ROWS = 256


def run(bench: Bench) -> list[Row]:
    """Checking after a change, against checksums of the same bytes; checking again, against asking for the files."""
    count, rounds = bench.size(100_000, 2_000), bench.size(11, 3)
    folder = bench.folder / "journal"
    chance = np.random.default_rng(0)
    writer = VectorJournal(folder, metric="cosine", dim=_DIM)
    for start in range(0, count, _COMMIT_ROWS):
        size = min(_COMMIT_ROWS, count - start)
        ids = [hashlib.sha256(str(start + number).encode()).digest() for number in range(size)]
        writer.append(ids, chance.standard_normal((size, _DIM), np.float32))
    stored = [path.read_bytes() for path in sorted(folder.glob("segment-*.vec"))]
    files = sorted(folder.glob("segment-*"))

    def first() -> None:
        (folder / MEMORY).unlink(missing_ok=True)
        _check(folder)

    def bare() -> None:
        for data in stored:
            zlib.crc32(data)

    def ask() -> None:
        for path in files:
            os.stat(path)  # noqa: PTH116 - the bare call

    _check(folder)
    reader = VectorJournal(folder)
    actions = {"first": first, "bare": bare, "later": reader.unsound, "ask": ask}
    found = interleave({name: timed(action) for name, action in actions.items()}, rounds)
    what = f"{count:,} x {_DIM} float32 checked"
    return [
        Row(f"{what} after a change", found["first"], "crc32 of the bytes in memory", found["bare"]),
        Row(f"{what} again", found["later"], "a stat of each file", found["ask"]),
    ]


def _check(folder: Path) -> None:
    if VectorJournal(folder).unsound():
        raise AssertionError("a journal that nobody touched is not sound")
