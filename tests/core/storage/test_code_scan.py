"""Codes bound how near a row can be, so that few rows are read, in threads that nobody waits for in vain."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from revsearch_tui.core.storage import code_scan, exact
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal import codes
from revsearch_tui.core.storage.journal.codes import coded
from revsearch_tui.core.storage.journal.vectors import VectorJournal
from tests.support.coded import KINDS, brute, embeddings_of, make_codes, written

pytest.importorskip("numkong")


@pytest.fixture(autouse=True)
def _codes_for_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "FEWEST_ROWS", 1)
    monkeypatch.setattr(exact, "FEWEST_ROWS", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_is_nearer_than_its_bounds(kind: str, tmp_path: Path) -> None:
    rows = written(tmp_path, embeddings_of(kind, 3_000, 130, 3)).pack(embeddings_of(kind, 3_000, 130, 3))
    queries = VectorJournal(tmp_path).pack(np.concatenate([rows[:3], embeddings_of("random", 3, 130, 4)]))
    made, chosen = coded(rows), np.arange(3_000)[::-2]
    for query in queries:
        rough = np.empty(len(rows), np.float32)
        code_scan.bound_distances([(made, rough)], query)
        finer = code_scan.bound_of_few(made, chosen, query)
        distances = 1 - rows.astype(np.float64) @ query.astype(np.float64)
        assert (rough <= distances).all() and (finer <= distances[chosen]).all()
        # Of a query that is itself coded without a remainder the rough ones are as near.
        assert np.mean(finer >= rough[chosen] - 2e-5) == 1


def test_few_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = embeddings_of("random", 1, 512, 1) + np.float32(0.3) * embeddings_of("random", 4_000, 512, 2)
    written(tmp_path, embeddings)
    make_codes(tmp_path)
    index = ExactIndex(VectorJournal(tmp_path))
    read: list[int] = []
    stored = index._stored.read
    monkeypatch.setattr(index._stored, "read", lambda rows: read.append(len(rows)) or stored(rows))
    for query in embeddings[:10]:
        assert len(index.nearest(query, 10)) == 10
    # 0.12 of the rows; without the closer look 0.62.
    assert sum(read) / 10 < 0.3 * index.rows


def test_a_search_does_not_wait_for_threads_that_are_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_scan, "_ROWS_AT_ONCE", 16)
    embeddings = embeddings_of("random", 400, 32, 5)
    written(tmp_path, embeddings)
    make_codes(tmp_path)
    index = ExactIndex(VectorJournal(tmp_path))
    release, executor = threading.Event(), ThreadPoolExecutor(1)
    monkeypatch.setattr(code_scan, "_helpers", lambda: (executor, 1))
    busy = executor.submit(release.wait, 60)
    try:
        assert index.nearest(embeddings[7], 5) == brute(index.journal, embeddings[7], 5)
        assert not busy.done()
    finally:
        release.set()
        executor.shutdown()


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    together, done = threading.Barrier(2), []

    def fail_elsewhere(number: int) -> None:
        together.wait(60)  # one job in each of the two threads
        if threading.current_thread() is not threading.main_thread():
            raise ValueError(number)
        done.append(number)

    with ThreadPoolExecutor(1) as executor:
        monkeypatch.setattr(code_scan, "_helpers", lambda: (executor, 1))
        with pytest.raises(ValueError, match="[01]"):
            code_scan._in_threads(fail_elsewhere, [(0,), (1,)])
    assert len(done) == 1
