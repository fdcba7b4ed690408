"""Features of labelled pictures, gathered into one matrix, brought to one scale and to fewer numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from revsearch_svm.features import Part, Scaling, mirrored, raw_vectors
from revsearch_svm.patches import Patches

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats

    from revsearch_tui.api import Control, Sample, TrainingData
    from revsearch_tui.api.types import Picture

_AT_ONCE = 32

_LEAST_SPREAD = 1e-3
"""Added to each feature's spread before it is brought to 1, so that those which hardly move stay small."""
_PATCHES_WEIGHT = 4.0
"""Of 8,000 pictures of CIFAR-10 a linear machine learns 1.6 % more than with equal shares."""
_ENOUGH = 6000
"""Pictures that scales and directions are taken from."""


@dataclass(frozen=True)
class Rows:
    """`matrix` (n or 2n, d) float32: the pictures' rows, then those of their mirror images where there are any;
    `labels` (n,)."""

    matrix: Floats
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def mirrored(self) -> bool:
        """Whether the mirror images are there."""
        return len(self.matrix) > len(self.labels)

    def of(self, chosen: npt.NDArray[np.intp]) -> Rows:
        """The chosen pictures only, with their mirror images."""
        places = np.concatenate([chosen, chosen + len(self)]) if self.mirrored else chosen
        return Rows(self.matrix[places], self.labels[chosen])

    def all_labels(self) -> npt.NDArray[np.int64]:
        """One for each row of the matrix."""
        return np.tile(self.labels, 2) if self.mirrored else self.labels

    def judged(self, values: Floats) -> Floats:
        """(n, classes) of decision values of the matrix: the mean of both where a picture has two rows."""
        return (values[: len(self)] + values[len(self) :]) / np.float32(2) if self.mirrored else values


def gather(
    data: TrainingData,
    samples: Sequence[Sample],
    parts: Sequence[Part],
    mirror: bool,
    control: Control,
    what: str,
    scaling: Scaling | None = None,
) -> Rows:
    """The features of every sample that can be read: raw, or scaled at once, so that raw ones need no room."""
    dim = sum(part.dim for part in parts) if scaling is None else scaling.dim
    matrix = np.empty((len(samples) * (2 if mirror else 1), dim), np.float32)
    labels = np.empty(len(samples), np.int64)
    number = {name: index for index, name in enumerate(data.classes)}
    done = 0

    def vectors(pictures: Sequence[Picture]) -> Floats:
        raw = raw_vectors(parts, pictures)
        return raw if scaling is None else scaling.apply(raw)

    def add(batch: Sequence[tuple[Picture, int]]) -> None:
        nonlocal done
        control.check()
        pictures = [picture for picture, _ in batch]
        matrix[done : done + len(batch)] = vectors(pictures)
        if mirror:
            start = len(samples) + done
            matrix[start : start + len(batch)] = vectors(mirrored(pictures))
        labels[done : done + len(batch)] = [label for _, label in batch]
        done += len(batch)
        control.progress(done, len(samples), what)

    waiting: list[tuple[Picture, int]] = []
    for sample, picture in zip(samples, data.pictures(samples), strict=True):
        if picture is not None and sample.label in number:
            waiting.append((picture, number[sample.label]))
        if len(waiting) == _AT_ONCE:
            add(waiting)
            waiting = []
    if waiting:
        add(waiting)
    if mirror and done < len(samples):
        matrix[done : 2 * done] = matrix[len(samples) : len(samples) + done].copy()
    return Rows(matrix[: done * (2 if mirror else 1)], labels[:done])


def gather_scaled(
    data: TrainingData,
    samples: Sequence[Sample],
    parts: Sequence[Part],
    mirror: bool,
    reduce: int,
    seed: int,
    control: Control,
) -> tuple[Rows, Scaling]:
    """The samples' scaled features, and the scaling, which is fitted to at most 6,000 of them.

    Raises UsageError where fewer than two classes can be read.
    """
    what = "measuring training pictures"
    many = len(samples) > _ENOUGH
    places = np.sort(np.random.default_rng(seed).permutation(len(samples))[:_ENOUGH])
    raw = gather(data, [samples[place] for place in places], parts, mirror, control, what)
    if len(np.unique(raw.labels)) < 2:
        raise UsageError("fewer than 2 classes have pictures to train on")
    scaling = fit_scaling(raw, parts, reduce, seed)
    if many:
        return gather(data, samples, parts, mirror, control, what, scaling), scaling
    return scaled(raw, scaling), scaling


def fit_scaling(rows: Rows, parts: Sequence[Part], reduce: int, seed: int) -> Scaling:
    """Each feature's mean to 0 and its spread to 1; a row's squared length is 1 on average, of which patches have
    four times the share of any other part.

    With `reduce`, only so many principal directions are kept.
    """
    mean = rows.matrix.mean(axis=0, dtype=np.float64)
    squares = np.einsum("ij,ij->j", rows.matrix, rows.matrix, dtype=np.float64) / len(rows.matrix)
    spread = np.sqrt(np.maximum(squares - mean**2, 0))
    scale = 1 / (spread + _LEAST_SPREAD)
    weights = [_PATCHES_WEIGHT if isinstance(part, Patches) else 1.0 for part in parts]
    start = 0
    for part, weight in zip(parts, weights, strict=True):
        block = slice(start, start + part.dim)
        length = max(float(((spread[block] * scale[block]) ** 2).sum()), 1e-12)
        scale[block] *= np.sqrt(weight / sum(weights) / length)
        start += part.dim
    scaling = Scaling(mean.astype(np.float32), scale.astype(np.float32))
    if not 0 < reduce < min(rows.matrix.shape):
        return scaling
    from sklearn.utils.extmath import randomized_svd

    _, _, directions = randomized_svd(scaling.apply(rows.matrix), reduce, n_iter=2, random_state=seed)
    return Scaling(scaling.mean, scaling.scale, np.ascontiguousarray(directions.T, np.float32))


def scaled(rows: Rows, scaling: Scaling) -> Rows:
    """The rows as the machine takes them. The raw matrix is overwritten: there may be no room for two."""
    matrix = rows.matrix
    matrix -= scaling.mean
    matrix *= scaling.scale
    if scaling.projection is not None:
        matrix = np.asarray(matrix @ scaling.projection, np.float32)
    return Rows(matrix, rows.labels)
