"""Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from revsearch_tui.core.search.results import Hit, MethodRank

RRF_K = 60


def reciprocal_rank(rank: Any) -> Any:
    """What one ranking adds to the sum of a picture at this rank, 1 being the best; for arrays of ranks too."""
    return 1 / (RRF_K + rank)


def best_sum(rankings: int) -> float:
    """The sum of what every ranking puts first."""
    return rankings / (RRF_K + 1)


def fuse(rankings: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """One ranking from several, best first, at most k hits.

    A hit's raw value is the sum over methods of 1 / (60 + rank); its score is that over the largest possible sum, so
    that what every method puts first has score 1.
    """
    sums: dict[str, float] = {}
    places: dict[str, list[Hit]] = {}
    for ranking in rankings:
        for hit in ranking:
            sums[hit.image_id] = sums.get(hit.image_id, 0.0) + reciprocal_rank(hit.rank)
            places.setdefault(hit.image_id, []).append(hit)
    best_possible = best_sum(len(rankings))
    order = sorted(sums, key=lambda image_id: (-sums[image_id], image_id))[:k]
    fused = []
    for rank, image_id in enumerate(order, start=1):
        hits = places[image_id]
        labelled = next((hit for hit in hits if hit.label), hits[0])
        verdicts = [hit.verified for hit in hits if hit.verified is not None]
        fused.append(
            replace(
                hits[0],
                rank=rank,
                method="fused",
                score=min(1.0, sums[image_id] / best_possible),
                raw=sums[image_id],
                unit="reciprocal rank",
                verified=any(verdicts) if verdicts else None,
                exact=all(hit.exact for hit in hits),
                label=labelled.label,
                confidence=labelled.confidence,
                fused=tuple(MethodRank(hit.method, hit.rank, hit.score) for hit in hits),
            )
        )
    return fused
