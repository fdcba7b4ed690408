"""Rows are given to ChromaDB in batches that fall on its own writing of its index files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.core.storage.store.chroma import SYNC_THRESHOLD, ChromaIndex
from revsearch_tui.core.storage.store.keeper import BATCH_ROWS, plan


@pytest.mark.parametrize("stored", [0, 1_000_000])
@pytest.mark.parametrize("rows", [1, 2, 199, 4_000, 4_001, 20_000, 20_001, 50_000, 77_777, 1_000_000])
def test_the_last_batch_is_the_one_after_which_the_index_is_written(rows: int, stored: int) -> None:
    batches, every = plan(rows, rows + stored)
    assert sum(batches) == rows
    assert 0 < min(batches) <= max(batches) <= BATCH_ROWS
    waiting = writes = 0
    for size in batches:
        waiting += size
        if waiting >= every:
            waiting, writes = 0, writes + 1
    assert waiting == 0
    assert writes <= 8
    # What ChromaDB holds twice.
    assert every <= max(5_000, (rows + stored) // 8 + 1)


def test_a_large_collection_has_its_index_written_few_times() -> None:
    batches, every = plan(1_000_000, 1_000_000)
    assert len(batches) >= 250
    assert every >= 125_000 - BATCH_ROWS
    assert plan(0, 5) == ([], 1)


def _rows(first: int, count: int) -> tuple[list[bytes], np.ndarray, list[dict[str, str]]]:
    ids = [hashlib.sha256(str(first + number).encode()).digest() for number in range(count)]
    chance = np.random.default_rng(first)
    return ids, chance.integers(0, 2, (count, 64)).astype(np.float32), [{"path": "a"}] * count


def _written(folder: Path) -> list[int]:
    return [path.stat().st_mtime_ns for path in folder.glob("*/index_metadata.pickle")]


def test_nothing_is_left_to_be_written_where_the_last_row_fell_on_a_write(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, "key", "hamming")
    index.write_index_every(600)
    index.upsert(*_rows(0, 300))
    assert _written(tmp_path) == []
    index.upsert(*_rows(300, 300))
    (stamp,) = _written(tmp_path)
    index.flush()
    assert _written(tmp_path) == [stamp]
    index.close()
    again = ChromaIndex(tmp_path, "key", "hamming")
    assert again.count() == 600
    assert again._collection.configuration_json["hnsw"]["sync_threshold"] == SYNC_THRESHOLD
    ids, rows, _ = _rows(300, 300)
    assert again.query(rows[7], 1) == [ids[7]]
    again.upsert(*_rows(600, 300))  # more than may be left to be replayed, and no write falls on them
    assert _written(tmp_path) == [stamp]
    again.flush()
    assert _written(tmp_path) != [stamp]
    again.close()
