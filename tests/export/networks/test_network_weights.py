"""Weights of a network in a file of plain arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from revsearch_export.networks.small import SeedNetwork
from revsearch_export.networks.weights import load_weights, save_weights
from torch import nn

from revsearch_tui.api import ModelError


def network(classes: int = 3, seed: int = 0, dim: int = 16) -> SeedNetwork:
    torch.manual_seed(seed)
    return SeedNetwork(classes, width=0.125, dim=dim, grid=2)


def state(of: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in of.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_weights_come_back_bit_by_bit(tmp_path: Path) -> None:
    saved = network(seed=1)
    saved.features(torch.rand(4, 3, 32, 32))
    save_weights(saved, tmp_path / "weights.npz")
    loaded = network(seed=2)
    assert load_weights(loaded, tmp_path / "weights.npz", strict_head=True) == []
    assert same(state(loaded), state(saved))
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def test_weights_in_half_precision_are_saved_as_float32(tmp_path: Path) -> None:
    saved = network().to(torch.bfloat16)
    save_weights(saved, tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz") as arrays:
        assert {str(arrays[name].dtype) for name in arrays.files} == {"float32", "int64"}


def test_a_classifier_of_other_classes_is_left_as_it_is(tmp_path: Path) -> None:
    save_weights(network(classes=3, seed=1), tmp_path / "weights.npz")
    loaded = network(classes=5, seed=2)
    before = state(loaded)
    assert load_weights(loaded, tmp_path / "weights.npz") == ["classifier.bias", "classifier.weight"]
    changed = {name for name, value in state(loaded).items() if not torch.equal(value, before[name])}
    assert {"convolutions.0.convolution.weight", "hidden.1.weight"} <= changed
    assert not changed & {"classifier.bias", "classifier.weight"}


def test_a_classifier_of_other_classes_is_refused_where_the_head_counts(tmp_path: Path) -> None:
    save_weights(network(classes=3), tmp_path / "weights.npz")
    with pytest.raises(ModelError, match=r"'classifier.bias' has the shape \(3,\) there, and \(5,\) here"):
        load_weights(network(classes=5), tmp_path / "weights.npz", strict_head=True)


def test_weights_of_another_network_are_refused_and_change_nothing(tmp_path: Path) -> None:
    save_weights(network(dim=24), tmp_path / "weights.npz")
    loaded = network(dim=16)
    before = state(loaded)
    with pytest.raises(ModelError, match="those of another network .*shape"):
        load_weights(loaded, tmp_path / "weights.npz")
    assert same(state(loaded), before)


def test_weights_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    saved = network()
    with torch.no_grad():
        saved.hidden[1].weight[0, 0] = float("nan")
    save_weights(saved, tmp_path / "weights.npz")
    with pytest.raises(ModelError, match=r"not numbers \('hidden.1.weight'\)"):
        load_weights(network(), tmp_path / "weights.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no file of weights '.*gone.npz'"):
        load_weights(network(), tmp_path / "gone.npz")


@pytest.mark.parametrize("kind", ["truncated", "text", "empty", "array", "objects", "folder"])
def test_a_file_that_holds_no_weights_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    if kind == "truncated":
        save_weights(network(), path)
        path.write_bytes(path.read_bytes()[:-500])
    elif kind == "array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "objects":
        np.savez(path, a=np.array([{}, None], dtype=object))
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_text("hello" if kind == "text" else "")
    with pytest.raises(ModelError, match=r"weights\.npz' is not a usable file of weights"):
        load_weights(network(), path)


def test_a_folder_that_is_not_there_cannot_take_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be written to"):
        save_weights(network(), tmp_path / "gone" / "weights.npz")
