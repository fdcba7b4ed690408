"""Start a network from weights that another training left: a run's folder, its file, or a published torch file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from revsearch_export.networks.weights import WEIGHTS_FILE, load_weights, take_over
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

_TORCH_SUFFIXES = frozenset({".pt", ".pth"})


def start_from(network: nn.Module, source: Path) -> list[str]:
    """Take over the weights of a folder that holds `weights.npz`, of such a file, or of a torch state dict (.pt,
    .pth); the names that were not taken over, because the classes are others, sorted.

    Raises `ModelError`, and then leaves the network as it was.
    """
    if source.is_dir():
        file = source / WEIGHTS_FILE
        if not file.is_file():
            raise ModelError(
                f"the folder '{source}' holds no {WEIGHTS_FILE} to start from: name the folder of a training run or "
                "of a model, or a file of weights"
            )
        return load_weights(network, file)
    if source.suffix.lower() in _TORCH_SUFFIXES:
        return take_over(network, read_torch_file(source), str(source))
    return load_weights(network, source)


def read_torch_file(file: Path) -> dict[str, Tensor]:
    """The state dict in a file of `torch.save`, read without running any code in it. Raises `ModelError`."""
    if not file.is_file():
        raise ModelError(f"there is no file of weights '{file}': name one that is there")
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's exceptions have no common base
        raise ModelError(
            f"'{file}' is not a usable torch file: it is damaged, or another kind of file; fetch it again"
        ) from error
    if not isinstance(state, dict) or not state:
        raise ModelError(f"'{file}' holds no weights by name: name a file with a network's state dict")
    for name, value in state.items():
        if not (isinstance(name, str) and isinstance(value, Tensor)):
            raise ModelError(f"'{file}' holds more than weights by name: name a file with a network's state dict")
    return dict(state)
