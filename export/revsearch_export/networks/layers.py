"""Layers that the networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

NORMALISATIONS = ("batch", "group", "none")


def norm_layer(kind: str, channels: int, *, flat: bool = False) -> nn.Module:
    """The normalisation of that name for feature maps, or for vectors where `flat`."""
    if kind == "batch":
        return nn.BatchNorm1d(channels) if flat else nn.BatchNorm2d(channels)
    if kind == "group":
        return nn.GroupNorm(max(1, channels // 16), channels)
    if kind == "none":
        return nn.Identity()
    raise ValueError(f"there is no normalisation '{kind}'; there are: {', '.join(NORMALISATIONS)}")


class Conv(nn.Module):
    """Convolution of 3 x 3 that keeps the size, normalisation, ReLU."""

    def __init__(self, incoming: int, outgoing: int, normalisation: str) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(incoming, outgoing, 3, padding=1, bias=normalisation == "none")
        self.norm = norm_layer(normalisation, outgoing)
        self.activation = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """(n, outgoing, h, w)."""
        activated: Tensor = self.activation(self.norm(self.convolution(maps)))
        return activated


class ShiftNorm(nn.BatchNorm2d):
    """Batch normalisation with a learned shift and no learned scale: the filters before it have one already."""

    def __init__(self, channels: int, momentum: float = 0.1) -> None:
        super().__init__(channels, eps=1e-5, momentum=momentum)
        self.weight.requires_grad_(False)


def whitening_filters(pictures: Tensor, size: int = 2, epsilon: float = 5e-4) -> Tensor:
    """(2 * 3 * size * size, 3, size, size): filters whose answers to patches of these pictures are uncorrelated, each
    with its negative. `pictures` are (n, 3, h, w).

    Source: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv:2404.00498, section 3.2.
    """
    channels = pictures.shape[1]
    patches = pictures.unfold(2, size, 1).unfold(3, size, 1).transpose(1, 3).reshape(-1, channels, size, size)
    flat = patches.reshape(len(patches), -1)
    covariance = (flat.T @ flat) / len(flat)
    values, vectors = torch.linalg.eigh(covariance.double())
    filters = (vectors / (values + epsilon).sqrt()).T.flip(0).float().reshape(-1, channels, size, size)
    return torch.cat([filters, -filters])


class GridMaxPool(nn.Module):
    """Max-pooling to grid x grid cells, whatever the input's size. Unlike torch's adaptive pooling its cells are all of
    one size, so that it is a plain pooling in ONNX."""

    def __init__(self, grid: int) -> None:
        super().__init__()
        self.grid = grid

    def forward(self, maps: Tensor) -> Tensor:
        """(n, channels, grid, grid). The input's sides are at least `grid`."""
        sides = maps.shape[2:]
        strides = [side // self.grid for side in sides]
        kernel = [side - (self.grid - 1) * stride for side, stride in zip(sides, strides, strict=True)]
        return nn.functional.max_pool2d(maps, kernel, strides)
