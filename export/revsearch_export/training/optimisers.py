"""From a recipe to optimisers over a network's parameters, and the course of the learning rate.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024,
https://kellerjordan.github.io/posts/muon/.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from revsearch_export.training.recipe import Recipe

_SHIFT_MOMENTUM = 0.85
_MOMENTUM = 0.9
_BESIDE_MUON = (0.9, 0.98)
"""Moments of AdamW in the few steps that Muon takes."""

_STEPS = 3
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def make_optimisers(network: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """The optimisers, each group with its full rate under `full_lr`."""
    trained = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    if recipe.optimiser == "adamw":
        made: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(_by_decay(trained, recipe.decay / recipe.lr), lr=recipe.lr)
        ]
    elif recipe.optimiser == "sgd":
        made = [
            torch.optim.SGD(
                _by_decay(trained, recipe.decay / recipe.lr), lr=recipe.lr, momentum=_MOMENTUM, nesterov=True
            )
        ]
    elif recipe.optimiser == "muon-adamw":
        filters = [weight for _, weight in trained if weight.ndim == 4]
        others = _by_decay(
            [(name, weight) for name, weight in trained if weight.ndim != 4], recipe.decay / recipe.head_lr
        )
        beside = torch.optim.AdamW(others, lr=recipe.head_lr, betas=_BESIDE_MUON)
        made = [Muon(filters, lr=recipe.lr), beside]
    else:
        head = {id(weight) for weight in network.classifier.parameters()}  # type: ignore[union-attr]
        filters = [weight for _, weight in trained if weight.ndim > 1 and id(weight) not in head]
        shifts = [weight for _, weight in trained if weight.ndim == 1 and id(weight) not in head]
        heads = [weight for _, weight in trained if id(weight) in head]
        rest: list[dict[str, Any]] = [
            {"params": weights, "lr": lr, "weight_decay": recipe.decay / lr}
            for weights, lr in ((shifts, recipe.shift_lr), (heads, recipe.head_lr))
            if weights
        ]
        made = [
            Muon(filters, lr=recipe.lr),
            torch.optim.SGD(rest, lr=recipe.head_lr, momentum=_SHIFT_MOMENTUM, nesterov=True),
        ]
    for optimiser in made:
        for group in optimiser.param_groups:
            group["full_lr"] = group["lr"]
    return made


def set_rate(optimisers: list[torch.optim.Optimizer], share: float) -> None:
    """Set every group's rate to a share of its full one."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["full_lr"] * share


def rate_share(step: int, steps: int, recipe: Recipe) -> float:
    """The share, 0..1, of the full rate at a step of all steps."""
    warm = recipe.warmup * steps
    if step < warm:
        return (step + 1) / warm
    left = 1 - (step - warm) / max(1.0, steps - warm)
    return left if recipe.schedule == "linear" else 0.5 * (1 - math.cos(math.pi * left))


def _by_decay(trained: list[tuple[str, nn.Parameter]], decay: float) -> list[dict[str, Any]]:
    """Shifts and scales of normalisations are not decayed."""
    return [
        {"params": [weight for _, weight in trained if weight.ndim > 1], "weight_decay": decay},
        {"params": [weight for _, weight in trained if weight.ndim <= 1], "weight_decay": 0.0},
    ]


class Muon(torch.optim.Optimizer):
    """For weights of two or more axes. Each weight is kept at the length sqrt(rows), so that `lr` is relative to it."""

    def __init__(self, params: Iterable[Any], lr: float, momentum: float = 0.6) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update from the gradients. Takes no closure."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"]
                momentum.mul_(group["momentum"]).add_(weight.grad)
                update = weight.grad.add(momentum, alpha=group["momentum"])
                weight.mul_(weight.shape[0] ** 0.5 / weight.norm())
                weight.add_(orthogonal(update.reshape(len(update), -1)).reshape(weight.shape), alpha=-group["lr"])


def orthogonal(matrix: Tensor) -> Tensor:
    """(r, c): nearly the nearest matrix whose rows (or columns, where fewer) are orthonormal, by a Newton-Schulz
    iteration of order 5. On a GPU it is computed, and given, in bfloat16, which is as good here."""
    a, b, c = _COEFFICIENTS
    x: Tensor = matrix / (matrix.norm() + 1e-7)
    if x.is_cuda:
        x = x.bfloat16()
    if matrix.shape[0] > matrix.shape[1]:
        x = x.T
    for _ in range(_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x
