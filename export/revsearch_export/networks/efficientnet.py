"""EfficientNet-Lite0, with the names of the weights that were published for torch.

Sources: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv:1905.11946,
table 1; the Lite variants leave out squeeze-and-excitation and take ReLU6 for swish. Blocks: Sandler et al.,
"MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

_STEM, _HEAD = 32, 1280
_EPSILON, _MOMENTUM = 1e-3, 0.01


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one kind, one after another; the first of them moves by `stride` and changes the channels."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class SameConv(nn.Conv2d):
    """Convolution without bias whose maps have 1 / `stride` of the sides, rounded up. What padding that takes goes
    around evenly, one that is left over to the right and below, as in TensorFlow, where the weights come from."""

    def __init__(self, incoming: int, outgoing: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__(incoming, outgoing, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """(n, outgoing, h, w)."""
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        rows, columns = (max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in input.shape[-2:])
        if rows % 2 or columns % 2:
            around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
            return functional.conv2d(
                functional.pad(input, around), self.weight, self.bias, self.stride, groups=self.groups
            )
        return functional.conv2d(input, self.weight, self.bias, self.stride, (rows // 2, columns // 2), 1, self.groups)


class InvertedBlock(nn.Module):
    """Channels are multiplied by `expansion`, mixed within their maps, and brought down to `outgoing` without a
    nonlinearity; what comes in is added where it fits."""

    def __init__(self, incoming: int, outgoing: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = incoming * expansion
        self._expand_conv = SameConv(incoming, wide) if expansion > 1 else None
        self._bn0: nn.Module | None = _norm(wide) if expansion > 1 else None
        self._depthwise_conv = SameConv(wide, wide, kernel, stride=stride, groups=wide)
        self._bn1: nn.Module = _norm(wide)
        self._project_conv = SameConv(wide, outgoing)
        self._bn2: nn.Module = _norm(outgoing)
        self._adds = stride == 1 and incoming == outgoing

    def forward(self, maps: Tensor) -> Tensor:
        """(n, outgoing, h, w)."""
        wide = maps
        if self._expand_conv is not None and self._bn0 is not None:
            wide = functional.relu6(self._bn0(self._expand_conv(maps)))
        wide = functional.relu6(self._bn1(self._depthwise_conv(wide)))
        narrow: Tensor = self._bn2(self._project_conv(wide))
        return narrow + maps if self._adds else narrow


class EfficientNetLite0(nn.Module):
    """For pictures of any size, published at 224 pixels, their values v of 0..255 as (v - 127) / 128."""

    def __init__(self, classes: int, *, dropout: float = 0.2) -> None:
        super().__init__()
        self.dim = _HEAD
        self._conv_stem = SameConv(3, _STEM, 3, stride=2)
        self._bn0: nn.Module = _norm(_STEM)
        blocks, width = [], _STEM
        for stage in STAGES:
            for number in range(stage.blocks):
                stride = 1 if number else stage.stride
                blocks.append(
                    InvertedBlock(width, stage.channels, kernel=stage.kernel, stride=stride, expansion=stage.expansion)
                )
                width = stage.channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv(width, _HEAD)
        self._bn1: nn.Module = _norm(_HEAD)
        self.dropout = nn.Dropout(dropout)
        self._fc = nn.Linear(_HEAD, classes)

    @property
    def classifier(self) -> nn.Module:
        """The last layer; its weights are named `_fc`."""
        return self._fc

    def convolutions_with_norms(self) -> list[tuple[nn.Module, str, str]]:
        """Where a normalisation can be folded into a convolution: (owner, convolution, normalisation)."""
        pairs: list[tuple[nn.Module, str, str]] = [(self, "_conv_stem", "_bn0"), (self, "_conv_head", "_bn1")]
        for block in self._blocks:
            if getattr(block, "_expand_conv", None) is not None:
                pairs.append((block, "_expand_conv", "_bn0"))
            pairs += [(block, "_depthwise_conv", "_bn1"), (block, "_project_conv", "_bn2")]
        return pairs

    def features(self, pictures: Tensor) -> Tensor:
        """(n, 1280) of 0..6: the means of the last maps, after dropout."""
        maps = functional.relu6(self._bn0(self._conv_stem(pictures)))
        for block in self._blocks:
            maps = block(maps)
        maps = functional.relu6(self._bn1(self._conv_head(maps)))
        pooled: Tensor = self.dropout(torch.mean(maps, dim=(2, 3)))
        return pooled

    def forward(self, pictures: Tensor) -> Tensor:
        """Class scores before softmax, (n, classes)."""
        scores: Tensor = self._fc(self.features(pictures))
        return scores


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON, momentum=_MOMENTUM)
