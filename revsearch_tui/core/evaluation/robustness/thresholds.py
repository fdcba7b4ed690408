"""From which score on a picture that is shown is a copy, and how well that holds on other pictures.

The promise is one about queries: of those that have no copy in the gallery, at most a given share is shown anything at
or above the threshold. Such queries are the copies themselves with their own originals, and the twins of those, out of
the gallery; what counts of each is its highest score. Pairs that a local method compared and could not verify are below
every threshold. Copies of one colour say nothing, since any two of them are alike: they set no threshold and try none.

The threshold is set on all copies, at the largest share of them up to the allowed one that keeps the promise on
originals it was not set on: the share that is exceeded on those by chance is not the allowed one but a little more,
since copies of one original are alike. How well it holds is measured by cross-validation: the originals are dealt into
folds, and the copies of each are tried against a threshold that was set without it, neither on its copies nor with its
pictures in the gallery.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.core.evaluation.intervals import bootstrap_mean
from revsearch_tui.core.evaluation.record import Estimate, ThresholdAdvice
from revsearch_tui.core.evaluation.robustness.answering import UNVERIFIED, Answered

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FOLDS = 5

_PARTS = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
"""Of the allowed share, tried in this order."""

FEW = 10
"""Where fewer queries than this may be shown anything, a threshold is rough."""

_PAIRS_KEPT = 64
"""Of false pairs the highest are counted, so many for each copy."""


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
    """Collects what one method answered and sets its threshold. `sampled` are the positions of all originals in the
    gallery, which are dealt into folds in this order."""

    def __init__(
        self,
        gallery: int,
        sampled: Sequence[int],
        copies: int,
        wrong_rate: float,
        seed: int = 0,
        *,
        least: float = 0.0,
    ) -> None:
        """`copies` of each original are going to be seen. No threshold is below `least`: what scores less is told as
        something else than a copy."""
        self._rate, self._seed, self._least = wrong_rate, seed, least
        self._folds = max(2, min(FOLDS, len(sampled) // 2))
        self._fold_of = np.full(gallery, -1, np.int64)
        self._fold_of[list(sampled)] = np.arange(len(sampled)) % self._folds
        self._pairs = [Highest(_PAIRS_KEPT * len(sampled) * copies // self._folds) for _ in range(self._folds)]
        self._owns: list[npt.NDArray[np.int64]] = []
        self._true: list[Floats] = []
        self._highest: list[Floats] = []
        self._without: list[Floats] = []

    def add(self, answered: Answered, originals: Sequence[int], plain: Sequence[bool] = ()) -> None:
        """Take the pairs of n copies with their originals' positions (n,); `plain` tells which are of one colour."""
        own = np.asarray(originals, np.int64)
        use = ~np.asarray(plain, np.bool_) if len(plain) else np.ones(len(own), np.bool_)
        own, rows, scores = own[use], answered.pair_rows[use], answered.pair_scores[use]
        is_true = rows == own[:, None]
        is_false = (rows >= 0) & ~is_true
        false, folds = np.where(is_false, scores, UNVERIFIED), self._fold_of[rows]
        self._owns.append(own)
        self._true.append(np.where(is_true, scores, UNVERIFIED).max(axis=1, initial=UNVERIFIED))
        self._highest.append(false.max(axis=1, initial=UNVERIFIED))
        without = [np.where(folds == fold, UNVERIFIED, false) for fold in range(self._folds)]
        self._without.append(np.stack([kept.max(axis=1, initial=UNVERIFIED) for kept in without], axis=1))
        for fold, pairs in enumerate(self._pairs):
            pairs.add(scores[is_false & (self._fold_of[own] == fold)[:, None]])

    def advice(self, label: str) -> ThresholdAdvice | None:
        """The threshold; None where there were no pairs to set it on, or to try it on."""
        pairs = sum(tried.count for tried in self._pairs)
        own, true, highest = np.concatenate(self._owns), np.concatenate(self._true), np.concatenate(self._highest)
        folds, without = self._fold_of[own], np.concatenate(self._without)
        if not pairs or len(np.unique(folds)) < 2:
            return None
        shown, found, wrong = np.zeros(len(own)), 0, 0
        for fold in np.unique(folds).tolist():
            tried = folds == fold
            threshold = max(self._least, _promised(without[~tried, fold], folds[~tried], self._rate))
            shown[tried] = highest[tried] >= threshold
            found += int((true[tried] >= threshold).sum())
            wrong += self._pairs[fold].at_least(threshold)
        return ThresholdAdvice(
            method=label,
            threshold=max(self._least, _promised(highest, folds, self._rate)),
            wrong_rate=self._rate,
            measured_wrong_rate=wrong / pairs,
            found=found / len(own),
            pairs=pairs,
            precision=found / (found + wrong) if found else 0.0,
            shown_wrong=_share_of_originals(shown, own, self._seed),
            queries=len(own),
        )


def _promised(highest: Floats, folds: npt.NDArray[np.int64], rate: float) -> float:
    """The threshold for the largest part of the allowed share at which, set on all folds but one, no more than that
    share of the queries (n,) in the other ones is shown anything; the strictest that was tried where none keeps it."""
    known = np.unique(folds).tolist()
    if len(known) < 2:
        return _threshold(highest, rate)
    for part in _PARTS:
        shown = sum(
            int((highest[folds == fold] >= _threshold(highest[folds != fold], rate * part)).sum()) for fold in known
        )
        if shown <= rate * len(highest):
            break
    return _threshold(highest, rate * part)


def _threshold(highest: Floats, rate: float) -> float:
    """The least score that at most this share of queries reaches, by the highest wrong score of each, (n,); halfway
    between two of those seen, and never above 1, which a picture has with itself.

    0 where those beyond are unverified: whatever is verified passes.
    """
    falling = np.sort(highest)[::-1]
    beyond = float(falling[min(int(rate * len(falling) + 1e-9), len(falling) - 1)])
    if beyond == UNVERIFIED:
        return 0.0
    above = falling[falling > beyond]
    return min(1.0, (beyond + float(above[-1])) / 2 if len(above) else float(np.nextafter(beyond, np.inf)))


def _share_of_originals(shown: Floats, own: npt.NDArray[np.int64], seed: int) -> Estimate:
    """The share of copies, (n,) 0 or 1, with its 95 % interval over originals, of which one has several copies.

    Where no copy, or every one, was shown anything, resampling says nothing; the bound is then the exact one for as
    many originals (Clopper and Pearson, 1934).
    """
    _, places = np.unique(own, return_inverse=True)
    share = bootstrap_mean(np.bincount(places, shown) / np.bincount(places), seed)
    value, bound = float(shown.mean()), 0.025 ** (1 / (int(places.max()) + 1))
    if value in (0.0, 1.0):
        return Estimate(value, bound if value else 0.0, 1.0 if value else 1 - bound)
    return Estimate(value, share.low, share.high)
