"""Decision functions of support vector machines, one value a class, and the probabilities made of them.

Cortes and Vapnik, Support-Vector Networks, 1995, one class against the rest. The Nystroem approximation of a kernel
(Williams and Seeger, NIPS 2000) followed by a linear machine is itself a sum of kernels over its landmarks, the
normalisation multiplied into the coefficients: so it is kept, and evaluated, as the exact kernel machine is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from revsearch_svm.centre import Floats


@dataclass(frozen=True)
class Linear:
    """`weights` (classes, d), `bias` (classes,), float32."""

    weights: Floats
    bias: Floats

    def values(self, rows: Floats) -> Floats:
        """(n, classes) of (n, d)."""
        return np.asarray(rows @ self.weights.T + self.bias, np.float32)


@dataclass(frozen=True)
class Kernel:
    """`vectors` (s, d), `coefficients` (classes, s), `bias` (classes,), float32, and the `gamma` of
    exp(-gamma * |x - v|^2)."""

    vectors: Floats
    coefficients: Floats
    bias: Floats
    gamma: float

    def values(self, rows: Floats) -> Floats:
        """(n, classes) of (n, d)."""
        return np.asarray(
            rbf(rows, self.vectors, self.gamma, self._lengths) @ self.coefficients.T + self.bias, np.float32
        )

    @cached_property
    def _lengths(self) -> Floats:
        return squared_lengths(self.vectors)


@dataclass(frozen=True)
class Calibration:
    """`bias` (classes,) is added to the decision values, which are then divided by the `temperature`; the softmax of
    the outcome gives p. The softmax of -scale * (-log p) ** power is the probability.

    Temperatures are of Guo et al., On Calibration of Modern Neural Networks, ICML 2017. A power above 1 makes the sure
    surer and the unsure less sure, and leaves the classes in their order: one of the functions of Rahimi et al., Intra
    Order-preserving Functions for Calibration of Multi-Class Neural Networks, NeurIPS 2020.
    """

    temperature: float
    bias: Floats
    scale: float = 1.0
    power: float = 1.0

    def probabilities(self, values: Floats) -> Floats:
        """(n, classes) float32, rows sum to 1, of decision values."""
        unlikely = -log_softmax((values.astype(np.float64) + self.bias) / self.temperature)
        return np.asarray(np.exp(log_softmax(-self.scale * unlikely**self.power)), np.float32)


def log_softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, classes), at most 0, of (n, classes)."""
    lowered = values - values.max(axis=1, keepdims=True)
    return np.asarray(np.minimum(lowered - np.log(np.exp(lowered).sum(axis=1, keepdims=True)), 0.0))


def squared_lengths(rows: Floats) -> Floats:
    """(n,) of (n, d)."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows), np.float32)


def rbf(rows: Floats, vectors: Floats, gamma: float, lengths: Floats | None = None) -> Floats:
    """(n, s) kernel values of (n, d) and (s, d); `lengths` are the squared ones of the vectors, where known."""
    lengths = squared_lengths(vectors) if lengths is None else lengths
    distances = rows @ vectors.T
    distances *= np.float32(-2)
    distances += squared_lengths(rows)[:, None]
    distances += lengths
    np.maximum(distances, 0, out=distances)
    distances *= np.float32(-gamma)
    return np.asarray(np.exp(distances, out=distances), np.float32)
