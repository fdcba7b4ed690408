"""The rules. Both give scores in 0..1, 1 for what every method puts first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from revsearch_tui.api import Ballot, FusionRule


def make_comb_mnz() -> FusionRule:
    """The rule."""
    return comb_mnz


def make_borda() -> FusionRule:
    """The rule."""
    return borda


def comb_mnz(ballots: Sequence[Ballot]) -> Any:
    """(n,) the sum of stretched scores by weight, times the number of methods that returned a candidate."""
    total = sum(ballot.weight for ballot in ballots)
    added = np.sum([ballot.weight * _stretched(ballot.scores) for ballot in ballots], axis=0)
    found = np.sum([np.isfinite(ballot.ranks) for ballot in ballots], axis=0)
    return np.minimum(1.0, added / total * found / len(ballots))


def borda(ballots: Sequence[Ballot]) -> Any:
    """(n,) points by weight: n for the first place of n, n - 1 for the second, ..."""
    total = sum(ballot.weight for ballot in ballots)
    return np.minimum(1.0, np.sum([ballot.weight * _points(ballot.ranks) for ballot in ballots], axis=0) / total)


def _stretched(scores: Any) -> Any:
    """Scores from 0 for the least one returned to 1 for the best; 1 for all where they are equal, 0 where there is
    none."""
    known = scores[~np.isnan(scores)]
    if not len(known):
        return np.zeros(len(scores))
    low, high = known.min(), known.max()
    stretched = (scores - low) / (high - low) if high > low else np.ones(len(scores))
    return np.where(np.isnan(scores), 0.0, stretched)


def _points(ranks: Any) -> Any:
    """Shares of the most points there are."""
    count = len(ranks)
    placed = np.isfinite(ranks)
    left = count - int(placed.sum())
    shared = (left + 1) / 2  # the mean of the places that are left, of which the last one has a point
    points = np.where(placed, count + 1 - np.where(placed, ranks, 0), shared)
    return points / max(1, count)
