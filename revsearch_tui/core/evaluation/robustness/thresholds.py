"""From which score on a pair is a copy, and how well that holds on other pictures.

A false pair is a copy with a picture that is not its original. For vector methods these are all pairs of a copy with
the rest of the gallery; for local methods those that were compared keypoint by keypoint, of which one that did not
pass counts as below every threshold.

The threshold is set on all pairs. How well it holds is measured by cross-validation: the originals are dealt into
folds, and the pairs of each are tried against a threshold that was set without it. No original of the fold is in the
gallery that the threshold is set on and no other original in the one it is tried on, so that each trial sees other
pictures, though the same distractors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.core.evaluation.record import ThresholdAdvice
from revsearch_tui.core.evaluation.robustness.answering import UNVERIFIED, Answered

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FOLDS = 5

FEW = 10
"""With fewer false pairs than this at or above a threshold, its rate is rough."""

_OVER = 1.5

_MARGIN = 20
"""A measured rate is exact up to so many times the allowed one."""


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
    gallery, which are dealt into folds in this order."""

    def __init__(self, gallery: int, sampled: Sequence[int], copies: int, wrong_rate: float) -> None:
        """`copies` of each original are going to be seen."""
        self._rate = wrong_rate
        self._folds = max(2, min(FOLDS, len(sampled) // 2))
        self._fold_of = np.full(gallery, -1, np.int64)
        self._fold_of[list(sampled)] = np.arange(len(sampled)) % self._folds
        allowed = int(_OVER * len(sampled) * copies * gallery * wrong_rate) + 2
        self._all = Highest(allowed)
        self._set = [Highest(allowed) for _ in range(self._folds)]
        self._tried = [Highest(allowed * _MARGIN // self._folds + 2) for _ in range(self._folds)]
        self._true: list[list[Floats]] = [[] for _ in range(self._folds)]
        self._copies = 0

    def add(self, answered: Answered, originals: Sequence[int]) -> None:
        """Take the pairs of n copies with their originals' positions (n,)."""
        own = np.asarray(originals, np.int64)
        folds = self._fold_of[own]
        rows, scores = answered.pair_rows, answered.pair_scores
        is_true = rows == own[:, None]
        is_false = (rows >= 0) & ~is_true
        row_folds = self._fold_of[rows]
        found = np.where(is_true, scores, UNVERIFIED).max(axis=1, initial=UNVERIFIED)
        self._copies += len(own)
        self._all.add(scores[is_false])
        for fold in range(self._folds):
            mine = folds == fold
            self._set[fold].add(scores[is_false & ~mine[:, None] & (row_folds != fold)])
            self._tried[fold].add(scores[is_false & mine[:, None] & ((row_folds == fold) | (row_folds < 0))])
            self._true[fold].append(found[mine])

    def advice(self, label: str) -> ThresholdAdvice | None:
        """The threshold; None where there were no pairs to set it on, or to try it on."""
        pairs = sum(tried.count for tried in self._tried)
        if not pairs or not all(used.count for used in self._set):
            return None
        wrong = right = 0
        for used, tried, true in zip(self._set, self._tried, self._true, strict=True):
            threshold = _threshold(used, self._rate)
            wrong += tried.at_least(threshold)
            right += int((np.concatenate(true) >= threshold).sum())
        found, measured = right / self._copies, wrong / pairs
        shown = found + measured * self._all.count / self._copies
        return ThresholdAdvice(
            method=label,
            threshold=_threshold(self._all, self._rate),
            wrong_rate=self._rate,
            measured_wrong_rate=measured,
            found=found,
            pairs=pairs,
            precision=found / shown if shown else 0.0,
        )


def _threshold(false: Highest, rate: float) -> float:
    """The least score, halfway between two of those seen, that about this share of false pairs reaches.

    No more than the share, but where scores come in steps, as those of hashes do, and the next step is the nearer one
    and lets at most half as many again pass. 0 where the pairs beyond are unverified: whatever is verified passes.
    """
    falling, wanted = false.values, rate * false.count
    beyond = float(falling[min(int(wanted), len(falling) - 1)])
    if beyond == UNVERIFIED:
        return 0.0
    above, below = falling[falling > beyond], falling[falling < beyond]
    with_step = len(falling) - len(below)
    if len(below) and with_step <= _OVER * wanted and with_step * max(len(above), 0.5) < wanted**2:
        return (beyond + float(below[0] if below[0] != UNVERIFIED else 0.0)) / 2
    return (beyond + float(above[-1])) / 2 if len(above) else float(np.nextafter(beyond, np.inf))
