"""Who is best, and who is worse than that by more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

from revsearch_tui.core.evaluation.record import Comparison, Outcome, Protocol, Record

LEVEL = 0.05
"""p values below this, after the correction, count as significant."""
BEST, WORSE = "★", "▼"
LEGEND = f"{BEST} best · {WORSE} significantly worse than the best (paired test, Holm's correction, p < {LEVEL})"
Standing: TypeAlias = Literal["best", "worse", ""]


def protocols_of(record: Record) -> tuple[Protocol, ...]:
    """The protocols measured, in the order in which they first appear."""
    return tuple(dict.fromkeys(outcome.protocol for outcome in record.outcomes))


def outcomes_under(record: Record, protocol: Protocol) -> list[Outcome]:
    """The outcomes under a protocol, the best first."""
    return sorted((each for each in record.outcomes if each.protocol == protocol), key=_order)


def best_outcome(record: Record, protocol: Protocol) -> Outcome | None:
    """The best outcome under a protocol by its main metric; of equals the one that the record names first."""
    return next(iter(outcomes_under(record, protocol)), None)


def standing(record: Record, outcome: Outcome) -> Standing:
    """How an outcome stands beside the best one under its protocol; empty where no test tells them apart."""
    best = best_outcome(record, outcome.protocol)
    if best is None or best.method == outcome.method:
        return "best" if best is not None and len(outcomes_under(record, outcome.protocol)) > 1 else ""
    found = comparison(record.comparisons, outcome.protocol, best.method, outcome.method)
    return "worse" if found is not None and found.p_corrected < LEVEL else ""


def comparison(comparisons: Sequence[Comparison], protocol: Protocol, first: str, second: str) -> Comparison | None:
    """The comparison of two methods under a protocol, whichever of them it names first."""
    for each in comparisons:
        if each.protocol == protocol and {each.first, each.second} == {first, second}:
            return each
    return None


def main_value(outcome: Outcome) -> float:
    """The figure of the main metric; NaN where it is missing."""
    estimate = outcome.metrics.get(outcome.main)
    return estimate.value if estimate is not None else math.nan


def _order(outcome: Outcome) -> float:
    value = main_value(outcome)
    return math.inf if math.isnan(value) else -value
