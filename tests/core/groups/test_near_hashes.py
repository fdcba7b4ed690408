"""Pairs of near hashes are exactly those that comparing each with each finds, at whatever size and radius."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from revsearch_tui.core.groups.near_hashes import Near, near_hashes


def _random(count: int, bits: int, seed: int = 0) -> Any:
    """(count, words) hashes of so many bits, packed as journals have them, every tenth near an earlier one."""
    chance = np.random.default_rng(seed)
    rows = chance.integers(0, 2, (count, bits), dtype=np.uint8)
    for row in range(10, count, 10):
        rows[row] = rows[row - 7]
        rows[row, chance.choice(bits, int(chance.integers(0, bits // 6)), replace=False)] ^= 1
    packed = np.zeros((count, -(-bits // 64) * 8), np.uint8)
    short = np.packbits(rows, axis=1)
    packed[:, : short.shape[1]] = short
    return packed.view(np.uint64)


def _pairs(found: Near) -> dict[tuple[int, int], int]:
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs), "a pair is there twice"
    return dict(zip(pairs, found.distance.astype(int).tolist(), strict=True))


def _each_with_each(rows: Any, others: Any, radius: int) -> dict[tuple[int, int], int]:
    expected = {}
    for number, row in enumerate(rows):
        distances = np.bitwise_count(others ^ row).sum(axis=1)
        for other in np.flatnonzero(distances <= radius).tolist():
            if rows is not others or number < other:
                expected[number, other] = int(distances[other])
    return expected


def test_ten_thousand_hashes_of_256_bits_have_the_pairs_that_comparing_each_with_each_finds() -> None:
    rows = _random(10_000, 256)
    found = _pairs(near_hashes(rows, 256, 31))
    assert found == _each_with_each(rows, rows, 31)
    assert len(found) > 500


@pytest.mark.parametrize(
    ("bits", "radius"), [(64, 0), (64, 3), (64, 7), (64, 12), (81, 6), (144, 20), (256, 0), (256, 72), (1024, 100)]
)
def test_so_have_hashes_of_every_length_at_every_radius(bits: int, radius: int) -> None:
    rows = _random(1_500, bits, seed=radius)
    assert _pairs(near_hashes(rows, bits, radius)) == _each_with_each(rows, rows, radius)


@pytest.mark.parametrize(("bits", "radius"), [(64, 7), (256, 31), (256, 72)])
def test_so_have_the_hashes_of_two_lists(bits: int, radius: int) -> None:
    rows = _random(3_000, bits)
    new, library = rows[1_000:2_000], np.concatenate([rows[:1_000], rows[2_000:], rows[1_000:1_005]])
    assert _pairs(near_hashes(new, bits, radius, others=library)) == _each_with_each(new, library, radius)


def test_hashes_that_are_all_in_one_corner_are_compared_all_the_same() -> None:
    chance = np.random.default_rng(3)
    rows = np.zeros((2_000, 4), np.uint64)
    rows[:, 0] = chance.integers(0, 2**14, 2_000, dtype=np.uint64)
    assert _pairs(near_hashes(rows, 256, 2)) == _each_with_each(rows, rows, 2)


def test_equal_hashes_are_pairs_with_each_other_and_with_what_is_near() -> None:
    near = np.array([[1], [1], [3], [1], [2**40 - 1]], np.uint64)
    found = _pairs(near_hashes(near, 64, 1))
    assert found == {(0, 1): 0, (0, 3): 0, (1, 3): 0, (0, 2): 1, (1, 2): 1, (2, 3): 1}


def test_where_there_are_too_many_pairs_the_nearest_are_kept_and_how_near_is_told() -> None:
    chance = np.random.default_rng(1)
    rows = np.zeros((400, 4), np.uint64)
    rows[:, 0] = chance.integers(0, 2**12, 400, dtype=np.uint64)
    everything = _each_with_each(rows, rows, 12)
    found = near_hashes(rows, 256, 12, most=20_000)
    assert found.within < 12
    assert _pairs(found) == {pair: bits for pair, bits in everything.items() if bits <= found.within}
    assert 0 < len(found.first) <= 20_000 < len(everything)


def test_of_very_many_equal_hashes_each_is_a_pair_with_the_first() -> None:
    found = near_hashes(np.ones((1_000, 4), np.uint64), 256, 31, most=5_000)
    assert _pairs(found) == {(0, other): 0 for other in range(1, 1_000)}


def test_nothing_and_one_hash_have_no_pairs() -> None:
    for rows, others in itertools.product((np.zeros((0, 4), np.uint64), np.ones((1, 4), np.uint64)), repeat=2):
        assert len(near_hashes(rows, 256, 31).first) == 0
        assert len(near_hashes(rows, 256, 31, others=others).first) == len(rows) * len(others)
