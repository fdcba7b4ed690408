"""The nearest of a whole gallery for thousands of queries, as evaluations find them."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.measure import Bench, Row, interleave, timed
from revsearch_tui.core.evaluation.nearest import full_orders, nearest

_K = 100
_BLOCK = 256
_CLASSES = 10


def run(bench: Bench) -> list[Row]:
    """The first 100 of each query and whole rankings, after checking that numpy gives the same distances."""
    count, asked, ranked = bench.size(45_000, 2_000), bench.size(10_000, 40), bench.size(1_000, 20)
    queries, gallery = _embeddings(asked, count, 512)
    order = np.random.default_rng(1).permutation(count)

    def ours() -> Any:
        return nearest(queries, gallery, _K, "cosine", exclude=None, order=order)[1]

    def bare() -> Any:
        return np.concatenate([_first(queries[part], gallery) for part in _parts(asked)])

    def ours_whole() -> None:
        for _ in full_orders(queries[:ranked], gallery, "cosine", exclude=None, order=order):
            pass

    def bare_whole() -> None:
        for part in _parts(ranked):
            np.argsort(queries[:ranked][part] @ gallery.T, axis=1)

    if not np.allclose(ours(), bare(), atol=1e-5):
        raise AssertionError("revsearch and numpy disagree on the nearest distances")
    actions = {"ours": ours, "bare": bare, "ours whole": ours_whole, "bare whole": bare_whole}
    found = interleave({name: timed(action) for name, action in actions.items()}, bench.size(3, 1))
    data = f"{count:,} x 512, cosine"
    return [
        Row(
            f"top {_K} of {data}, {asked:,} queries",
            found["ours"],
            "numpy: matmul, argpartition",
            found["bare"],
            most_ratio=2,
            note="revsearch's distances are exact to the last digit of float32, and ties have their order.",
        ),
        Row(
            f"whole rankings of {data}, {ranked:,} queries",
            found["ours whole"],
            "numpy: matmul, argsort",
            found["bare whole"],
            note="revsearch multiplies in float64 here.",
        ),
    ]


def _embeddings(asked: int, count: int, dim: int) -> tuple[Any, Any]:
    """Unit vectors about the centres of some classes: queries (asked, dim) and gallery (count, dim)."""
    chance = np.random.default_rng(0)
    rows = 2 * chance.standard_normal((asked + count, dim), np.float32) / np.sqrt(dim, dtype=np.float32)
    rows += _unit(chance.standard_normal((_CLASSES, dim), np.float32))[chance.integers(0, _CLASSES, asked + count)]
    return tuple(np.split(_unit(rows), [asked]))


def _unit(rows: Any) -> Any:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _parts(asked: int) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, asked, _BLOCK)]


def _first(queries: Any, gallery: Any) -> Any:
    """The distances (queries, 100) of the nearest, nearest first, as one would write it in numpy."""
    scores = queries @ gallery.T
    top = np.argpartition(scores, -_K, axis=1)[:, -_K:]
    return 1 - np.flip(np.sort(np.take_along_axis(scores, top, axis=1), axis=1), axis=1)
