"""A classifier by angles: what it learns makes embeddings of one class lie close together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as functional
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


class ArcFace(nn.Module):
    """Logits are `scale` times the cosine between a vector and each class's direction; in training the angle to the
    right class counts as `margin` radians larger.

    Source: Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", arXiv:1801.07698.
    """

    def __init__(self, dim: int, classes: int, *, scale: float = 16.0, margin: float = 0.3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dim))
        nn.init.xavier_uniform_(self.weight)
        self.scale, self.margin = scale, margin

    def forward(self, vectors: Tensor) -> Tensor:
        """(n, classes) of -scale..scale."""
        logits: Tensor = functional.linear(functional.normalize(vectors, dim=1), functional.normalize(self.weight))
        return logits * self.scale

    def with_margin(self, vectors: Tensor, labels: Tensor) -> Tensor:
        """As `forward`, with the margin for the right classes."""
        cosine: Tensor = self(vectors) / self.scale
        right = cosine.gather(1, labels[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
        sine = (1 - right * right).sqrt()
        turned = right * math.cos(self.margin) - sine * math.sin(self.margin)
        # Past pi - margin the cosine would rise again; there a plain penalty goes on falling.
        limit = math.cos(math.pi - self.margin)
        turned = torch.where(right > limit, turned, right - math.sin(self.margin) * self.margin)
        return self.scale * cosine.scatter(1, labels[:, None], turned)
