"""Pictures by theme: their embeddings by fewer numbers (PCA), where these lie densely (HDBSCAN).

Campello, Moulavi and Sander, Density-based clustering based on hierarchical density estimates, PAKDD 2013. On the ten
classes of Corel-1k 64 numbers of EfficientNet's 1,280, groups of ten or more and densities by the third neighbour
find ten themes: `benchmarks.themes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from revsearch_tui.api import Control, MethodUnavailableError

if TYPE_CHECKING:
    import numpy.typing as npt

    Rows: TypeAlias = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]
    """(n,) places -> (n, dim) embeddings."""

MOST_SAMPLED = 10_000
"""Pictures that HDBSCAN sees: its time grows with their square, 7 s for so many."""
_NUMBERS = 64
_NEIGHBOUR = 3
_BLOCK = 2048
OUTLIER = -1


@dataclass(frozen=True, slots=True)
class Themes:
    """`labels` (n,): theme of each picture from 0 on, the largest first, or `OUTLIER`; `distances` (n,): from the mean
    of its theme. `sampled` pictures made the themes, the others went to the nearest."""

    labels: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    sampled: int


def smallest_theme(pictures: int) -> int:
    """How many pictures make a theme where nobody says: a hundredth of them, 5 to 10."""
    return min(10, max(5, pictures // 100))


def check_available() -> None:
    """Raises `MethodUnavailableError` without scikit-learn."""
    if find_spec("sklearn") is None:
        raise MethodUnavailableError(
            "themes are found by scikit-learn, which is not installed; run: pip install 'revsearch-tui[clusters]'"
        )


def find_themes(count: int, rows: Rows, smallest: int, control: Control, most: int = MOST_SAMPLED) -> Themes:
    """The themes of `count` pictures. `smallest` is how many make one, of those that are sampled where there are more
    than `most`. In memory are the embeddings of the sample, and 64 numbers of each picture. Raises
    `MethodUnavailableError` without scikit-learn, `Cancelled`."""
    if count < 2 * smallest:
        return Themes(np.full(count, OUTLIER), np.zeros(count, np.float32), count)
    check_available()
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import PCA

    control.progress(0, None, "finding themes")
    sampled = np.sort(np.random.default_rng(0).permutation(count)[:most])
    seen = rows(sampled)
    pca = PCA(min(_NUMBERS, *seen.shape), svd_solver="covariance_eigh").fit(seen)
    points = np.concatenate([pca.transform(rows(part)).astype(np.float32) for part in _parts(count, control)])
    found = HDBSCAN(min_cluster_size=smallest, min_samples=_NEIGHBOUR, copy=False).fit_predict(points[sampled])
    labels = np.full(count, OUTLIER, np.int64)
    labels[sampled] = found
    if len(sampled) < count:
        _put_others(points, labels, sampled, control)
    return _by_size(points, labels, len(sampled))


def _parts(count: int, control: Control) -> Iterator[npt.NDArray[np.int64]]:
    for start in range(0, count, _BLOCK):
        control.check()
        control.progress(start, count, "finding themes")
        yield np.arange(start, min(count, start + _BLOCK))


def _put_others(points: Any, labels: npt.NDArray[np.int64], sampled: npt.NDArray[np.int64], control: Control) -> None:
    """Give the others the label of the nearest that was sampled, where it is no farther than the theme's own are from
    each other."""
    seen, known = points[sampled], labels[sampled]
    squares = np.square(seen).sum(axis=1)

    def nearest(block: Any, itself: npt.NDArray[np.int64] | None = None) -> tuple[Any, Any]:
        distances = squares - 2 * block @ seen.T
        if itself is not None:
            distances[np.arange(len(block)), itself] = np.inf
        place = distances.argmin(axis=1)
        return place, distances[np.arange(len(block)), place] + np.square(block).sum(axis=1)

    apart = np.concatenate([nearest(seen[part], part)[1] for part in _parts(len(seen), control)])
    reach = np.array([apart[known == theme].max(initial=0) for theme in range(known.max(initial=OUTLIER) + 1)])
    rest = np.setdiff1d(np.arange(len(points)), sampled)
    for part in _parts(len(rest), control):
        place, distance = nearest(points[rest[part]])
        theme = known[place]
        fits = (theme >= 0) & (distance <= np.append(reach, 0.0)[theme])
        labels[rest[part]] = np.where(fits, theme, OUTLIER)


def _by_size(points: Any, labels: npt.NDArray[np.int64], sampled: int) -> Themes:
    sizes = np.bincount(labels[labels >= 0])
    order = np.argsort(-sizes, kind="stable")
    renamed = np.full(len(labels), OUTLIER, np.int64)
    distances = np.zeros(len(labels), np.float32)
    for new, old in enumerate(order):
        members = np.flatnonzero(labels == old)
        renamed[members] = new
        distances[members] = np.linalg.norm(points[members] - points[members].mean(axis=0), axis=1)
    return Themes(renamed, distances, sampled)
