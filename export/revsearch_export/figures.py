"""Figures of a trained model on pictures it has not seen: accuracy, its interval, calibration, nearest neighbour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_BLOCK = 1000
_BINS = 15
_FARTHEST = 3.0
"""The logarithms of what shapes probabilities go no farther from 0."""
_NORMAL = 1.959963984540054
"""95 % of a normal distribution lie within so many standard deviations."""


def accuracy(right: npt.NDArray[np.bool_]) -> dict[str, float | int]:
    """The share of trues with its 95 % interval after Wilson (1927), and how many there were."""
    n = len(right)
    if not n:
        return {"accuracy": float("nan"), "low": 0.0, "high": 1.0, "n": 0}
    # scipy.stats has it too, and takes a second to import.
    share = float(right.mean())
    middle = (share + _NORMAL**2 / (2 * n)) / (1 + _NORMAL**2 / n)
    reach = _NORMAL * math.sqrt(share * (1 - share) / n + (_NORMAL / (2 * n)) ** 2) / (1 + _NORMAL**2 / n)
    return {"accuracy": share, "low": max(0.0, middle - reach), "high": min(1.0, middle + reach), "n": n}


def calibration_error(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """Expected calibration error, 0..1, over 15 bins of equal width (Guo et al. 2017, arXiv:1706.04599)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for index in range(_BINS):
        inside = bins == index
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(error)


def temperature_for(logits: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """The temperature that makes the softmax of logits / temperature most likely on these pictures (Guo et al. 2017);
    1 where there are none."""
    from scipy.optimize import minimize_scalar

    if not len(labels):
        return 1.0

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        normaliser = np.log(np.exp(scaled).sum(axis=1))
        return float((normaliser - scaled[np.arange(len(labels)), labels]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x))


def shape_for(logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    """A factor for the logits, a scale and a power, that make the softmax of -scale * (-log p) ** power most likely on
    these pictures, p being the softmax of logits * factor; each is drawn to 1, the more the fewer pictures there are.

    Rahimi et al., Intra Order-preserving Functions for Calibration of Multi-Class Neural Networks, NeurIPS 2020.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    if not len(labels):
        return 1.0, 1.0, 1.0
    rows = np.arange(len(labels))

    def plain(logs: npt.NDArray[np.float64]) -> list[float]:
        return [float(value) for value in np.exp(np.clip(logs, -_FARTHEST, _FARTHEST))]

    def loss(logs: npt.NDArray[np.float64]) -> float:
        factor, scale, power = plain(logs)
        unlikely = np.maximum(-log_softmax(logits * factor, axis=1), 0.0)
        told = log_softmax(-scale * unlikely**power, axis=1)
        return float(-told[rows, labels].mean()) + float(logs @ logs) / (2 * len(labels))

    factor, scale, power = plain(minimize(loss, np.zeros(3), method="Nelder-Mead").x)
    return factor, scale, power


def nearest_labels(
    queries: npt.NDArray[np.float32], gallery: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The label of each query's nearest gallery row, by the inner product; all rows have length 1."""
    nearest = [(queries[start : start + _BLOCK] @ gallery.T).argmax(axis=1) for start in range(0, len(queries), _BLOCK)]
    return labels[np.concatenate(nearest)] if nearest else np.empty(0, dtype=np.int64)


def measure(
    embeddings: npt.NDArray[np.float32],
    probabilities: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    gallery: npt.NDArray[np.float32],
    gallery_labels: npt.NDArray[np.int64],
) -> Mapping[str, Any]:
    """`softmax` and `neighbour` accuracies (1-NN by cosine in the gallery), and `calibration_error`."""
    return {
        "softmax": accuracy(probabilities.argmax(axis=1) == labels),
        "neighbour": accuracy(nearest_labels(embeddings, gallery, gallery_labels) == labels),
        "calibration_error": calibration_error(probabilities, labels),
        "gallery": len(gallery),
    }
