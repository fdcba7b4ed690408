"""Features of labelled pictures, gathered into one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from revsearch_svm.features import Part, Scaling, mirrored, raw_vectors

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats

    from revsearch_tui.api import Control, Sample, TrainingData
    from revsearch_tui.api.types import Picture

_AT_ONCE = 32


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
