"""The parts of Inception-V3 (Szegedy et al. 2015, arXiv:1512.00567, figures 5 to 7 and 10, table 1).

Every Mixed block is written as a table: branches that read the same maps, each a chain of convolutions. The names are
those under which torchvision publishes the weights, and the order is its order too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

_AUXILIARY_GRID = 5


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution of a block. `kernel` is (height, width). At stride 1 the maps keep their size; at stride 2 there
    is no padding."""

    name: str
    channels: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1


Step: TypeAlias = "Layer | tuple[Layer, Layer]"
"""Two layers in one step read the same maps; their outputs are put side by side."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The steps one after another, after a pooling where one is named; `maximum` halves the maps."""

    steps: tuple[Step, ...] = ()
    pool: Literal["", "average", "maximum"] = ""


class ConvNorm(nn.Module):
    """Convolution without bias, batch normalisation, ReLU. `deviation` is that of the initial weights."""

    def __init__(
        self,
        incoming: int,
        outgoing: int,
        kernel: tuple[int, int],
        *,
        stride: int = 1,
        padded: bool = False,
        deviation: float = 0.1,
    ) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2) if padded else 0
        self.conv = nn.Conv2d(incoming, outgoing, kernel, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(outgoing, eps=0.001)
        truncated_normal(self.conv.weight, deviation)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, outgoing, h, w), not negative."""
        return functional.relu(self.bn(self.conv(maps)), inplace=True)


class Mixed(nn.Module):
    """Branches over the same maps; their outputs, `channels` in all, side by side."""

    def __init__(self, incoming: int, *branches: Branch) -> None:
        super().__init__()
        self.branches = branches
        self.channels = 0
        for branch in branches:
            width = incoming
            for step in branch.steps:
                layers = _layers(step)
                for layer in layers:
                    made = ConvNorm(width, layer.channels, layer.kernel, stride=layer.stride, padded=layer.stride == 1)
                    self.add_module(layer.name, made)
                width = sum(layer.channels for layer in layers)
            self.channels += width

    def forward(self, maps: Tensor) -> Tensor:
        """(n, channels, h, w), or half the sides where the block reduces."""
        return torch.cat([self._follow(branch, maps) for branch in self.branches], 1)

    def _follow(self, branch: Branch, maps: Tensor) -> Tensor:
        if branch.pool == "average":
            maps = functional.avg_pool2d(maps, 3, stride=1, padding=1)
        elif branch.pool == "maximum":
            maps = functional.max_pool2d(maps, 3, stride=2)
        for step in branch.steps:
            made = [self.get_submodule(layer.name)(maps) for layer in _layers(step)]
            maps = made[0] if len(made) == 1 else torch.cat(made, 1)
        return maps


class AuxiliaryHead(nn.Module):
    """Class scores from the middle of the network, there to train it better (section 4 of the paper).

    The published head pools 17 x 17 maps to 5 x 5. Smaller maps, of smaller pictures, are pooled adaptively to the
    same 5 x 5, so that the weights have the same shapes at every size.
    """

    def __init__(self, incoming: int, classes: int) -> None:
        super().__init__()
        self.conv0 = ConvNorm(incoming, 128, (1, 1))
        self.conv1 = ConvNorm(128, 768, (_AUXILIARY_GRID, _AUXILIARY_GRID), deviation=0.01)
        self.fc = nn.Linear(768, classes)
        truncated_normal(self.fc.weight, 0.001)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, classes)."""
        if min(maps.shape[-2:]) < 3 * (_AUXILIARY_GRID - 1) + 5:
            pooled = functional.adaptive_avg_pool2d(maps, _AUXILIARY_GRID)
        else:
            pooled = functional.avg_pool2d(maps, 5, stride=3)
        spread = self.conv1(self.conv0(pooled))
        scores: Tensor = self.fc(functional.adaptive_avg_pool2d(spread, 1).flatten(1))
        return scores


def grid_35(incoming: int, pooled: int) -> Mixed:
    """Figure 5, the 5 x 5 convolution still in one piece, as in the weights that were published."""
    return Mixed(
        incoming,
        Branch((Layer("branch1x1", 64),)),
        Branch((Layer("branch5x5_1", 48), Layer("branch5x5_2", 64, (5, 5)))),
        Branch(
            (
                Layer("branch3x3dbl_1", 64),
                Layer("branch3x3dbl_2", 96, (3, 3)),
                Layer("branch3x3dbl_3", 96, (3, 3)),
            )
        ),
        Branch((Layer("branch_pool", pooled),), "average"),
    )


def reduce_to_17(incoming: int) -> Mixed:
    """Figure 10: from 35 x 35 to 17 x 17."""
    return Mixed(
        incoming,
        Branch((Layer("branch3x3", 384, (3, 3), 2),)),
        Branch(
            (
                Layer("branch3x3dbl_1", 64),
                Layer("branch3x3dbl_2", 96, (3, 3)),
                Layer("branch3x3dbl_3", 96, (3, 3), 2),
            )
        ),
        Branch(pool="maximum"),
    )


def grid_17(incoming: int, narrow: int) -> Mixed:
    """Figure 6 with n = 7; `narrow` channels between the factors of the 7 x 7 convolutions."""
    return Mixed(
        incoming,
        Branch((Layer("branch1x1", 192),)),
        Branch(
            (
                Layer("branch7x7_1", narrow),
                Layer("branch7x7_2", narrow, (1, 7)),
                Layer("branch7x7_3", 192, (7, 1)),
            )
        ),
        Branch(
            (
                Layer("branch7x7dbl_1", narrow),
                Layer("branch7x7dbl_2", narrow, (7, 1)),
                Layer("branch7x7dbl_3", narrow, (1, 7)),
                Layer("branch7x7dbl_4", narrow, (7, 1)),
                Layer("branch7x7dbl_5", 192, (1, 7)),
            )
        ),
        Branch((Layer("branch_pool", 192),), "average"),
    )


def reduce_to_8(incoming: int) -> Mixed:
    """From 17 x 17 to 8 x 8."""
    return Mixed(
        incoming,
        Branch((Layer("branch3x3_1", 192), Layer("branch3x3_2", 320, (3, 3), 2))),
        Branch(
            (
                Layer("branch7x7x3_1", 192),
                Layer("branch7x7x3_2", 192, (1, 7)),
                Layer("branch7x7x3_3", 192, (7, 1)),
                Layer("branch7x7x3_4", 192, (3, 3), 2),
            )
        ),
        Branch(pool="maximum"),
    )


def grid_8(incoming: int) -> Mixed:
    """Figure 7: the ends of two branches spread out to both sides."""
    return Mixed(
        incoming,
        Branch((Layer("branch1x1", 320),)),
        Branch(
            (
                Layer("branch3x3_1", 384),
                (Layer("branch3x3_2a", 384, (1, 3)), Layer("branch3x3_2b", 384, (3, 1))),
            )
        ),
        Branch(
            (
                Layer("branch3x3dbl_1", 448),
                Layer("branch3x3dbl_2", 384, (3, 3)),
                (Layer("branch3x3dbl_3a", 384, (1, 3)), Layer("branch3x3dbl_3b", 384, (3, 1))),
            )
        ),
        Branch((Layer("branch_pool", 192),), "average"),
    )


def truncated_normal(weight: Tensor, deviation: float) -> None:
    """Fill with a normal distribution around 0, cut off at two deviations, from torch's global generator."""
    nn.init.trunc_normal_(weight, 0.0, deviation, -2 * deviation, 2 * deviation)


def _layers(step: Step) -> tuple[Layer, ...]:
    return (step,) if isinstance(step, Layer) else step
