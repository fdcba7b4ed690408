"""Two methods compared query by query: of one record, or of two records over the same queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.evaluation.intervals import paired_difference, paired_randomisation
from revsearch_tui.core.evaluation.record import Answers, Estimate, MethodAnswers, Protocol

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Pairing:
    """One protocol. `difference` is the mean of first - second. Of the queries, `both`, `only_first`, `only_second` and
    `neither` count those that a method answered wholly right, which is what accuracies are made of; `examples` are
    files of queries on which they differ most, with the two values."""

    protocol: Protocol
    queries: int
    first: float
    second: float
    difference: Estimate
    p: float
    both: int
    only_first: int
    only_second: int
    neither: int
    examples: Sequence[tuple[str, float, float]]


def compare_answers(
    first: Answers, second: Answers, methods: tuple[str, str], seed: int, examples: int = 5
) -> list[Pairing]:
    """Under every protocol that both methods were measured under, on the queries that count for both.

    Raises `UsageError` where a method is missing, or no query is in both.
    """
    ours, theirs = (_of(answers, method) for answers, method in zip((first, second), methods, strict=True))
    places = {(query.image_id, query.path): place for place, query in enumerate(second.queries)}
    by_id = {query.image_id: place for place, query in enumerate(second.queries)}
    pairs = [
        (place, places.get((query.image_id, query.path), by_id.get(query.image_id, -1)))
        for place, query in enumerate(first.queries)
    ]
    shared = np.array([pair for pair in pairs if pair[1] >= 0], np.int64).reshape(-1, 2)
    found = []
    for protocol in ours:
        if protocol in theirs:
            one = np.asarray(ours[protocol].value, np.float64)[shared[:, 0]]
            other = np.asarray(theirs[protocol].value, np.float64)[shared[:, 1]]
            counted = np.flatnonzero(np.isfinite(one) & np.isfinite(other))
            if len(counted):
                files = [first.queries[int(place)].path for place in shared[counted, 0]]
                found.append(_paired(protocol, one[counted], other[counted], files, seed, examples))
    if not found:
        raise UsageError(f"'{methods[0]}' and '{methods[1]}' were not measured on the same queries")
    return found


def _of(answers: Answers, method: str) -> dict[Protocol, MethodAnswers]:
    found = {each.protocol: each for each in answers.methods if each.method == method}
    if not found:
        known = list(dict.fromkeys(each.method for each in answers.methods))
        raise UsageError(f"the evaluation has no method '{method}'; {instead(method, known)}")
    return found


def _paired(
    protocol: Protocol,
    one: npt.NDArray[np.float64],
    other: npt.NDArray[np.float64],
    files: Sequence[str],
    seed: int,
    examples: int,
) -> Pairing:
    good, well = one == 1, other == 1
    gap = one - other
    most = [int(place) for place in np.argsort(-np.abs(gap), kind="stable")[:examples] if gap[place] != 0]
    return Pairing(
        protocol,
        len(one),
        float(one.mean()),
        float(other.mean()),
        paired_difference(one, other, seed),
        paired_randomisation(one, other, seed),
        int((good & well).sum()),
        int((good & ~well).sum()),
        int((~good & well).sum()),
        int((~good & ~well).sum()),
        [(files[place], float(one[place]), float(other[place])) for place in most],
    )
