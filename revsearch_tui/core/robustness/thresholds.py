"""From which score on a pair is a copy: set on one half of the originals, tried on the other.

A false pair is a copy with a picture that is not its original. For vector methods these are all pairs of a copy with
the rest of the gallery; for local methods those that were verified geometrically, of which one that did not pass
counts as below every threshold. No original of one half is in the gallery of the other, so that the trial sees other
pictures, though the same distractors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.core.evaluation.record import ThresholdAdvice
from revsearch_tui.core.robustness.scoring import UNVERIFIED, Answered

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_MARGIN = 20
"""A measured rate is exact up to so many times the allowed one."""

FEW = 10
"""With fewer false pairs than this at or above a threshold, its rate is rough."""


class Highest:
    """How many values there were, and the highest of them."""

    def __init__(self, keep: int) -> None:
        self.count = 0
        self._keep = max(1, keep)
        self._values: Floats = np.zeros(0)

    def add(self, values: Floats) -> None:
        """Take (n,) values."""
        self.count += len(values)
        kept = np.concatenate([self._values, values])
        if len(kept) > self._keep:
            kept = np.partition(kept, len(kept) - self._keep)[-self._keep :]
        self._values = kept

    @property
    def values(self) -> Floats:
        """The highest values, falling."""
        return np.sort(self._values)[::-1]

    def at_least(self, threshold: float) -> int:
        """How many values were at or above it; at most as many as are kept."""
        return int((self._values >= threshold).sum())


class ThresholdTrial:
    """Collects pairs of one method and sets its threshold. `sampled` are the positions of all originals in the
    gallery, in the order they were drawn: every second one belongs to the half that is tried on."""

    def __init__(self, gallery: int, sampled: Sequence[int], copies: int, wrong_rate: float) -> None:
        """`copies` of each original are going to be seen."""
        self._rate = wrong_rate
        half = np.zeros(gallery, np.int8)
        half[list(sampled[::2])], half[list(sampled[1::2])] = 1, 2
        self._half = half
        most = -(-len(sampled) // 2) * copies * gallery
        allowed = int(most * wrong_rate) + 2
        self._set, self._tried = Highest(allowed), Highest(allowed * _MARGIN)
        self._true: list[Floats] = []

    def add(self, answered: Answered, originals: Sequence[int]) -> None:
        """Take the pairs of n copies with their originals' positions (n,)."""
        own = np.asarray(originals, np.int64)
        halves = self._half[own]
        is_true = answered.pair_rows == own[:, None]
        other = (3 - halves)[:, None]
        counts = (answered.pair_rows >= 0) & ~is_true & (self._half[answered.pair_rows] != other)
        for half, side in ((1, self._set), (2, self._tried)):
            side.add(answered.pair_scores[counts & (halves == half)[:, None]])
        found = np.where(is_true, answered.pair_scores, UNVERIFIED).max(axis=1, initial=UNVERIFIED)
        self._true.append(found[halves == 2])

    def advice(self, label: str) -> ThresholdAdvice | None:
        """The threshold; None where there were no pairs to set it on, or to try it on."""
        true = np.concatenate(self._true) if self._true else np.zeros(0)
        if not self._set.count or not self._tried.count or not len(true):
            return None
        threshold = _threshold(self._set.values, int(self._rate * self._set.count))
        wrong, right = self._tried.at_least(threshold), int((true >= threshold).sum())
        return ThresholdAdvice(
            method=label,
            threshold=threshold,
            wrong_rate=self._rate,
            measured_wrong_rate=wrong / self._tried.count,
            found=right / len(true),
            pairs=self._tried.count,
            precision=right / max(1, right + wrong),
        )


def _threshold(falling: Floats, allowed: int) -> float:
    """The least score, halfway between two of those seen, that at most `allowed` of the highest values reach.

    0 where the pairs beyond are unverified: whatever is verified passes.
    """
    beyond = float(falling[min(allowed, len(falling) - 1)])
    if beyond == UNVERIFIED:
        return 0.0
    above = falling[falling > beyond]
    return (beyond + float(above[-1])) / 2 if len(above) else float(np.nextafter(beyond, np.inf))
