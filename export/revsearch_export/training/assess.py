"""Run a network over pictures without training it: to judge it, or to teach another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as functional

if TYPE_CHECKING:
    from torch import Tensor, nn

    from revsearch_export.networks.layers import Network
    from revsearch_export.training.arrays import Part

_BATCH = 250

Channels = tuple[float, float, float]
_SOFTNESS = 2.0
"""Scores are divided by it before they are compared, so that the classes that are not the likeliest count more."""


class Scaler:
    """Brings raw RGB values of 0..255 to mean 0 and standard deviation 1 per channel."""

    def __init__(self, mean: tuple[float, float, float], std: tuple[float, float, float], device: torch.device) -> None:
        self._mean = torch.tensor(mean, device=device).view(1, 3, 1, 1)
        self._scale = 1 / torch.tensor(std, device=device).view(1, 3, 1, 1)
        self._device = device

    def __call__(self, pictures: Tensor) -> Tensor:
        """(n, 3, h, w) float32 on the device, channels last in memory."""
        moved = pictures.to(self._device).contiguous(memory_format=torch.channels_last)
        return (moved.float() - self._mean) * self._scale


@torch.no_grad()
def run_over(
    network: Network, part: Part, scale: Scaler, *, bf16: bool = False, batch: int = _BATCH
) -> tuple[Tensor, Tensor]:
    """`embeddings` (n, dim) and `logits` (n, classes), float32 on the CPU. The network is left in evaluation mode."""
    cast("nn.Module", network).eval()
    embeddings, logits = [], []
    for start in range(0, len(part), batch):
        pictures = scale(part.pictures[start : start + batch])
        with torch.autocast(pictures.device.type, torch.bfloat16, enabled=bf16):
            vectors = network.features(pictures)
            scores = network.classifier(vectors)
        embeddings.append(vectors.float().cpu())
        logits.append(scores.float().cpu())
    return torch.cat(embeddings), torch.cat(logits)


def loss_and_accuracy(logits: Tensor, labels: Tensor) -> tuple[float, float]:
    """Mean cross-entropy in nats, and the share of pictures whose class has the highest score."""
    loss = float(functional.cross_entropy(logits, labels))
    return loss, float((logits.argmax(1) == labels).float().mean())


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
