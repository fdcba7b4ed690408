"""XFeat: keypoints and their descriptors by a small convolutional network.

Potje, Cadar, Araujo, Martins and Nascimento, "XFeat: Accelerated Features for Lightweight Image Matching", CVPR 2024.
A thin, deep network reads the grey picture down to a thirty-second of its size and brings three of its scales together
at an eighth; keypoints are found apart from it, by 1 x 1 convolutions over cells of 8 x 8 pixels. Modules are named so
that the published weights load as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as functional
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

CELL = 8
"""Pixels of a cell's side: there is one descriptor, and at most one keypoint per pixel, in each cell."""
MULTIPLE = 32
"""Both sides of a picture are multiples of this."""
DIM = 64
"""Numbers in a descriptor."""


class _Layer(nn.Module):
    """Convolution that keeps the size but for its stride, normalisation without weights of its own, ReLU."""

    def __init__(self, incoming: int, outgoing: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        convolution = nn.Conv2d(incoming, outgoing, kernel, stride, padding=kernel // 2, bias=False)
        self.layer = nn.Sequential(convolution, nn.BatchNorm2d(outgoing, affine=False), nn.ReLU())

    def forward(self, maps: Tensor) -> Tensor:
        found: Tensor = self.layer(maps)
        return found


class XFeat(nn.Module):
    """Grey pictures in, maps out. `fine_matcher` refines pairs of cells, which nothing here asks for; it is a part
    because the published weights hold it."""

    def __init__(self) -> None:
        super().__init__()
        self.skip1 = nn.Sequential(nn.AvgPool2d(4, 4), nn.Conv2d(1, 24, 1))
        self.block1 = nn.Sequential(_Layer(1, 4), _Layer(4, 8, stride=2), _Layer(8, 8), _Layer(8, 24, stride=2))
        self.block2 = nn.Sequential(_Layer(24, 24), _Layer(24, 24))
        self.block3 = nn.Sequential(_Layer(24, 64, stride=2), _Layer(64, 64), _Layer(64, 64, kernel=1))
        self.block4 = nn.Sequential(_Layer(64, 64, stride=2), _Layer(64, 64), _Layer(64, 64))
        self.block5 = nn.Sequential(
            _Layer(64, 128, stride=2), _Layer(128, 128), _Layer(128, 128), _Layer(128, 64, kernel=1)
        )
        self.block_fusion = nn.Sequential(_Layer(64, 64), _Layer(64, 64), nn.Conv2d(64, DIM, 1))
        self.heatmap_head = nn.Sequential(
            _Layer(64, 64, kernel=1), _Layer(64, 64, kernel=1), nn.Conv2d(64, 1, 1), nn.Sigmoid()
        )
        per_pixel = [_Layer(CELL**2, CELL**2, kernel=1) for _ in range(3)]
        self.keypoint_head = nn.Sequential(*per_pixel, nn.Conv2d(CELL**2, CELL**2 + 1, 1))
        self.fine_matcher = _perceptron(2 * DIM, 512, 4, CELL**2)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of float32 (n, 1, h, w), grey in any range: `descriptors` (n, 64, h / 8, w / 8) of length 1, `heat`
        (n, 1, h, w), how likely each pixel is a keypoint, and `reliability` (n, 1, h / 8, w / 8) of the descriptors,
        both within 0..1. `h` and `w` are multiples of 32."""
        centred = pictures - _mean(pictures)
        grey = centred * torch.rsqrt(_mean(centred * centred) + 1e-5)
        eighth = self.block3(self.block2(self.block1(grey) + self.skip1(grey)))
        sixteenth = self.block4(eighth)
        thirtysecond = self.block5(sixteenth)
        fused = self.block_fusion(eighth + _like(sixteenth, eighth) + _like(thirtysecond, eighth))
        # The last of 65 says that no pixel of the cell is a keypoint.
        cells = self.keypoint_head(functional.pixel_unshuffle(grey, CELL)).softmax(1)[:, :-1]
        return functional.normalize(fused, dim=1), functional.pixel_shuffle(cells, CELL), self.heatmap_head(fused)


def _mean(maps: Tensor) -> Tensor:
    """Over each map. In two steps: the sum of all pixels at once would lose digits in float32."""
    return maps.mean(dim=3, keepdim=True).mean(dim=2, keepdim=True)


def _like(maps: Tensor, finer: Tensor) -> Tensor:
    return functional.interpolate(maps, finer.shape[-2:], mode="bilinear", align_corners=False)


def _perceptron(incoming: int, hidden: int, depth: int, outgoing: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(incoming, hidden), nn.BatchNorm1d(hidden, affine=False), nn.ReLU()]
        incoming = hidden
    return nn.Sequential(*layers, nn.Linear(hidden, outgoing))
