"""Layers that the networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    def __init__(
        self, incoming: int, outgoing: int, normalisation: str, *, kernel: int = 3, pool: bool = False
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(incoming, outgoing, kernel, padding=kernel // 2, bias=normalisation == "none")
        # Pooling before normalisation gives the same as after a ReLU, at a quarter of the work.
        self.pool = nn.MaxPool2d(2) if pool else nn.Identity()
        self.norm = norm_layer(normalisation, outgoing)
        self.activation = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """(n, outgoing, h, w), or half the sides where it pools."""
        activated: Tensor = self.activation(self.norm(self.pool(self.convolution(maps))))
        return activated
