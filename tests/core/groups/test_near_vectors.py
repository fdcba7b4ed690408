"""Pairs of near unit vectors are exactly those that one product of all with all gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.groups import near_vectors as module
from revsearch_tui.core.groups.near_hashes import Near
from revsearch_tui.core.groups.near_vectors import near_vectors


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks for a few hundred rows."""
    monkeypatch.setattr(module, "_ROWS", 70)


def _unit(count: int, seed: int = 0) -> Any:
    chance = np.random.default_rng(seed)
    rows = chance.standard_normal((count, 12)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _pairs(found: Near) -> set[tuple[int, int]]:
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    return set(pairs)


def test_all_pairs_of_high_cosine_are_found_once() -> None:
    rows = _unit(300)
    products = rows @ rows.T
    found = near_vectors(rows, 0.6)
    assert _pairs(found) == set(zip(*map(np.ndarray.tolist, np.nonzero(np.triu(products >= 0.6, 1))), strict=True))
    assert np.allclose(found.distance, 1 - products[found.first, found.second], atol=1e-6)


def test_so_are_those_of_two_lists() -> None:
    rows, others = _unit(200), _unit(150, seed=1)
    found = near_vectors(rows, 0.6, others=others)
    assert _pairs(found) == set(zip(*map(np.ndarray.tolist, np.nonzero(rows @ others.T >= 0.6)), strict=True))


def test_of_the_nearest_few_only_those_that_are_near_enough() -> None:
    rows = _unit(300)
    products = rows @ rows.T
    np.fill_diagonal(products, -1)
    expected = set()
    for number, row in enumerate(products):
        for other in np.argsort(-row)[:3].tolist():
            if row[other] >= 0.7:
                expected.add((min(number, other), max(number, other)))
    assert _pairs(near_vectors(rows, 0.7, nearest=3)) == expected


def test_where_there_are_too_many_the_nearest_are_kept() -> None:
    rows = _unit(300)
    found = near_vectors(rows, 0.0, most=4_000)
    products = np.triu(rows @ rows.T, 1)
    assert 0 < len(found.first) <= 4_000
    assert found.within < 1
    assert len(_pairs(found)) == int((products > 1 - found.within + 1e-6).sum())


def test_a_row_of_zeros_is_near_nothing() -> None:
    rows = np.concatenate([_unit(3), np.zeros((2, 12), np.float32)])
    assert not {3, 4} & set(near_vectors(rows, 0.1).first.tolist())
