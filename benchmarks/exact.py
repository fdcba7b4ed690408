"""Exact nearest neighbours among 100,000 embeddings on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

# Else the threads of faiss go on spinning after a search and slow down whatever is timed next.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import faiss
import numpy as np

from benchmarks.collection import written_journal
from benchmarks.measure import Bench, Row, interleave, timed

_K = 10
_QUERIES = 16


def run(bench: Bench) -> list[Row]:
    """Both kinds of search, after checking that all peers give the same neighbours."""
    count, rounds = bench.size(100_000, 3_000), bench.size(101, 3)
    return [*_cosine(bench.folder, count, 512, rounds), *_hamming(bench.folder, count, 64, rounds)]


def _cosine(folder: Path, count: int, dim: int, rounds: int) -> list[Row]:
    chance = np.random.default_rng(0)
    rows = chance.standard_normal((count, dim), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    queries = rows[:_QUERIES] + 0.5 * chance.standard_normal((_QUERIES, dim), np.float32) / np.sqrt(
        dim, dtype=np.float32
    )
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    index, ids = written_journal(folder / "cosine", "cosine", rows)
    flat = faiss.IndexFlatIP(dim)
    flat.add(rows)

    def ours(query: Any) -> list[bytes]:
        return [image_id for image_id, _ in index.nearest(query, _K)]

    def bare(query: Any) -> Any:
        scores = rows @ query
        top = np.argpartition(scores, -_K)[-_K:]
        return top[np.argsort(-scores[top])]

    def by_faiss(query: Any) -> Any:
        return flat.search(query[None], _K)[1][0]

    for query in queries:
        expected = ours(query)
        if not (expected == [ids[row] for row in bare(query)] == [ids[row] for row in by_faiss(query)]):
            raise AssertionError("revsearch, numpy and faiss disagree on the nearest neighbours")
    found = _time({"ours": ours, "numpy": bare, "faiss": by_faiss}, queries, rounds)
    name = f"top {_K} of {count:,} x {dim}, cosine"
    return [
        Row(name, found["ours"], "numpy: matmul, argpartition, in memory", found["numpy"], most_ratio=1.3),
        Row(name, found["ours"], "faiss IndexFlatIP, in memory", found["faiss"]),
    ]


def _hamming(folder: Path, count: int, bits: int, rounds: int) -> list[Row]:
    chance = np.random.default_rng(1)
    rows = chance.integers(0, 2, (count, bits), np.uint8)
    packed = np.packbits(rows, axis=1)
    queries = rows[:_QUERIES] ^ (chance.random((_QUERIES, bits)) < 0.1).astype(np.uint8)
    index, _ = written_journal(folder / "hamming", "hamming", rows)
    flat = faiss.IndexBinaryFlat(bits)
    flat.add(packed)

    def ours(query: Any) -> list[float]:
        return [distance for _, distance in index.nearest(query, _K)]

    def by_faiss(query: Any) -> Any:
        return flat.search(np.packbits(query)[None], _K)[0][0]

    for query in queries:
        # Many rows share a distance, and each has its own way with ties.
        if ours(query) != by_faiss(query).tolist():
            raise AssertionError("revsearch and faiss disagree on the nearest distances")
    found = _time({"ours": ours, "faiss": by_faiss}, queries, rounds)
    return [
        Row(f"top {_K} of {count:,} x {bits} bits", found["ours"], "faiss IndexBinaryFlat, in memory", found["faiss"])
    ]


def _time(searches: dict[str, Callable[[Any], Any]], queries: Any, rounds: int) -> dict[str, float]:
    def action(search: Callable[[Any], Any]) -> Callable[[], float]:
        asked = cycle(queries)
        return timed(lambda: search(next(asked)))

    return interleave({name: action(search) for name, search in searches.items()}, rounds)
