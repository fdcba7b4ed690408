"""All pairs of hashes that are near each other, as duplicates are looked for, against faiss's multi-index hashing."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.measure import Bench, Row, child

RADIUS = 31
_BITS = 256
_MOST_MB = 1000
_ASKED = 10_000
"""Hashes that faiss looks for, for it takes too long for all."""


def run(bench: Bench) -> list[Row]:
    """100,000 hashes and 1,000,000, of which 15 % are in planted groups of three."""
    rows = []
    for count, most in ((bench.size(100_000, 2_000), 10), (bench.size(1_000_000, 4_000), 120)):
        ours = child("near_hashes", str(count), home=bench.folder)
        if ours["missing"] or ours["invented"]:
            raise AssertionError(f"{ours['missing']} pairs are missing, {ours['invented']} are invented")
        if ours["mb"] > _MOST_MB:
            raise AssertionError(f"it took {ours['mb']:.0f} MB of memory")
        theirs = child("faiss_hashes", str(count), str(min(count, _ASKED)), home=bench.folder)
        rows.append(
            Row(
                f"near pairs of {count:,} hashes of {_BITS} bits, within {RADIUS}",
                ours["seconds"],
                f"faiss: IndexBinaryMultiHash, as {_ASKED:,} take",
                theirs["seconds"],
                most_seconds=most,
                note=f"All {ours['pairs']:,} planted pairs are found and none is invented; {ours['mb']:.0f} MB and "
                f"{ours['user']:.1f} s of one processor and {ours['system']:.1f} s of the system.",
            )
        )
    return rows


def hashes(count: int) -> tuple[Any, set[tuple[int, int]]]:
    """(count, 4) random hashes as 64-bit words, and the pairs of those that were planted within `RADIUS`."""
    chance = np.random.default_rng(0)
    rows = np.frombuffer(chance.bytes(count * _BITS // 8), np.uint64).reshape(count, -1).copy()
    places = chance.permutation(count)[: count // 20 * 3].reshape(-1, 3)
    planted = set()
    for group in places.tolist():
        one, other, third = sorted(group)
        planted |= {(one, other), (one, third), (other, third)}
        for place in (other, third):
            flipped = np.zeros(_BITS, np.uint8)
            flipped[chance.choice(_BITS, int(chance.integers(0, RADIUS // 2 + 1)), replace=False)] = 1
            rows[place] = rows[one] ^ np.packbits(flipped).view(np.uint64)
    return rows, planted
