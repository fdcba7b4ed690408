"""Nearest rows and whole rankings against brute force written down plainly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.evaluation.nearest import full_orders, nearest

METRICS = ["hamming", "cosine", "l2"]
SHAPES = [(300, 70, 5), (300, 64, 400), (2000, 8, 10), (5, 3, 2), (1, 1, 1), (50, 16, 0), (900, 512, 30)]


def sample(metric: str, count: int, dim: int, seed: int = 0) -> Any:
    chance = np.random.default_rng(seed)
    if metric == "hamming":
        return chance.integers(0, 2, (count, dim), np.uint8)
    rows = chance.standard_normal((count, dim), np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) if metric == "cosine" else rows


def twins(metric: str, count: int, dim: int) -> Any:
    """Rows of which every second half is the first again: each has a tie."""
    rows = sample(metric, count, dim)
    rows[count // 2 :] = rows[: count - count // 2]
    return rows


def brute(metric: str, queries: Any, gallery: Any, order: Any, exclude: Any) -> list[tuple[Any, Any]]:
    """For each query its whole gallery, nearest first: positions and distances."""
    queries, gallery = queries.astype(np.float64), gallery.astype(np.float64)
    found = []
    for number, query in enumerate(queries):
        if metric == "cosine":
            exact = np.maximum(1 - (gallery * query).sum(axis=1), 0).astype(np.float32)
        else:
            exact = ((gallery - query) ** 2).sum(axis=1).astype(np.float32)
        kept = [n for n in range(len(gallery)) if not exclude or n not in exclude[number]]
        ranked = sorted(kept, key=lambda n: (exact[n], order[n]))
        found.append((np.array(ranked, np.int64), exact[ranked]))
    return found


def assert_found(found: Any, expected: list[tuple[Any, Any]], k: int) -> None:
    for positions, distances, (ranked, exact) in zip(*found, expected, strict=True):
        held = min(k, len(ranked))
        assert positions.tolist() == ranked[:k].tolist() + [-1] * (k - held)
        assert np.allclose(distances[:held], exact[:k], rtol=2e-7, atol=1e-12)  # a last digit of float32
        assert np.isinf(distances[held:]).all()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_nearest_are_those_of_brute_force_ties_and_exclusions_included(
    metric: str, shape: tuple[int, int, int]
) -> None:
    count, dim, k = shape
    chance = np.random.default_rng(1)
    gallery, queries, order = twins(metric, count, dim), sample(metric, 12, dim, 1), chance.permutation(count)
    queries[0], queries[1] = 0, gallery[0]
    exclude = [chance.integers(0, count, 4).tolist() if n % 3 else [] for n in range(12)]
    expected = brute(metric, queries, gallery, order, exclude)
    assert_found(nearest(queries, gallery, k, metric, exclude=exclude, order=order, block=5), expected, k)
    for ranked, (positions, _) in zip(
        full_orders(queries, gallery, metric, exclude=exclude, order=order, block=5), expected, strict=True
    ):
        assert ranked.tolist() == positions.tolist()


@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_rows_that_differ_by_less_than_a_matrix_product_can_tell_are_told_apart(metric: str) -> None:
    chance = np.random.default_rng(3)
    centre = sample(metric, 1, 256)
    gallery = (centre + 2e-5 * chance.standard_normal((600, 256))).astype(np.float32)
    if metric == "cosine":
        gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    else:
        gallery += 100  # squared lengths of millions, squared distances far below 1
    queries, order = gallery[:8], np.arange(600)
    found = nearest(queries, gallery, 10, metric, exclude=None, order=order)
    assert_found(found, brute(metric, queries, gallery, order, None), 10)
    assert found[1].max() < 1e-2


def test_cosines_above_one_are_as_near_as_can_be() -> None:
    gallery = (1 + np.arange(50, dtype=np.float32)[::-1, None] / 1000) * sample("cosine", 1, 16)
    positions, distances = nearest(gallery[:1], gallery, 7, "cosine", exclude=None, order=np.arange(50))
    assert positions[0].tolist() == list(range(7))
    assert distances[0].tolist() == [0] * 7


@pytest.mark.parametrize("metric", METRICS)
def test_neither_the_block_nor_the_order_of_the_rows_changes_anything(metric: str) -> None:
    chance = np.random.default_rng(4)
    gallery, queries, order = twins(metric, 700, 90), sample(metric, 30, 90, 1), chance.permutation(700)
    positions, distances = nearest(queries, gallery, 12, metric, exclude=None, order=order)
    for block in (1, 7, 30, 500):
        again = nearest(queries, gallery, 12, metric, exclude=None, order=order, block=block)
        assert np.array_equal(again[0], positions) and np.array_equal(again[1], distances)
    moved = chance.permutation(700)
    again = nearest(queries, gallery[moved], 12, metric, exclude=None, order=order[moved])
    assert np.array_equal(moved[again[0]], positions) and np.array_equal(again[1], distances)


@pytest.mark.parametrize("metric", METRICS)
def test_where_all_tie_the_order_decides(metric: str) -> None:
    gallery = np.repeat(sample(metric, 1, 64), 203, axis=0)
    order = np.random.default_rng(5).permutation(203)
    ranked = np.argsort(order)
    positions, distances = nearest(gallery[:3], gallery, 20, metric, exclude=[[], [ranked[0]], []], order=order)
    assert positions[0].tolist() == ranked[:20].tolist()
    assert positions[1].tolist() == ranked[1:21].tolist()
    assert distances.max() < 1e-6
    whole = list(full_orders(gallery[:3], gallery, metric, exclude=None, order=order))
    assert all(found.tolist() == ranked.tolist() for found in whole)


@pytest.mark.parametrize("metric", METRICS)
def test_a_gallery_that_is_empty_or_wholly_excluded_returns_nothing(metric: str) -> None:
    rows = sample(metric, 4, 8)
    for gallery, exclude in ((rows[:0], None), (rows, [range(4), range(4)])):
        order = np.arange(len(gallery))
        positions, distances = nearest(rows[:2], gallery, 3, metric, exclude=exclude, order=order)
        assert positions.tolist() == [[-1] * 3] * 2 and np.isinf(distances).all()
        assert [len(found) for found in full_orders(rows[:2], gallery, metric, exclude=exclude, order=order)] == [0, 0]
    assert nearest(rows[:0], rows, 3, metric, exclude=None, order=np.arange(4))[0].shape == (0, 3)


def test_what_is_given_is_not_changed() -> None:
    queries, gallery = sample("cosine", 5, 16, 1), sample("cosine", 40, 16)
    before = queries.copy(), gallery.copy()
    nearest(queries, gallery, 3, "cosine", exclude=[[n] for n in range(5)], order=np.arange(40))
    list(full_orders(queries, gallery, "cosine", exclude=[[n] for n in range(5)], order=np.arange(40)))
    assert np.array_equal(queries, before[0]) and np.array_equal(gallery, before[1])


def test_rows_without_a_bit_are_in_no_gallery_where_they_mean_plain_pictures() -> None:
    rows = sample("hamming", 30, 70)
    rows[[2, 7, 29]] = 0
    asked: dict[str, Any] = {"order": np.arange(30)}
    exclude = [[2, 5, 7, 29]] * 30
    for count in (30, 1):  # plain queries too, and one that is not
        queries = rows[:count]
        asked["exclude"] = [[5]] * count
        plain = {number for number, query in enumerate(queries) if not query.any()}
        expected = brute("hamming", queries, rows, np.arange(30), exclude)
        expected = [(row[:0], exact[:0]) if n in plain else (row, exact) for n, (row, exact) in enumerate(expected)]
        assert_found(nearest(queries, rows, 9, "hamming", plain_rows=True, **asked), expected, 9)
        orders = full_orders(queries, rows, "hamming", plain_rows=True, **asked)
        assert [order.tolist() for order in orders] == [row.tolist() for row, _ in expected]
