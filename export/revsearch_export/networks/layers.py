"""What trainer and exporter expect of a network, and the layers and wrappers that the networks share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

import torch
import torch.nn.functional as functional
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

NORMALISATIONS = ("batch", "group", "none")


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


class BothSides(nn.Module):
    """A picture and its mirror image get the same features: the mean over both, at twice the cost of the network
    given. Not for training, which sees mirror images as pictures of their own."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.one_side = cast("nn.Module", network)
        self.dim = network.dim

    @property
    def classifier(self) -> nn.Module:
        """That of the network given."""
        return cast("Network", self.one_side).classifier

    def features(self, pictures: Tensor) -> Tensor:
        """(n, dim)."""
        network = cast("Network", self.one_side)
        return (network.features(pictures) + network.features(pictures.flip(3))) / 2

    def convolutions_with_norms(self) -> list[tuple[nn.Module, str, str]]:
        """Those of the network given, where it tells any."""
        pairs = getattr(self.one_side, "convolutions_with_norms", None)
        return pairs() if pairs else []


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
