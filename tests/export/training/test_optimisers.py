"""Optimisers and the course of the learning rate."""

from __future__ import annotations

import pytest
import torch
from revsearch_export.networks.small import BestNetwork
from revsearch_export.training.optimisers import make_optimisers, orthogonal, rate_share, set_rate
from revsearch_export.training.recipe import Recipe


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (12, 12)])
def test_muons_iteration_makes_a_matrix_nearly_orthogonal(shape: tuple[int, int]) -> None:
    found = orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    assert found.shape == shape
    lengths = torch.linalg.svdvals(found)
    assert float(lengths.min()) > 0.3 and float(lengths.max()) < 1.3


@pytest.mark.parametrize("name", ["muon", "muon-adamw", "sgd", "adamw"])
def test_every_trained_weight_belongs_to_one_optimiser(name: str) -> None:
    network = BestNetwork(5, width=0.25)
    recipe = Recipe(1, 8, 0.1, optimiser=name, shift_lr=0.1, head_lr=0.1, decay=1e-4)
    groups = [group for optimiser in make_optimisers(network, recipe) for group in optimiser.param_groups]
    owned = [id(weight) for group in groups for weight in group["params"]]
    wanted = [id(weight) for weight in network.parameters() if weight.requires_grad]
    assert sorted(owned) == sorted(wanted)


def test_the_rate_rises_falls_and_ends_near_zero() -> None:
    for schedule in ("linear", "cosine"):
        recipe = Recipe(1, 8, 0.1, warmup=0.1, schedule=schedule)
        shares = [rate_share(step, 100, recipe) for step in range(100)]
        assert shares[:10] == sorted(shares[:10]) and shares[10:] == sorted(shares[10:], reverse=True)
        assert max(shares) == pytest.approx(1.0) and 0 <= shares[-1] < 0.02


def test_setting_the_rate_twice_does_not_add_up() -> None:
    network = BestNetwork(5, width=0.25)
    optimisers = make_optimisers(network, Recipe(1, 8, 0.2, optimiser="sgd"))
    set_rate(optimisers, 0.5)
    set_rate(optimisers, 0.5)
    assert all(group["lr"] == pytest.approx(0.1) for group in optimisers[0].param_groups)


@pytest.mark.parametrize("name", ["muon", "muon-adamw", "sgd", "adamw"])
def test_decay_takes_its_share_of_the_classifier(name: str) -> None:
    network = BestNetwork(5, width=0.25)
    recipe = Recipe(1, 8, 0.1, optimiser=name, shift_lr=0.1, head_lr=0.1, decay=0.02)
    before = network.classifier.weight.detach().clone()
    for weight in network.parameters():
        weight.grad = torch.zeros_like(weight)
    for optimiser in make_optimisers(network, recipe):
        optimiser.step()
    kept = float(network.classifier.weight.detach().norm() / before.norm())
    assert 0.96 < kept < 0.981, "Nesterov's momentum nearly doubles the first step"
    assert torch.allclose(network.classifier.weight, before * kept)
