"""How much of the picture's middle to look at: tried on a quick feature, where the user does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
from revsearch_svm.hog import Hog

from revsearch_export.svm.choose import Trial, folded
from revsearch_export.svm.rows import gather
from revsearch_export.svm.scaling import fit_scaling, scaled

if TYPE_CHECKING:
    from revsearch_tui.api import Control, TrainingData

CROPS = (1.0, 0.8, 0.62, 0.5, 0.4)
"""In the order in which one wins over an equal."""

_SIDE = 64
_PICTURES = 1500
_FOLDS = 4
_RIDGE = 0.3
"""Rows have length 1 on average."""


def choose_crop(data: TrainingData, seed: int, control: Control) -> tuple[float, dict[str, float]]:
    """The best of `CROPS` by cross-validation over some of the training pictures, and the accuracy of each.

    Judged by ridge regression onto the classes over HOG of 64 x 64 pixels: coarse, but what hurts is a face that fills
    a fifth of what is looked at. Raises Cancelled.
    """
    places = np.sort(np.random.default_rng(seed).permutation(len(data.train))[:_PICTURES])
    samples = [data.train[place] for place in places]
    accuracies: dict[str, float] = {}
    for crop in CROPS:
        parts = (Hog(crop, _SIDE, 8, 18),)
        rows = gather(data, samples, parts, False, control, f"trying the middle {crop:.0%}")
        rows = scaled(rows, fit_scaling(rows, parts, 0, seed))
        right = sum(_right(trial, len(data.classes)) for trial in folded(rows, _FOLDS, seed))
        accuracies[f"{crop:g}"] = right / max(1, len(rows))
        control.check()
    return max(CROPS, key=lambda crop: accuracies[f"{crop:g}"]), accuracies


def _right(trial: Trial, classes: int) -> int:
    """How many pictures a ridge regression of the others puts into their class."""
    learn, judge = trial.learn.matrix, trial.judge.matrix
    kernel = (learn @ learn.T).astype(np.float64)
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    weights = scipy.linalg.solve(kernel, np.eye(classes)[trial.learn.labels], assume_a="pos")
    values = (judge @ learn.T) @ weights
    return int((values.argmax(axis=1) == trial.judge.labels).sum())
