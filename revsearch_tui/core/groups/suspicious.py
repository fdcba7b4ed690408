"""Labels that the pictures most like theirs do not share: mistakes, or classes that overlap.

Wilson's editing (Asymptotic properties of nearest neighbor rules using edited data, 1972), for embeddings: a label is
doubted where nearly all of the nearest pictures have one other label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revsearch_tui.api import Control
from revsearch_tui.core.groups.finding import Finding, Labelled
from revsearch_tui.core.groups.near_vectors import near_vectors

if TYPE_CHECKING:
    import numpy.typing as npt

NEIGHBOURS = 10
LEAST_SHARE = 0.7
"""Of the neighbours that have the same other label."""


class Doubt(NamedTuple):
    """A picture by its place, the label that its neighbours have, and their share, 0 to 1."""

    place: int
    label: str
    share: float


def doubted_labels(rows: npt.NDArray[np.float32], labels: Sequence[str], control: Control) -> list[Doubt]:
    """The doubted among `rows` (n, dim) of length 1, most doubted first. Raises `Cancelled`."""
    if len(rows) < NEIGHBOURS + 2:
        return []
    names, numbers = np.unique(labels, return_inverse=True)
    near = near_vectors(rows, -1.0, nearest=NEIGHBOURS, control=control)
    first, second = np.concatenate([near.first, near.second]), np.concatenate([near.second, near.first])
    order = np.lexsort((np.tile(near.distance, 2), first))
    first, second = first[order], second[order]
    place = np.arange(len(first)) - np.searchsorted(first, first)  # among the neighbours of its own
    first, second = first[place < NEIGHBOURS], second[place < NEIGHBOURS]
    votes = np.zeros((len(rows), len(names)), np.int32)
    np.add.at(votes, (first, numbers[second]), 1)
    total = np.maximum(1, votes.sum(axis=1))
    best = votes.argmax(axis=1)
    share = votes[np.arange(len(rows)), best] / total
    found = np.flatnonzero((best != numbers) & (share >= LEAST_SHARE))
    doubts = [Doubt(int(each), str(names[best[each]]), float(share[each])) for each in found]
    return sorted(doubts, key=lambda doubt: (-doubt.share, doubt.place))


def doubtful(
    method: str, rows: npt.NDArray[np.float32], pictures: Sequence[Labelled], control: Control
) -> list[Finding]:
    """The same of pictures by their embeddings, as findings."""
    return [
        Finding(
            "doubtful label",
            pictures[doubt.place],
            f"{method}: {doubt.share:.0%} of its neighbours are {doubt.label}",
            instead=doubt.label,
        )
        for doubt in doubted_labels(rows, [each.label for each in pictures], control)
    ]
