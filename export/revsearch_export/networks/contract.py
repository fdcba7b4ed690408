"""What the trainer and the exporter expect of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Outputs:
    """`embedding` (n, dim), `logits` (n, classes); `auxiliary` (n, classes) only in training, where there is such a
    head."""

    embedding: Tensor
    logits: Tensor
    auxiliary: Tensor | None = None


class Network(Protocol):
    """`features(pictures)` gives (n, dim); `classifier` makes logits of them.

    Pictures are float32 (n, 3, side, side) with mean 0 and standard deviation 1 per channel over the training part.
    """

    dim: int
    classifier: nn.Module

    def features(self, pictures: Tensor) -> Tensor: ...
