"""Learn the centroids of small patches and their whitening from pictures without labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from revsearch_svm.centre import Floats, centres
from revsearch_svm.patches import Patches, cut, normalised

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_tui.api import Control
    from revsearch_tui.api.types import Picture

_PATCHES = 300_000
_ZCA = 0.1
"""Added to the variance of each direction before it is brought to 1, as Coates, Lee and Ng do."""

_BATCH = 10_000
_ROUNDS = 3
SIZE = 6


def learn_patches(
    pictures: Iterable[Picture | None],
    expected: int,
    *,
    crop: float,
    side: int,
    stride: int,
    grid: int,
    centroids: int,
    seed: int,
    control: Control,
) -> Patches:
    """Patches of 6 x 6 pixels, their centroids by k-means over about 300,000 of them. `expected` pictures come.

    Raises UsageError where there are fewer patches than centroids.
    """
    from sklearn.cluster import MiniBatchKMeans

    chance = np.random.default_rng(seed)
    drawn = _draw(pictures, max(1, round(_PATCHES / max(1, expected))), crop, side, chance, control)
    if len(drawn) < centroids:
        raise UsageError(f"{len(drawn)} patches are too few for {centroids} centroids: ask for fewer with 'centroids'")
    mean, whitening = zca(drawn)
    whitened = (drawn - mean) @ whitening
    clusters = MiniBatchKMeans(centroids, init="random", n_init=1, random_state=seed, compute_labels=False)
    size = max(_BATCH, centroids)
    for round_number in range(_ROUNDS):
        order = chance.permutation(len(whitened))
        for start in range(0, max(1, len(order) - size + 1), size):
            control.check()
            control.progress(round_number * len(order) + start, _ROUNDS * len(order), "learning patches")
            clusters.partial_fit(whitened[order[start : start + size]])
    return Patches(crop, side, SIZE, stride, grid, mean, whitening, clusters.cluster_centers_.astype(np.float32))


def zca(rows: Floats) -> tuple[Floats, Floats]:
    """(d,) and (d, d) float32: (x - mean) @ whitening has nearly the unit covariance, in x's own axes."""
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = rows - mean
    variances, directions = np.linalg.eigh(centred.T @ centred / len(rows))
    whitening = (directions / np.sqrt(np.maximum(variances, 0) + _ZCA)) @ directions.T
    return mean.astype(np.float32), whitening.astype(np.float32)


def _draw(
    pictures: Iterable[Picture | None],
    each: int,
    crop: float,
    side: int,
    chance: np.random.Generator,
    control: Control,
) -> Floats:
    found = []
    for picture in pictures:
        control.check()
        if picture is not None:
            patches = cut(centres([picture], crop, side), SIZE, 1)
            found.append(normalised(patches[chance.choice(len(patches), min(each, len(patches)), replace=False)]))
    return np.concatenate(found) if found else np.empty((0, 3 * SIZE**2), np.float32)
