"""The part of a picture where its strongest SIFT features are most crowded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from revsearch_sift.extract import extract
from revsearch_tui.api import Box

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

FEATURES = 200
"""Keypoints that vote: the strongest ones."""
LEAST = 8
"""With fewer keypoints than these nothing is salient, and no box is proposed."""
MAX_SIDE = 320
"""Pixels of the longest side that keypoints are looked for at: the place matters here, not the detail."""
SHARES = (0.5, 0.65, 0.8)
"""Sides of the boxes, as fractions of the picture's."""
GRID = 40
"""Places tried across and down the picture."""


class SiftSalient:
    """A region provider: boxes of three sizes, each where most of the strongest keypoints lie, best first.

    A box is as good as its share of the keypoints, weighed by their strength, against its side: a small box that holds
    nearly all of them goes before a large one. Ties go to the box nearest to the centre. Thread-safe.
    """

    def __call__(self, picture: Picture) -> list[Box]:
        """At most three boxes with the picture's own aspect ratio; none for a picture without structure."""
        keypoints = extract(picture, FEATURES, MAX_SIDE, True).keypoints
        if len(keypoints) < LEAST:
            return []
        # `extract` gives the strongest first; a rank says how strong, whatever the picture's contrast is.
        weights = np.linspace(1.0, 0.25, len(keypoints))
        votes = _votes(keypoints[:, :2], weights)
        found = [_best_of_size(votes, share) for share in SHARES]
        return [box for _, box in sorted(found, key=lambda pair: -pair[0])]


def _votes(places: npt.NDArray[np.float32], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(GRID + 1, GRID + 1): sums of weights, which are 1 in all, above and left of each corner of the grid."""
    cells = np.minimum((places * GRID).astype(int), GRID - 1)
    grid = np.zeros((GRID, GRID))
    np.add.at(grid, (cells[:, 1], cells[:, 0]), weights / weights.sum())
    return np.pad(grid.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def _best_of_size(votes: npt.NDArray[np.float64], share: float) -> tuple[float, Box]:
    """How good the best box of that side is, and the box."""
    side = round(share * GRID)
    held = votes[side:, side:] - votes[:-side, side:] - votes[side:, :-side] + votes[:-side, :-side]
    offset = np.abs(np.arange(GRID - side + 1) - (GRID - side) / 2) / GRID
    ranked = held - 1e-6 * (offset[:, None] + offset[None, :])
    top, left = np.unravel_index(int(ranked.argmax()), ranked.shape)
    box = Box(int(left) / GRID, int(top) / GRID, (int(left) + side) / GRID, (int(top) + side) / GRID)
    return float(held[top, left]) / share, box
