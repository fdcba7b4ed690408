"""Inception-V3 (Szegedy et al. 2015, arXiv:1512.00567), with the names of the weights that torchvision publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn
from torch.nn import functional

from revsearch_export.networks.inception_blocks import (
    AuxiliaryHead,
    ConvNorm,
    grid_8,
    grid_17,
    grid_35,
    reduce_to_8,
    reduce_to_17,
    truncated_normal,
)
from revsearch_export.networks.weights import take_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

STEMS = ("full", "small")
SMALLEST_SIDE = {"full": 75, "small": 39}
"""The smallest pictures that leave at least one cell at the end, by the stem."""


class Inception(nn.Module):
    """Inception-V3 for square pictures of `SMALLEST_SIDE` pixels or more; published at 299.

    The stem `small` moves the first convolution by one pixel instead of two: for pictures of about 75 to 150 pixels
    it keeps detail that the published stem throws away, at about four times the cost, with the same weights. Where
    `auxiliary` is on, a second head helps training; nothing else uses it.

    Pictures are normalised per channel. The weights published for ImageNet expect (v / 255 - 0.5) / 0.5 of a value v
    in 0..255, whatever torchvision's presets do before: its `transform_input` turns their mean and deviation back
    into that.

    In training a batch holds two pictures or more, because batch normalisation needs more than one value.
    """

    heads = ("fc", "AuxLogits")

    def __init__(
        self,
        classes: int,
        *,
        dropout: float = 0.5,
        auxiliary: bool = True,
        stem: Literal["full", "small"] = "full",
    ) -> None:
        super().__init__()
        if stem not in STEMS:
            raise ValueError(f"there is no stem '{stem}'; there are: {', '.join(STEMS)}")
        self.stem = stem
        self.dim = 2048
        self.Conv2d_1a_3x3 = ConvNorm(3, 32, (3, 3), stride=2 if stem == "full" else 1)
        self.Conv2d_2a_3x3 = ConvNorm(32, 32, (3, 3))
        self.Conv2d_2b_3x3 = ConvNorm(32, 64, (3, 3), padded=True)
        self.Conv2d_3b_1x1 = ConvNorm(64, 80, (1, 1))
        self.Conv2d_4a_3x3 = ConvNorm(80, 192, (3, 3))
        self.Mixed_5b = grid_35(192, 32)
        self.Mixed_5c = grid_35(256, 64)
        self.Mixed_5d = grid_35(288, 64)
        self.Mixed_6a = reduce_to_17(288)
        self.Mixed_6b = grid_17(768, 128)
        self.Mixed_6c = grid_17(768, 160)
        self.Mixed_6d = grid_17(768, 160)
        self.Mixed_6e = grid_17(768, 192)
        self.AuxLogits = AuxiliaryHead(768, classes) if auxiliary else None
        self.Mixed_7a = reduce_to_8(768)
        self.Mixed_7b = grid_8(1280)
        self.Mixed_7c = grid_8(2048)
        self.dropout = nn.Dropout(dropout)
        last = nn.Linear(self.dim, classes)
        # Smaller than the published 0.1: every class starts with nearly the same probability.
        truncated_normal(last.weight, 0.01)
        self.fc: nn.Module = last

    @property
    def classifier(self) -> nn.Module:
        """The last layer; its weights are named `fc`."""
        return self.fc

    @classifier.setter
    def classifier(self, layer: nn.Module) -> None:
        self.fc = layer

    def __setattr__(self, name: str, value: Tensor | nn.Module) -> None:
        """As of every module, except that another classifier goes through the property: torch would register a layer
        under that name, where nothing reads it."""
        if name == "classifier":
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def convolutions_with_norms(self) -> list[tuple[nn.Module, str, str]]:
        """Where a normalisation can be folded into a convolution: (owner, convolution, normalisation)."""
        return [(module, "conv", "bn") for module in self.modules() if isinstance(module, ConvNorm)]

    def features(self, pictures: Tensor) -> Tensor:
        """(n, 2048), not negative: the means of the last maps, after dropout."""
        return self.features_and_auxiliary(pictures)[0]

    def features_and_auxiliary(self, pictures: Tensor) -> tuple[Tensor, Tensor | None]:
        """`features`, and the auxiliary head's (n, classes) in training where there is one. Raises ValueError where
        the pictures are too small."""
        smallest = SMALLEST_SIDE[self.stem]
        if min(pictures.shape[-2:]) < smallest:
            raise ValueError(f"Inception with the stem '{self.stem}' takes pictures of {smallest} pixels or more")
        maps = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(pictures)))
        maps = functional.max_pool2d(maps, 3, stride=2)
        maps = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(maps))
        maps = functional.max_pool2d(maps, 3, stride=2)
        maps = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(maps)))
        maps = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(maps)))
        maps = self.Mixed_6e(self.Mixed_6d(maps))
        auxiliary = self.AuxLogits(maps) if self.AuxLogits is not None and self.training else None
        maps = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(maps)))
        pooled = functional.adaptive_avg_pool2d(maps, 1).flatten(1)
        return self.dropout(pooled), auxiliary

    def forward(self, pictures: Tensor) -> Tensor:
        """Class scores before softmax, (n, classes)."""
        scores: Tensor = self.fc(self.features(pictures))
        return scores


def load_official(
    network: Inception, state: Mapping[str, Tensor], origin: str, *, strict_head: bool = False
) -> list[str]:
    """Take over a state dict with torchvision's names; the names that were not taken over, sorted.

    As `take_over`: where the state is for other classes, both heads' last layers stay the network's own, and its
    auxiliary head is left out where the network has none. `origin` is the file's name in messages. Raises
    `ModelError`.
    """
    return take_over(network, state, origin, strict_head=strict_head)
