"""What becomes of a network's logits and embeddings: probabilities that mean what they say, and one class closer
together.

A network's features vary within a class too, and most so along few directions. Damping these brings neighbours of the
same class nearer by cosine.

Source: Hatch, Kajarekar, Stolcke, "Within-class covariance normalization for SVM-based speaker recognition",
Interspeech 2006; here only the directions that vary most are damped, and none is amplified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as functional
from torch import nn

from revsearch_export.figures import nearest_labels, shape_for, temperature_for

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

_DIRECTIONS = 128


class Calibrated(nn.Module):
    """Of logits (n, classes), the softmax of -scale * (-log p) ** power, where p is the softmax of
    logits / temperature. The classes keep their order.

    Sources: Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599; Rahimi et al., "Intra
    Order-preserving Functions for Calibration of Multi-Class Neural Networks", arXiv:2003.06820.
    """

    def __init__(self, temperature: float = 1.0, scale: float = 1.0, power: float = 1.0) -> None:
        super().__init__()
        self.temperature, self.scale, self.power = temperature, scale, power

    def forward(self, logits: Tensor) -> Tensor:
        """(n, classes), rows sum to 1."""
        unlikely = (-torch.log_softmax(logits / self.temperature, dim=1)).clamp_min(0.0)
        return torch.softmax(-self.scale * unlikely**self.power, dim=1)

    def as_record(self) -> dict[str, float]:
        """For JSON."""
        return {"temperature": self.temperature, "scale": self.scale, "power": self.power}


def fit_calibration(logits: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> Calibrated:
    """What makes these labels most likely, of logits (n, classes) of pictures that the network was not trained on."""
    temperature = temperature_for(logits, labels)
    factor, scale, power = shape_for(logits.astype("float64") / temperature, labels)
    return Calibrated(temperature / factor, scale, power)


class WithinClassNorm(nn.Module):
    """Subtracts the mean of all features, then shortens the part of them along each of k directions by a share, 0..1.

    `mean` is (dim,), `directions` (k, dim) with orthonormal rows, `shares` (k,).
    """

    def __init__(self, mean: Tensor, directions: Tensor, shares: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("directions", directions)
        self.register_buffer("shares", shares)

    def forward(self, vectors: Tensor) -> Tensor:
        """(n, dim) of (n, dim)."""
        mean, directions, shares = (cast("Tensor", each) for each in (self.mean, self.directions, self.shares))
        centred = vectors - mean
        along = functional.linear(centred, directions)  # unlike a product with the transpose, stored once in ONNX
        return centred - (along * shares) @ directions


def fit_within_class(vectors: Tensor, labels: Tensor) -> WithinClassNorm:
    """From features (n, dim) of training pictures and their classes (n,). A direction along which the variance within
    classes is w keeps 1 / sqrt(1 + w / w0) of itself, w0 being the mean over all directions."""
    deviations = vectors - _class_means(vectors, labels)
    _, lengths, directions = torch.linalg.svd(deviations, full_matrices=False)
    variances = lengths.square() / len(vectors)
    usual = variances.sum() / vectors.shape[1]
    shares = 1 - (1 + variances / usual.clamp_min(torch.finfo().tiny)).rsqrt()
    return WithinClassNorm(vectors.mean(dim=0), directions[:_DIRECTIONS].contiguous(), shares[:_DIRECTIONS])


def neighbour_accuracy(queries: Tensor, labels: Tensor, gallery: Tensor, gallery_labels: Tensor) -> float:
    """The share of queries (n, dim) whose nearest row of the gallery (m, dim), by cosine, is of their class."""
    first, second = (functional.normalize(vectors, dim=1).numpy() for vectors in (queries, gallery))
    return float((nearest_labels(first, second, gallery_labels.numpy()) == labels.numpy()).mean())


def _class_means(vectors: Tensor, labels: Tensor) -> Tensor:
    """(n, dim): for each row the mean of its class."""
    sums = torch.zeros(int(labels.max()) + 1, vectors.shape[1]).index_add_(0, labels, vectors)
    return (sums / labels.bincount().clamp_min(1)[:, None])[labels]
