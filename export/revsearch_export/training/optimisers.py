"""From a recipe to optimisers over a network's parameters, and the course of the learning rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from revsearch_export.training.muon import Muon

if TYPE_CHECKING:
    from revsearch_export.training.recipe import Recipe

_SHIFT_MOMENTUM = 0.85
_MOMENTUM = 0.9
_BESIDE_MUON = (0.9, 0.98)
"""Moments of AdamW in the few steps that Muon takes."""


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
