"""Run a network over pictures without training it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as functional

if TYPE_CHECKING:
    from torch import Tensor, nn

    from revsearch_export.networks.contract import Network
    from revsearch_export.training.arrays import Part

_BATCH = 250


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
