"""One ranking from several: which methods with which weights, reciprocal rank fusion, and verified hits before all
others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.search.results import Hit, MethodRank

RRF_K = 60

ALL = "all"
"""Stands for every method measured."""
BY_RULE = "@"
"""Stands between methods to fuse and the name of a plugin's rule."""
DEFAULT = "default"
"""The name of what a search does that names neither methods nor a rule: see `weighing`."""


def reciprocal_rank(rank: Any) -> Any:
    """What one ranking adds to the sum of a picture at this rank, 1 being the best; for arrays of ranks too."""
    return 1 / (RRF_K + rank)


def best_sum(rankings: float) -> float:
    """The sum of what every ranking puts first; `rankings` is their number, or the sum of their weights."""
    return rankings / (RRF_K + 1)


def verified_first_score(sure: Any, rest: Any, local: float, others: float) -> Any:
    """0..1, for arrays too: above 0.5 by the sum `sure` of the `local` methods that verified a picture, where there is
    one, else up to 0.5 by the sum `rest` of the `others`, which do not verify. Both are told by number, or by the sum
    of their weights."""
    by_verified, by_rest = sure / best_sum(local or 1), rest / best_sum(others or 1)
    return (sure > 0) * (0.5 + 0.5 * by_verified) + (sure == 0) * 0.5 * by_rest


def _sum(hits: Sequence[Hit], weights: Mapping[str, float]) -> float:
    return float(sum(weights.get(hit.method, 1) * reciprocal_rank(hit.rank) for hit in hits))


def fuse(
    rankings: Sequence[Sequence[Hit]],
    k: int,
    rule: Literal["ranks", "verified"] = "ranks",
    weights: Mapping[str, float] | None = None,
) -> list[Hit]:
    """One ranking from several, best first, at most k hits.

    By `ranks` (reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009) a hit's raw value is the sum over
    methods of 1 / (60 + rank); its score is that over the largest possible sum, so that what every method puts first
    has score 1. `weights` by method, 1 where there is none, multiply what a method adds.

    By `verified` hits that a local method verified come first, ordered by the sums of their ranks with the methods
    that verified them, and score above 0.5. The rest is ordered by the sums of the methods that do not verify: the
    order of what a local method could not verify says little. Ties go by all ranks.
    """
    weights = weights or {}
    weight = [weights.get(ranking[0].method, 1.0) if ranking else 1.0 for ranking in rankings]
    places = by_picture(rankings)
    sums = {image_id: _sum(hits, weights) for image_id, hits in places.items()}
    best_possible = best_sum(sum(weight))
    keys: dict[str, tuple[float, ...]] = {image_id: (total,) for image_id, total in sums.items()}
    scores = {image_id: min(1.0, total / best_possible) for image_id, total in sums.items()}
    if rule == "verified":
        verifies = [any(hit.verified is not None for hit in ranking) for ranking in rankings]
        local = sum(each for each, able in zip(weight, verifies, strict=True) if able)
        for image_id, hits in places.items():
            sure = _sum([hit for hit in hits if hit.verified], weights)
            rest = _sum([hit for hit in hits if hit.verified is None], weights)
            keys[image_id] = (sure, rest, sums[image_id])
            scores[image_id] = min(1.0, verified_first_score(sure, rest, local, sum(weight) - local))
    order = sorted(places, key=lambda image_id: (*(-value for value in keys[image_id]), image_id))[:k]
    return [
        merged(places[image_id], rank, scores[image_id], sums[image_id], "reciprocal rank")
        for rank, image_id in enumerate(order, start=1)
    ]


def by_picture(rankings: Sequence[Sequence[Hit]]) -> dict[str, list[Hit]]:
    """The hits of all rankings, by image id."""
    found: dict[str, list[Hit]] = {}
    for ranking in rankings:
        for hit in ranking:
            found.setdefault(hit.image_id, []).append(hit)
    return found


def merged(hits: Sequence[Hit], rank: int, score: float, raw: float, unit: str) -> Hit:
    """What several methods found of one picture, as one hit."""
    labelled = next((hit for hit in hits if hit.label), hits[0])
    verdicts = [hit.verified for hit in hits if hit.verified is not None]
    return replace(
        hits[0],
        rank=rank,
        method="fused",
        score=score,
        raw=raw,
        unit=unit,
        verified=any(verdicts) if verdicts else None,
        exact=all(hit.exact for hit in hits),
        label=labelled.label,
        confidence=labelled.confidence,
        fused=tuple(MethodRank(hit.method, hit.rank, hit.score) for hit in hits),
    )


class Fused(NamedTuple):
    """Methods to fuse, by their places with the weight of each, by the rule of that name; empty: by their ranks."""

    weights: Mapping[int, float]
    rule: str = ""


def fusions_of(fuse: Sequence[str], labels: Sequence[str]) -> dict[str, Fused]:
    """The name of each fusion, such as `phash+sift*0.1` or `phash+sift@RULE`, and what of `labels` is fused how.

    Raises `UsageError`.
    """
    found: dict[str, Fused] = {}
    for text in fuse:
        methods, at, rule = text.partition(BY_RULE)
        if at and not rule:
            raise UsageError(f"'{text}' names no rule; give one behind the {BY_RULE}, or leave that out")
        names = labels if methods == ALL else [name.strip() for name in methods.split(",")]
        weights = dict(sorted(_weighed(name, labels) for name in names))
        if len(weights) < 2:
            raise UsageError(f"'{text}' fuses less than two methods: name several, as in --fuse phash,sift")
        told = [labels[place] + (f"*{weight:g}" if weight != 1 else "") for place, weight in weights.items()]
        rule = "" if rule == "ranks" else rule
        found["+".join(told) + (BY_RULE + rule if rule else "")] = Fused(weights, rule)
    return found


def fused_labels(name: str) -> list[str]:
    """The labels of the methods in the name of a fusion, as `fusions_of` makes it."""
    return [part.partition("*")[0] for part in name.partition(BY_RULE)[0].split("+")]


def weight_of(number: str) -> float | None:
    """The weight that a text tells; None where it is no number above 0."""
    try:
        weight = float(number)
    except ValueError:
        return None
    return weight if 0 < weight < math.inf else None


def _weighed(name: str, labels: Sequence[str]) -> tuple[int, float]:
    """The place and the weight that `sift` or `sift*0.1` means."""
    label, star, number = name.partition("*")
    weight = weight_of(number) if star else 1.0
    if weight is None:
        raise UsageError(f"'{name}' weighs a method by '{number}'; give a number above 0, as in sift*0.1")
    if label not in labels:
        raise UsageError(
            f"'{label}' cannot be fused, for it is not among the methods measured; {instead(label, labels)}"
        )
    return labels.index(label), weight
