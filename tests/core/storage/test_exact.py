"""Exact search against brute force written down plainly."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.storage.exact import ExactIndex
from revsearch_tui.core.storage.journal.vectors import VectorJournal


def image_id(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def made(folder: Path, metric: str, rows: Any, parts: int = 3) -> ExactIndex:
    """An index over rows that were committed in several parts."""
    journal = VectorJournal(folder, metric=metric, dim=rows.shape[1])
    numbers = np.array_split(np.arange(len(rows)), parts)
    for part in numbers:
        if len(part):
            journal.append([image_id(int(n)) for n in part], rows[part])
    return ExactIndex(VectorJournal(folder))


def brute(metric: str, rows: Any, query: Any) -> Any:
    rows, query = rows.astype(np.float64), query.astype(np.float64)
    if metric == "cosine":
        lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(query)
        return 1 - np.divide(rows @ query, lengths, out=np.zeros(len(rows)), where=lengths > 0)
    return ((rows - query) ** 2).sum(axis=1)


def sample(metric: str, count: int, dim: int) -> Any:
    chance = np.random.default_rng(dim)
    if metric == "hamming":
        return chance.integers(0, 2, (count, dim), dtype=np.uint8)
    return chance.normal(size=(count, dim)).astype(np.float32)


@pytest.mark.parametrize("metric", ["hamming", "cosine", "l2"])
@pytest.mark.parametrize("dim", [3, 64, 100, 1024])
def test_the_nearest_are_those_of_brute_force(metric: str, dim: int, tmp_path: Path) -> None:
    rows = sample(metric, 500, dim)
    index = made(tmp_path / "j", metric, rows)
    for query in sample(metric, 505, dim)[-5:]:
        expected = brute(metric, rows, query)
        order = sorted(range(500), key=lambda n: (round(expected[n], 3), image_id(n)))
        found = index.nearest(query, 20)
        assert [distance for _, distance in found] == pytest.approx(sorted(expected)[:20], abs=2e-3)
        if metric == "hamming":
            assert [name for name, _ in found] == [image_id(n) for n in order[:20]]


def test_ties_are_broken_by_image_id_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = np.zeros((50, 64), np.uint8)
    index = made(tmp_path / "j", "hamming", rows)
    found = index.nearest(rows[0], 7)
    assert [name for name, _ in found] == sorted(image_id(n) for n in range(50))[:7]


def test_a_mask_keeps_the_rows_it_allows(tmp_path: Path) -> None:
    rows = sample("cosine", 30, 8)
    index = made(tmp_path / "j", "cosine", rows)
    allowed = {image_id(n) for n in (3, 17, 25)}
    found = index.nearest(rows[0], 10, index.mask(allowed | {image_id(999)}))
    assert {name for name, _ in found} == allowed


def test_more_than_there_is_gives_all_and_nothing_gives_nothing(tmp_path: Path) -> None:
    rows = sample("l2", 5, 4)
    index = made(tmp_path / "j", "l2", rows)
    assert len(index.nearest(rows[0], 100)) == 5
    assert index.nearest(rows[0], 0) == []
    empty = ExactIndex(VectorJournal(tmp_path / "empty", metric="l2", dim=4))
    assert empty.rows == 0 and empty.nearest(rows[0], 5) == []


@pytest.mark.parametrize("metric", ["hamming", "cosine", "l2"])
def test_a_stored_embedding_comes_back_by_its_image(metric: str, tmp_path: Path) -> None:
    rows = sample(metric, 40, 100)
    index = made(tmp_path / "j", metric, rows)
    for number in (0, 13, 14, 39):
        assert index.row_of(image_id(number)) == number
        assert index.id_of(number) == image_id(number)
        stored = index.embedding(image_id(number))
        expected = rows[number] / np.linalg.norm(rows[number]) if metric == "cosine" else rows[number]
        assert np.allclose(stored, expected, atol=1e-6)
    assert index.row_of(image_id(999)) is None and index.embedding(image_id(999)) is None


def test_rows_are_found_alike_by_a_few_and_by_many_lookups(tmp_path: Path) -> None:
    index = made(tmp_path / "j", "l2", sample("l2", 60, 4), parts=5)
    assert [index.row_of(image_id(number)) for number in range(60)] == list(range(60))
    assert [index.row_of(image_id(number)) for number in range(60, 80)] == [None] * 20
    with pytest.raises(IndexError):
        index.id_of(60)


def test_a_zero_vector_is_far_from_everything_by_cosine(tmp_path: Path) -> None:
    rows = np.concatenate([np.zeros((1, 4), np.float32), sample("cosine", 3, 4)])
    index = made(tmp_path / "j", "cosine", rows)
    distances = dict(index.nearest(rows[1], 4))
    assert distances[image_id(0)] == 1.0


def test_rows_without_a_bit_are_near_nothing_where_they_mean_plain_pictures(tmp_path: Path) -> None:
    rows = sample("hamming", 40, 70)
    rows[[3, 8, 39]] = 0
    made(tmp_path / "j", "hamming", rows)
    index = ExactIndex(VectorJournal(tmp_path / "j"), plain_rows=True)
    found = {name for name, _ in index.nearest(rows[0], 40)}
    assert found == {image_id(n) for n in range(40) if n not in (3, 8, 39)}
    assert index.nearest(rows[3], 40) == []
    assert np.flatnonzero(index.plain).tolist() == [3, 8, 39]
    assert np.isinf(index.distances_of_many(rows[[0, 3]])).sum(axis=1).tolist() == [3, 40]
    other = ExactIndex(VectorJournal(tmp_path / "j"))
    assert len(other.nearest(rows[3], 40)) == 40 and not other.plain.any()
