"""The network of the original work: 4 convolutions, 2 max-poolings, 2 fully connected layers.

The output of the first fully connected layer, the last hidden one, is the embedding; softmax comes on top of the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from revsearch_export.networks.layers import Conv, norm_layer

if TYPE_CHECKING:
    from torch import Tensor

_WIDTHS = (64, 64, 128, 256)


class SeedNetwork(nn.Module):
    """convolution, convolution, max-pooling, twice; then two fully connected layers, dropout before each.

    `width` multiplies the channels (64, 64, 128, 256). The input's side is at least 4. Both poolings halve the side
    at 32 pixels; above that the second one reduces to `grid` x `grid` cells, so that the fully connected layer keeps
    its size whatever the input's.
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
            Conv(first, second, normalisation),
            nn.MaxPool2d(2),
            Conv(second, third, normalisation),
            Conv(third, fourth, normalisation),
            nn.AdaptiveMaxPool2d(grid),
        )
        self.hidden = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(fourth * grid * grid, dim, bias=normalisation == "none"),
            norm_layer(normalisation, dim, flat=True),
            nn.ReLU(),
        )
        self.dropout = nn.Dropout(dropout)
        self.classifier: nn.Module = nn.Linear(dim, classes)

    def features(self, pictures: Tensor) -> Tensor:
        """(n, dim), not negative."""
        hidden: Tensor = self.hidden(self.convolutions(pictures).flatten(1))
        return hidden
