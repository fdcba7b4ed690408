"""Stored rows are given by their numbers, whatever segments they lie in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.core.storage.journal import rows
from revsearch_tui.core.storage.journal.vectors import VectorJournal


def test_rows_of_several_segments_come_in_the_order_of_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "SEGMENT_BYTES", 300)
    journal = VectorJournal(tmp_path / "j", metric="l2", dim=3)
    stored = np.arange(150, dtype=np.float32).reshape(50, 3)
    for start in range(0, 50, 7):
        part = stored[start : start + 7]
        journal.append([bytes([start + number]) * 32 for number in range(len(part))], part)
    assert len(journal.blocks()) > 1
    chosen = [0, 6, 7, 20, 21, 48, 49]
    assert np.array_equal(journal.rows_at(chosen), stored[chosen])
    assert np.array_equal(journal.rows_at(range(50)), stored)
    assert journal.rows_at([]).shape == (0, 3)
