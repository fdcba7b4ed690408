"""ChromaDB's index against exact search: 100,000 embeddings of two kinds, and where exact search gets slow."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np

from benchmarks.collection import written_journal
from benchmarks.measure import Bench, Row, interleave, timed
from revsearch_tui.core.storage.exact import ExactIndex, exact_seconds
from revsearch_tui.core.storage.journal.vectors import VectorJournal
from revsearch_tui.core.storage.store.chroma import BATCH_ROWS, ChromaIndex

_K = 10
_OVER_FETCH = 4
_QUERIES = 32
_KINDS = (("hamming", 64), ("cosine", 384))


def run(bench: Bench) -> list[Row]:
    """A query by each, and exact search alone in large galleries against what it is expected to take."""
    found = []
    for metric, dim in _KINDS:
        found.append(_compared(bench, metric, dim))
        found.append(_large(bench, metric, dim))
    return found


def _compared(bench: Bench, metric: str, dim: int) -> Row:
    count = bench.size(100_000, 3_000)
    rows, queries = _embeddings(metric, dim, count)
    exact, ids = written_journal(bench.folder / f"{metric}-journal", metric, rows)
    chroma = ChromaIndex(bench.folder / f"{metric}-chroma", "bench", metric)
    for start in range(0, count, BATCH_ROWS):
        part = slice(start, start + BATCH_ROWS)
        chroma.upsert(ids[part], rows[part].astype(np.float32), [{"path": ""}] * len(ids[part]))
    chroma.flush()
    forms = exact.journal.unpack(exact.journal.pack(queries))

    def approximate(number: int) -> list[bytes]:
        """What a search does: the index proposes, the stored embeddings decide."""
        proposed = chroma.query(forms[number], _K * _OVER_FETCH)
        distances = [np.square(forms[number] - exact.embedding(image_id)).sum() for image_id in proposed]
        return [proposed[place] for place in np.argsort(distances, kind="stable")[:_K]]

    def by_exact(number: int) -> list[bytes]:
        return [image_id for image_id, _ in exact.nearest(queries[number], _K)]

    def share_found(number: int, found: list[bytes]) -> float:
        """The share of the k that is found: those no further than the k-th nearest, so that ties are no misses."""
        limit = exact.nearest(queries[number], _K)[-1][1] + 1e-5
        everything = exact.distances(queries[number])
        places = [exact.row_of(image_id) for image_id in found]
        return sum(everything[place] <= limit for place in places if place is not None) / _K

    recall = float(np.mean([share_found(number, approximate(number)) for number in range(len(queries))]))
    asked = {name: cycle(range(len(queries))) for name in ("exact", "chroma")}
    actions = {
        "exact": timed(lambda: by_exact(next(asked["exact"]))),
        "chroma": timed(lambda: approximate(next(asked["chroma"]))),
    }
    times = interleave(actions, bench.size(201, 5))
    chroma.close()
    return Row(
        f"exact, {_name(metric, dim, count)}",
        times["exact"],
        "ChromaDB's index",
        times["chroma"],
        note=f"ChromaDB's index finds {recall:.3f} of the {_K} nearest.",
    )


def _large(bench: Bench, metric: str, dim: int) -> Row:
    count = bench.size({"hamming": 5_000_000, "cosine": 1_000_000}[metric], 3_000)
    journal = VectorJournal(bench.folder / f"{metric}-large", metric=metric, dim=dim)
    chance = np.random.default_rng(2)
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        ids = [chance.bytes(32) for _ in range(size)]
        journal.append(ids, _rows(chance, metric, dim, size))
    exact = ExactIndex(VectorJournal(journal.folder), unchecked=True)
    query = _rows(chance, metric, dim, 1)[0]
    times = interleave({"exact": timed(lambda: exact.nearest(query, _K))}, bench.size(15, 2))
    return Row(f"exact, {_name(metric, dim, count)}", times["exact"], "as estimated", exact_seconds(metric, dim, count))


def _name(metric: str, dim: int, count: int) -> str:
    return f"top {_K} of {count:,} x {dim} " + ("bits" if metric == "hamming" else "float32")


def _rows(chance: Any, metric: str, dim: int, count: int) -> Any:
    if metric == "hamming":
        return chance.integers(0, 2, (count, dim), np.uint8)
    return chance.standard_normal((count, dim), np.float32)


def _embeddings(metric: str, dim: int, count: int) -> tuple[Any, Any]:
    """Gallery and queries: cosine in clusters of about 100, as pictures of like things are; bits by chance."""
    chance = np.random.default_rng(0)
    rows = _rows(chance, metric, dim, count)
    if metric == "hamming":
        changed = (chance.random((_QUERIES, dim)) < 0.1).astype(np.uint8)
        return rows, rows[:_QUERIES] ^ changed
    centres = _rows(chance, metric, dim, max(1, count // 100))
    rows = centres[chance.integers(0, len(centres), count)] + 0.7 * rows
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, rows[:_QUERIES] + 0.3 * _rows(chance, metric, dim, _QUERIES) / np.sqrt(dim, dtype=np.float32)
