"""The network of the original work: 4 convolutions, 2 max-poolings, 2 fully connected layers, softmax on top.

The output of the first fully connected layer, the last hidden one, is the embedding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from revsearch_export.networks.layers import Conv, GridMaxPool, norm_layer

if TYPE_CHECKING:
    from torch import Tensor

_WIDTHS = (64, 128, 256, 256)


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
        first, second, third, fourth = (max(8, round(channels * width)) for channels in _WIDTHS)
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
