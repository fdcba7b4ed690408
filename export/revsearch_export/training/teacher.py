"""Learning from another trained network instead of from labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as functional

if TYPE_CHECKING:
    from torch import Tensor, nn

    from revsearch_export.networks.contract import Network

Channels = tuple[float, float, float]

_SOFTNESS = 2.0
"""Scores are divided by it before they are compared, so that the classes that are not the likeliest count more."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """A trained network, and the mean and standard deviation, per channel of 0..255, that its pictures are brought
    to."""

    network: Network
    mean: Channels
    std: Channels

    def moved(self, device: torch.device) -> Teacher:
        """This one on the device, ready to be asked."""
        cast("nn.Module", self.network).to(device).to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        return self

    @torch.no_grad()
    def scores(self, pictures: Tensor, mean: Channels, std: Channels) -> Tensor:
        """Logits (n, classes) for (n, 3, side, side) pictures that were scaled with this mean and deviation."""
        if (mean, std) != (self.mean, self.std):
            theirs, own = (torch.tensor(values, device=pictures.device).view(1, 3, 1, 1) for values in (std, self.std))
            apart = [first - second for first, second in zip(mean, self.mean, strict=True)]
            pictures = (pictures * theirs + torch.tensor(apart, device=pictures.device).view(1, 3, 1, 1)) / own
        logits: Tensor = self.network.classifier(self.network.features(pictures))
        return logits


def distance_to_teacher(logits: Tensor, wanted: Tensor) -> Tensor:
    """The mean Kullback-Leibler divergence, in nats, of softened classes from the teacher's, both from logits
    (n, classes), times the square of the softness.

    Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531.
    """
    own = functional.log_softmax(logits.float() / _SOFTNESS, dim=1)
    target = functional.log_softmax(wanted.float() / _SOFTNESS, dim=1)
    return functional.kl_div(own, target, reduction="batchmean", log_target=True) * _SOFTNESS**2
