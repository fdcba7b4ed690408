"""Rankings of several methods made one, for whole batches of copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from revsearch_tui.core.evaluation.robustness.scoring import DEPTH, UNVERIFIED, Answered, ranks_of
from revsearch_tui.core.search.fusion import best_sum, reciprocal_rank, verified_first_score

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def fuse_answers(
    parts: Sequence[Answered],
    weights: Sequence[float],
    local: Sequence[bool],
    gallery: int,
    originals: Sequence[int],
    verified_first: bool,
) -> Answered:
    """What `fusion.fuse` makes of the first `DEPTH` ranks of each method, for n copies at once, by either rule.

    `weights` are those of the parts, `local` tells which of them verify.
    """
    # Only their proportions count, and at most 1 they keep within the ranges of `keys` below.
    share = np.asarray(weights) / max(weights)
    verifying = float(share[np.asarray(local, np.bool_)].sum())
    places = np.asarray(originals, np.int64)
    numbers = np.arange(len(places))
    votes = [_votes(part, gallery, weight) for part, weight in zip(parts, share, strict=True)]
    every: Floats = sum(votes[1:], start=votes[0])
    keys = scores = every / best_sum(float(share.sum()))
    if verified_first:
        verified = [_votes(part, gallery, weight, sure=True) for part, weight in zip(parts, share, strict=True)]
        sure = sum(verified, start=np.zeros_like(every))
        rest = sum((vote for vote, verifies in zip(votes, local, strict=True) if not verifies), np.zeros_like(every))
        scores = verified_first_score(sure, rest, verifying, float(share.sum()) - verifying)
        # One number in the order of three: votes of verified hits, of methods that do not verify, of all.
        keys = np.where(sure > 0, 2 + sure, rest) + rest * 1e-4 + every * 1e-8
    own = keys[numbers, places]
    order = np.argsort(-keys, axis=1, kind="stable")[:, :DEPTH]
    shown = np.take_along_axis(scores, order, axis=1)
    others = scores.copy()
    others[numbers, places] = 0
    return Answered(
        rows=np.where(np.take_along_axis(every, order, axis=1) > 0, order, -1),
        scores=shown,
        verified=np.zeros(order.shape, np.bool_),
        ranks=np.where(own > 0, ranks_of(keys, places), np.inf),
        true=scores[numbers, places],
        false=others.max(axis=1),
        pair_rows=np.zeros((len(places), 0), np.int64),
        pair_scores=np.full((len(places), 0), UNVERIFIED),
    )


def _votes(part: Answered, gallery: int, weight: float, *, sure: bool = False) -> Floats:
    """(n, gallery): weight / (60 + rank) where the method returned a picture, of its verified ones alone if `sure`."""
    votes = np.zeros((len(part.rows), gallery))
    numbers, ranks = np.nonzero((part.rows >= 0) & part.verified if sure else part.rows >= 0)
    votes[numbers, part.rows[numbers, ranks]] = weight * reciprocal_rank(1.0 + ranks)
    return votes
