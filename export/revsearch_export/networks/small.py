"""The small networks: that of the original work, and the one that is best for its cost.

Source: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv:2404.00498, the network of its section on 96 %,
made narrower; the filters are trained with Muon.

The output of the first fully connected layer, the last hidden one, is the embedding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from revsearch_export.networks.layers import Conv, GridMaxPool, ShiftNorm, norm_layer, whitening_filters

if TYPE_CHECKING:
    from torch import Tensor

_BEST_WIDTHS = (96, 288, 384)
_SEED_WIDTHS = (64, 128, 256, 256)


class _Group(nn.Module):
    """convolution, max-pooling, normalisation, GELU; then two convolutions with theirs, around which the maps are
    carried past and added. Halves the side."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(incoming, outgoing, 3, padding=1, bias=False)
        self.first_norm = ShiftNorm(outgoing)
        self.second = nn.Conv2d(outgoing, outgoing, 3, padding=1, bias=False)
        self.second_norm = ShiftNorm(outgoing)
        self.third = nn.Conv2d(outgoing, outgoing, 3, padding=1, bias=False)
        self.third_norm = ShiftNorm(outgoing)
        self.pool = nn.MaxPool2d(2)
        self.activation = nn.GELU()
        for convolution in (self.first, self.second, self.third):
            nn.init.dirac_(convolution.weight[: convolution.in_channels])

    def forward(self, maps: Tensor) -> Tensor:
        """(n, outgoing, h // 2, w // 2)."""
        halved = self.activation(self.first_norm(self.pool(self.first(maps))))
        maps = self.activation(self.second_norm(self.second(halved)))
        activated: Tensor = self.activation(self.third_norm(self.third(maps)) + halved)
        return activated


class BestNetwork(nn.Module):
    """A whitening layer, three groups, and max-pooling to `grid` x `grid` cells: the embedding of grid * grid * 384
    numbers. A grid of 1 tells what is there, a larger one also where, which suits aligned pictures such as faces.

    The input's side is at least 9. `width` multiplies the channels (96, 288, 384). `whiten(pictures)` is called once
    before training.
    """

    def __init__(self, classes: int, *, width: float = 1.0, grid: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        first, second, third = (max(16, round(channels * width)) for channels in _BEST_WIDTHS)
        self.dim = third * grid * grid
        self.whitening = nn.Conv2d(3, 24, 2)
        self.whitening.weight.requires_grad_(False)
        self.activation = nn.GELU()
        self.groups = nn.Sequential(_Group(24, first), _Group(first, second), _Group(second, third))
        self.pool = GridMaxPool(grid)
        self.dropout = nn.Dropout(dropout)
        self.classifier: nn.Module = nn.Linear(self.dim, classes, bias=False)

    def whiten(self, pictures: Tensor) -> None:
        """Set the first layer from (n, 3, h, w) pictures as they are trained on."""
        with torch.no_grad():
            self.whitening.weight.copy_(whitening_filters(pictures))
            assert self.whitening.bias is not None
            self.whitening.bias.zero_()

    def features(self, pictures: Tensor) -> Tensor:
        """(n, dim)."""
        maps = self.groups(self.activation(self.whitening(pictures)))
        vector: Tensor = self.dropout(self.pool(maps).flatten(1))
        return vector

    def convolutions_with_norms(self) -> list[tuple[nn.Module, str, str]]:
        """Where a normalisation can be folded into a convolution: (owner, convolution, normalisation). The pooling
        between some of them does not matter, for these normalisations scale by positive numbers only."""
        names = (("first", "first_norm"), ("second", "second_norm"), ("third", "third_norm"))
        return [(group, convolution, norm) for group in self.groups for convolution, norm in names]


class SeedNetwork(nn.Module):
    """convolution, max-pooling, convolution, max-pooling, convolution, convolution, two fully connected layers.

    `width` multiplies the channels (64, 128, 256, 256), `dropout` acts before each fully connected layer. The first
    pooling halves the side; the second leaves `grid` x `grid` cells whatever the input's size, which is half again at
    32 pixels. The input's side is at least 2 * grid.
    """

    def __init__(
        self,
        classes: int,
        *,
        width: float = 1.0,
        dim: int = 512,
        dropout: float = 0.25,
        normalisation: str = "batch",
        grid: int = 8,
    ) -> None:
        super().__init__()
        first, second, third, fourth = (max(8, round(channels * width)) for channels in _SEED_WIDTHS)
        self.dim = dim
        self.convolutions = nn.Sequential(
            Conv(3, first, normalisation),
            nn.MaxPool2d(2),
            Conv(first, second, normalisation),
            GridMaxPool(grid),
            Conv(second, third, normalisation),
            Conv(third, fourth, normalisation),
        )
        self.hidden = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(fourth * grid * grid, dim, bias=normalisation == "none"),
            norm_layer(normalisation, dim, flat=True),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.classifier: nn.Module = nn.Linear(dim, classes)

    def features(self, pictures: Tensor) -> Tensor:
        """(n, dim), not negative."""
        hidden: Tensor = self.hidden(self.convolutions(pictures).flatten(1))
        return hidden
