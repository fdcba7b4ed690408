"""How far two rankings of the same question agree.

Rank-biased overlap: Webber, Moffat and Zobel, A similarity measure for indefinite rankings, ACM Transactions on
Information Systems 28 (4), 2010.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

PERSISTENCE = 0.9
"""The chance that a reader who looked at a rank looks at the next one: the first ten have 86 % of the weight."""


def rank_biased_overlap(
    first: Sequence[Hashable], second: Sequence[Hashable], persistence: float = PERSISTENCE
) -> float:
    """0 (nothing in common) to 1 (the same, as far as both go): the extrapolated form for rankings that may be of
    different lengths, equation 32, which takes what follows for like what is seen. None holds anything twice."""
    short, long = sorted((first, second), key=len)
    if not short:
        return float(not long)
    p, s, length = persistence, len(short), len(long)
    seen_short: set[Hashable] = set()
    seen_long: set[Hashable] = set()
    overlap = overlap_at_s = 0
    total = 0.0
    for depth in range(1, length + 1):
        added = long[depth - 1]
        overlap += added in seen_short
        seen_long.add(added)
        if depth <= s:
            overlap += short[depth - 1] in seen_long
            seen_short.add(short[depth - 1])
            overlap_at_s = overlap
        agreement = overlap / depth
        if depth > s:
            agreement += overlap_at_s * (depth - s) / (s * depth)
        total += agreement * p**depth
    rest = (overlap - overlap_at_s) / length + overlap_at_s / s
    return (1 - p) / p * total + rest * p**length


def in_common(first: Sequence[Hashable], second: Sequence[Hashable], depth: int) -> int:
    """How many of the first `depth` of both are the same, whatever their order."""
    return len(set(first[:depth]) & set(second[:depth]))
