"""How near pictures must be by a method to be copies, or to be looked at closer."""

from __future__ import annotations

from typing import NamedTuple

from revsearch_tui.api import MethodInfo

_SURE_BITS, _REACH_BITS = 31 / 256, 72 / 256
"""Of the bits of a hash. 31 of 256 is what the authors of PDQ take. Of 5.7 million pairs that are no copies, among
Corel-1k, 50 other photos and 2,350 changed copies of these, the nearest differs in 44 bits by phash, in 46 by PDQ."""
_LOST_BITS, _BITS_A_BIT = 38, 7
"""A short hash can say less: of 64 bits the nearest two of the same differ in 4."""
_REACH_AGGREGATE = 0.65
"""1 - cosine. Of those pairs one in 6,000 is as near by the aggregates of sift, of copies and their originals nearly
all."""
_REACH_COSINE = 0.3
"""By efficientnet the nearest two photos of those pairs are at 0.03, but pages of text at 0.006 and night at 0.001, so
no distance is that of copies alone. Of 6 photos and 64 changed copies of each 85.6 % of the pairs are found where
those within 0.1 are verified, and 87.0 % with 0.3."""
NEVER = -1.0


class Nearness(NamedTuple):
    """Distances (bits, or 1 - cosine): up to `sure` it is a copy, up to `reach` it may be one that is to be
    verified."""

    sure: float
    reach: float


def nearness(info: MethodInfo, dim: int, radius: float | None = None) -> Nearness | None:
    """What holds for a method with embeddings of so many numbers; `radius` replaces the sure distance. None for a
    method that tells kinds of things and not pictures."""
    if info.shape == "classifier" or info.metric == "l2":
        return None
    if info.shape == "local":
        return Nearness(NEVER, _REACH_AGGREGATE)
    if info.metric == "hamming":
        usual = float(max(0, int(min(dim * _SURE_BITS, (dim - _LOST_BITS) / _BITS_A_BIT))))
        sure = usual if radius is None else radius
        return Nearness(sure, max(sure, float(int(dim * _REACH_BITS))))
    sure = NEVER if radius is None else radius
    return Nearness(sure, max(sure, _REACH_COSINE))
