"""Exact search among a million embeddings and hashes in the store's journal, and of many queries at once.

Of embeddings there are two kinds: by chance, where all are about as far from a query, and in clusters of some thousand
that hardly differ, where very many are about as near.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Bench, Row, child, interleave, timed
from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.codes import build_codes
from revsearch_tui.core.storage.journal.vectors import VectorJournal

_K = 10
_MOST_S = 0.015
_DIM = 512
_QUERIES = 12
_MOST_MEGABYTES = 600
_REST_S = 0.2
"""The threads of OpenBLAS go on spinning for a tenth of a second after a product: they would be counted with what is
timed next, and slow it down."""
KINDS = ("by chance", "in clusters")


def run(bench: Bench) -> list[Row]:
    """Each against numpy over the same rows, after checking that the neighbours are the same."""
    found = []
    million, some = bench.size(1_000_000, 21_000), bench.size(100_000, 21_000)
    for kind in KINDS:
        folder = bench.folder / kind.replace(" ", "-")
        bench.say(f"  {million:,} embeddings {kind}")
        _write(folder, "cosine", _DIM, million, kind)
        build_codes(VectorJournal(folder), lambda: None)
        # In a fresh process, for this one holds what numpy reads.
        megabytes = child("scan", str(folder), home=bench.folder / "home")["megabytes"]
        if megabytes > _MOST_MEGABYTES:
            raise AssertionError(f"{megabytes:.0f} MB are resident, of {_MOST_MEGABYTES} at most")
        row = _one_by_one(bench, folder, kind, 0.25, _MOST_S)
        found.append(replace(row, note=f"{row.note} {megabytes:.0f} MB resident at most."))
    folder = bench.folder / "some"
    _write(folder, "cosine", _DIM, some, KINDS[1])
    build_codes(VectorJournal(folder), lambda: None)
    found += [_one_by_one(bench, folder, KINDS[1], 0.5), _at_once(bench, folder)]
    for bits in (64, 256):
        folder = bench.folder / f"hashes-{bits}"
        _write(folder, "hamming", bits, million, KINDS[0])
        found.append(_hashes(bench, folder))
    return found


def _one_by_one(bench: Bench, folder: Path, kind: str, most: float, seconds: float | None = None) -> Row:
    index, blocks = ExactIndex(VectorJournal(folder), unchecked=True), VectorJournal(folder).blocks()
    queries = queries_of(index)

    def bare(query: Any) -> Any:
        scores = np.concatenate([block @ query for block in blocks])
        top = np.argpartition(scores, -_K)[-_K:]
        return top[np.argsort(-scores[top])]

    recall = float(np.mean([_share(index, query, bare(query)) for query in queries]))
    if recall < 1:
        raise AssertionError(f"revsearch finds {recall:.4f} of what numpy finds")
    spent: dict[str, list[float]] = {}
    actions = _in_turn(queries, spent, ours=lambda query: index.nearest(query, _K), bare=bare)
    times = interleave(actions, bench.size(31, 3))
    ours, theirs = (statistics.median(spent[name]) for name in ("ours", "bare"))
    return Row(
        f"top {_K} of {index.rows:,} x {_DIM} {kind}",
        times["ours"],
        "numpy: matmul by blocks, argpartition",
        times["bare"],
        most_ratio=most,
        most_seconds=seconds,
        either=True,
        note=f"Recall {recall:.3f}; {index.coded_rows:,} rows by codes. Of a processor {1000 * ours:.1f} ms against "
        f"{1000 * theirs:.1f}, {ours / theirs:.2f} times.",
    )


def _at_once(bench: Bench, folder: Path) -> Row:
    index = ExactIndex(VectorJournal(folder), unchecked=True)
    gallery = np.concatenate(VectorJournal(folder).blocks())
    queries = gallery[:: len(gallery) // bench.size(1_000, 100)] + np.float32(0.02)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)

    def bare() -> Any:
        scores = queries @ gallery.T
        return np.argpartition(scores, -_K, axis=1)[:, -_K:]

    actions = {"ours": timed(lambda: index.nearest_of_many(queries, _K)), "bare": timed(bare)}
    times = interleave(actions, bench.size(5, 1))
    name = f"top {_K} of {len(gallery):,} x {_DIM}, {len(queries):,} queries in one call"
    return Row(name, times["ours"], "numpy: one matmul, argpartition", times["bare"], most_ratio=1.2)


def _hashes(bench: Bench, folder: Path) -> Row:
    journal = VectorJournal(folder)
    index, words = ExactIndex(journal, unchecked=True), np.concatenate(journal.blocks()).view(np.uint64)
    queries = index.sample(_QUERIES).astype(np.uint8)
    queries[:, :5] ^= 1

    def bare(query: Any) -> Any:
        bits = np.bitwise_count(words ^ np.packbits(query).view(np.uint64)).sum(axis=1, dtype=np.uint16)
        return np.sort(bits[np.argpartition(bits, _K)[:_K]])

    for query in queries:
        if [distance for _, distance in index.nearest(query, _K)] != bare(query).tolist():
            raise AssertionError("revsearch and numpy disagree on the nearest distances")
    times = interleave(_in_turn(queries, {}, ours=lambda query: index.nearest(query, _K), bare=bare), bench.size(31, 3))
    name = f"top {_K} of {index.rows:,} x {journal.dim} bits"
    return Row(name, times["ours"], "numpy: popcount, argpartition", times["bare"], most_ratio=1)


def queries_of(index: ExactIndex) -> Any:
    """Half of them by chance, half near to a row: unit vectors (n, dim)."""
    chance = np.random.default_rng(7)
    queries = chance.standard_normal((_QUERIES, _DIM), np.float32)
    queries[::2] = index.sample(_QUERIES // 2) + 0.02 * queries[::2]
    return queries / np.linalg.norm(queries, axis=1, keepdims=True)


def _share(index: ExactIndex, query: Any, rows: Any) -> float:
    """Of the rows that numpy finds, those that revsearch finds or finds as near as its last: numpy rounds otherwise."""
    found = index.nearest(query, _K)
    ids = {image_id for image_id, _ in found}
    limit = found[-1][1] + 1e-6
    missed = [row for row in rows if index.id_of(int(row)) not in ids]
    stored = [index.embedding(index.id_of(int(row))) for row in missed]
    return 1 - sum(float(1 - row.astype(np.float64) @ query) < limit - 2e-6 for row in stored if row is not None) / _K


def _in_turn(
    queries: Any, spent: dict[str, list[float]], **searches: Callable[[Any], Any]
) -> dict[str, Callable[[], float]]:
    """Each search as an action that times itself for the next query; `spent` gets the time of processors, which a busy
    machine changes little."""

    def action(name: str, search: Callable[[Any], Any]) -> Callable[[], float]:
        asked = cycle(queries)

        def run() -> float:
            time.sleep(_REST_S)
            began = time.process_time()
            seconds = timed(lambda: search(next(asked)))()
            spent.setdefault(name, []).append(time.process_time() - began)
            return seconds

        return run

    return {name: action(name, search) for name, search in searches.items()}


def _write(folder: Path, metric: str, dim: int, count: int, kind: str) -> None:
    chance = np.random.default_rng(2)
    journal = VectorJournal(folder, metric=metric, dim=dim)
    centres = chance.standard_normal((max(1, count // 1_000), dim), np.float32)
    for start in range(0, count, 20_000):
        size = min(20_000, count - start)
        if metric == "hamming":
            rows = chance.integers(0, 2, (size, dim), np.uint8)
        else:
            rows = chance.standard_normal((size, dim), np.float32)
        if kind == "in clusters":
            rows = centres[chance.integers(0, len(centres), size)] + np.float32(0.3) * rows
        journal.append([chance.bytes(32) for _ in range(size)], rows)
