"""The two small networks and their parts."""

from __future__ import annotations

import math

import pytest
import torch
from revsearch_export.networks.layers import ArcFace, BothSides, GridMaxPool, whitening_filters
from revsearch_export.networks.small import BestNetwork, SeedNetwork
from torch import nn


@pytest.mark.parametrize("side", [16, 32, 50, 64])
def test_both_networks_take_any_size(side: int) -> None:
    pictures = torch.randn(2, 3, side, side)
    for network in (SeedNetwork(7, width=0.2, dim=24), BestNetwork(7, width=0.2, grid=1)):
        network.eval()
        vectors = network.features(pictures)
        assert vectors.shape == (2, network.dim)
        assert network.classifier(vectors).shape == (2, 7)


def test_the_seed_network_has_four_convolutions_two_poolings_and_two_linear_layers() -> None:
    kinds = [type(module) for module in SeedNetwork(10).modules()]
    assert kinds.count(nn.Conv2d) == 4 and kinds.count(nn.Linear) == 2
    assert kinds.count(nn.MaxPool2d) + kinds.count(GridMaxPool) == 2


@pytest.mark.parametrize("normalisation", ["batch", "group", "none"])
def test_normalisation_is_an_option(normalisation: str) -> None:
    network = SeedNetwork(3, width=0.25, dim=16, normalisation=normalisation, grid=4)
    assert network.features(torch.randn(2, 3, 16, 16)).shape == (2, 16)
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules()) == (normalisation == "batch")


def test_whitened_patches_are_uncorrelated() -> None:
    chance = torch.Generator().manual_seed(0)
    smooth = nn.functional.avg_pool2d(torch.randn(200, 3, 24, 24, generator=chance), 5, 1)
    filters = whitening_filters(smooth, epsilon=0.0)
    assert filters.shape == (24, 3, 2, 2)
    answers = nn.functional.conv2d(smooth, filters[:12]).transpose(0, 1).flatten(1)
    covariance = answers @ answers.T / answers.shape[1]
    assert torch.allclose(covariance, torch.eye(12), atol=0.02)


def test_an_embedding_of_both_sides_is_the_same_for_the_mirror_image() -> None:
    one_side = BestNetwork(3, width=0.2).eval()
    pictures = torch.randn(2, 3, 20, 20)
    network = BothSides(one_side)
    assert torch.allclose(network.features(pictures), network.features(pictures.flip(3)), atol=1e-5)
    assert not torch.allclose(one_side.features(pictures), one_side.features(pictures.flip(3)), atol=1e-2)


@pytest.mark.parametrize(("side", "grid"), [(7, 3), (8, 8), (16, 8), (5, 1)])
def test_a_grid_pooling_sees_every_cell(side: int, grid: int) -> None:
    maps = torch.zeros(1, 1, side, side)
    maps[0, 0, side - 1, side - 1] = 5
    pooled = GridMaxPool(grid)(maps)
    assert pooled.shape == (1, 1, grid, grid)
    assert float(pooled[0, 0, -1, -1]) == 5


def test_arcface_makes_the_right_class_harder_by_its_margin() -> None:
    head = ArcFace(4, 3, scale=10, margin=0.3)
    vectors, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    plain, harder = head(vectors), head.with_margin(vectors, labels)
    rows = torch.arange(5)
    angles = torch.acos((plain[rows, labels] / 10).clamp(-1, 1))
    near = angles < math.pi - 0.3
    assert torch.allclose(harder[rows, labels][near], 10 * torch.cos(angles + 0.3)[near], atol=1e-3)
    others = torch.ones(5, 3, dtype=torch.bool)
    others[rows, labels] = False
    assert torch.allclose(plain[others], harder[others])
