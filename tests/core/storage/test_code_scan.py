"""Codes bound how near a row can be, so that few rows are read, in threads that nobody waits for in vain."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revsearch_tui.core.storage import code_scan, exact
from revsearch_tui.core.storage.distances import exact_distances, kth
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


@pytest.mark.parametrize("kind", [*KINDS, "broken"])
def test_no_row_is_nearer_than_its_bounds(kind: str, tmp_path: Path) -> None:
    rows = written(tmp_path, embeddings_of(kind, 3_000, 130, 3)).pack(embeddings_of(kind, 3_000, 130, 3))
    queries = VectorJournal(tmp_path).pack(np.concatenate([rows[10:13], embeddings_of("random", 3, 130, 4)]))
    made, uncoded = coded(rows), np.arange(3_000, 3_010)
    scan = code_scan.CodeScan([(0, made.part(0, 1_000)), (1_000, made.part(1_000, 3_000))])
    for query in queries[np.isfinite(queries).all(axis=1) & queries.any(axis=1)]:
        asked = code_scan.coded_query(query)
        assert asked is not None
        found, rough = scan.look(asked, len(rows))
        assert sorted(found) == np.flatnonzero(np.isfinite(rows).all(axis=1)).tolist()
        chosen = np.sort(found[::2])
        finer = scan.look_closer(np.concatenate([chosen, uncoded]), asked)
        distances = 1 - rows.astype(np.float64) @ query.astype(np.float64)
        assert (rough <= distances[found]).all() and (finer[:-10] <= distances[chosen]).all()
        assert (finer[-10:] == -np.inf).all()
        told = dict(zip(found.tolist(), rough.tolist(), strict=True))
        # Of a query that is itself coded without a remainder the rough ones are as near.
        assert (finer[:-10] >= [told[row] - 2e-5 for row in chosen.tolist()]).all()
        assert (distances[chosen] - finer[:-10] <= 2.01 * made.errors[chosen] + 2e-4).all()


def test_a_query_is_its_codes_but_for_less_than_its_errors() -> None:
    for query in np.concatenate([embeddings_of(kind, 20, 96, 3) for kind in KINDS]):
        asked = code_scan.coded_query(query)
        if asked is None:
            assert not query.any()
            continue
        left = query + asked.step * asked.numbers[0].astype(np.float64)
        finer = left + asked.step / 254 * asked.finer[0]
        assert np.linalg.norm(left) <= asked.error and np.linalg.norm(finer) <= asked.finer_error
        assert asked.error < 0.51 * asked.step * 96**0.5 and asked.finer_error < 0.51 * asked.step / 254 * 96**0.5
    for query in np.array([[0, 0], [np.nan, 1], [np.inf, 1], [1, -np.inf]], np.float32):
        assert code_scan.coded_query(query) is None


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from([*KINDS, "broken"]),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=4),
    dim=st.sampled_from([1, 7, 64]),
    k=st.sampled_from([1, 2, 10, 100, 5_000]),
    share=st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    fewest=st.sampled_from([1, 8, 50]),
    most=st.sampled_from([50, 400]),
    seed=st.integers(0, 1 << 20),
)
def test_the_nearest_are_among_what_a_scan_finds(
    kind: str, sizes: list[int], dim: int, k: int, share: float, fewest: int, most: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    embeddings = embeddings_of(kind, sum(sizes) + 1, dim, seed)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
        embeddings /= np.where(lengths > 0, lengths, np.float32(1))
    rows, query = embeddings[1:], embeddings[0]
    starts = np.cumsum([0, *sizes])
    parts = [(3 * int(a), coded(rows[a:b])) for a, b in pairwise(starts)]  # between parts there may be other rows
    numbers = np.concatenate([3 * a + np.arange(b - a) for a, b in pairwise(starts)])
    allowed = chance.random(3 * len(rows)) < share if share < 1 else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_scan, "_FEWEST_AT_ONCE", fewest)
        patch.setattr(code_scan, "_MOST_AT_ONCE", most)
        scan = code_scan.CodeScan(parts)
    distances = exact_distances("cosine", rows, query)
    if allowed is not None:
        distances[~allowed[numbers]] = np.inf
    asked = code_scan.coded_query(query)
    for limit in (np.inf, float(chance.random())) if asked is not None else ():
        found, least = scan.look(asked, k, allowed=allowed, limit=limit)
        assert len(set(found.tolist())) == len(found) <= len(rows)
        told = dict(zip(numbers.tolist(), distances.tolist(), strict=True))
        assert all(at_least <= told[row] < np.inf for row, at_least in zip(found.tolist(), least.tolist(), strict=True))
        last = min(kth(distances, k), limit)
        nearest = numbers[np.isfinite(distances) & (distances <= last)]
        assert set(nearest.tolist()) <= set(found.tolist())


def test_a_part_without_a_finite_row_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_scan, "_helpers", lambda: (None, 0))
    rows = np.full((40, 8), np.nan, np.float32)
    rows[20:] = np.eye(8, dtype=np.float32)[np.arange(20) % 8]
    asked = code_scan.coded_query(rows[20])
    assert asked is not None
    for part in (slice(0, 20), slice(0, 40)):
        scan = code_scan.CodeScan([(0, coded(rows[part])), (100, coded(rows[20:]))])
        found, least = scan.look(asked, 3)
        assert {100, 108, 116} <= set(found.tolist()) and np.isfinite(least).all()
        assert not set(found.tolist()) & set(range(20))


@pytest.mark.parametrize("hides", ["rows", "query"])
def test_a_limit_that_many_gave_is_no_nearer_than_they_are(hides: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes tell of the first rows that they are nearer than they are."""
    monkeypatch.setattr(code_scan, "_FEWEST_AT_ONCE", 16)
    monkeypatch.setattr(code_scan, "_MOST_AT_ONCE", 16)
    monkeypatch.setattr(code_scan, "_helpers", lambda: (None, 0))
    large, one = np.eye(64)[0] * 127, np.eye(64)[1]
    small, ones = np.arange(64) > 0, np.arange(64) > 1
    # Between the first and the query lies what is less than a step of one of them.
    first, query = (large - 0.4 * ones, small) if hides == "rows" else (-1.0 * ones, large + 0.4 * ones - one)
    last = large + one if hides == "rows" else one
    rows = np.array([first] * 16 + [last] * 16, np.float32)
    rows, asked_for = rows / np.linalg.norm(rows, axis=1, keepdims=True), query / np.linalg.norm(query)
    asked = code_scan.coded_query(asked_for.astype(np.float32))
    assert asked is not None
    assert (rows[16:] @ asked_for).min() > (rows[:16] @ asked_for).max()
    found, _ = code_scan.CodeScan([(0, coded(rows))]).look(asked, 1)
    assert set(range(16, 32)) <= set(found.tolist())


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_every_row_is_in_one_job_and_the_last_ones_are_small(threads: int) -> None:
    made = coded(embeddings_of("random", 500, 4, 1))
    parts = [(0, made.part(0, 300)), (700, made.part(300, 500))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_scan, "_FEWEST_AT_ONCE", 8)
        patch.setattr(code_scan, "_MOST_AT_ONCE", 100)
        jobs = list(code_scan._jobs(parts, threads))
    rows = np.concatenate([np.arange(job.start, job.start + len(job.codes.steps)) for job in jobs])
    assert rows.tolist() == [*range(300), *range(700, 900)]
    sizes = [len(job.codes.steps) for job in jobs]
    assert sizes[0] == 8 and sizes[-2] == 8 and max(sizes) == min(492 // (2 * threads), 100)


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
    monkeypatch.setattr(code_scan, "_FEWEST_AT_ONCE", 16)
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
