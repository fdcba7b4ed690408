"""Probabilities that mean what they say: what becomes of a network's logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from revsearch_export.figures import shape_for, temperature_for

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor


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
