"""How near pictures must be by a method to be copies, or to be looked at closer."""

from __future__ import annotations

from typing import NamedTuple

from revsearch_tui.api import MethodInfo

_SURE_BITS, _REACH_BITS = 31 / 256, 72 / 256
"""Of the bits of a hash. 31 of 256 is what the authors of PDQ take. Of the 499,500 pairs of Corel-1k's photos, and of
each with 2,350 changed copies of 50 others, the nearest two that are no copies differ in 44 bits of 256 by phash."""
_REACH_AGGREGATE = 0.65
"""1 - cosine. Of 2,350 changed copies 97 % are as near to their originals, of different pictures one pair in 6,000."""
_SURE_COSINE = 0.02


class Nearness(NamedTuple):
    """Distances (bits, or 1 - cosine): up to `sure` it is a copy, up to `reach` it may be one that is to be verified."""

    sure: float
    reach: float


def nearness(info: MethodInfo, dim: int, radius: float | None = None) -> Nearness | None:
    """What holds for a method with embeddings of so many numbers; `radius` replaces the sure distance. None for a
    method that tells kinds of things and not pictures."""
    if info.shape == "classifier" or info.metric == "l2":
        return None
    if info.shape == "local":
        return Nearness(-1.0, _REACH_AGGREGATE)
    if info.metric == "hamming":
        sure = float(int(dim * _SURE_BITS)) if radius is None else radius
        return Nearness(sure, max(sure, float(int(dim * _REACH_BITS))))
    sure = _SURE_COSINE if radius is None else radius
    return Nearness(sure, sure)
