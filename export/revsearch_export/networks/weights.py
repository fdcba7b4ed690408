"""The weights of a network in one `.npz` file, plain arrays by their names and never code; and networks that start from
weights that another training left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from revsearch_export.stored_arrays import DAMAGE, read_arrays, write_arrays
from revsearch_tui.api import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import nn

WEIGHTS_FILE = "weights.npz"
_COUNTER = ".num_batches_tracked"
"""Of batch normalisation. It came later than some published files, and nothing is computed with it here."""

_TORCH_SUFFIXES = frozenset({".pt", ".pth"})


def save_weights(network: nn.Module, path: Path) -> None:
    """Write parameters and buffers as float32 and int64. `path` is replaced in one step. Raises `ModelError`."""
    arrays = {
        name: value.detach().to("cpu", torch.float32 if value.is_floating_point() else torch.int64).contiguous().numpy()
        for name, value in network.state_dict().items()
    }
    try:
        write_arrays(path, arrays)
    except OSError as error:
        raise ModelError(
            f"the weights cannot be written to '{path}' ({error.strerror or error}): free some space, "
            "or choose a folder that you may write to"
        ) from error


def load_weights(network: nn.Module, path: Path, *, strict_head: bool = False) -> list[str]:
    """Take over the weights in `path`; the names that were not taken over, sorted.

    All weights must be there with the network's shapes, except those of its heads: where they are of another shape, as
    for another number of classes, or one of both has no such head, its own stay, unless `strict_head` forbids it.
    Raises `ModelError`, and then leaves the network as it was.
    """
    return take_over(network, read_weights(path), str(path), strict_head=strict_head)


def read_weights(path: Path) -> dict[str, Tensor]:
    """The arrays of a file that `save_weights` wrote. Raises `ModelError`."""
    try:
        return {name: torch.from_numpy(array) for name, array in read_arrays(path).items()}
    except FileNotFoundError:
        raise ModelError(f"there is no file of weights '{path}': name one that a training run has written") from None
    except DAMAGE as error:
        raise ModelError(
            f"'{path}' is not a usable file of weights: it is damaged, or another kind of file; "
            "name a weights.npz that a training run has written"
        ) from error


def take_over(
    network: nn.Module, weights: Mapping[str, Tensor], origin: str, *, strict_head: bool = False
) -> list[str]:
    """As `load_weights`, from tensors; `origin` is what messages call them."""
    own = network.state_dict()
    heads = () if strict_head else head_names(network)
    left_out = []
    for name in sorted(own.keys() | weights.keys()):
        fault = _difference(name, own.get(name), weights.get(name))
        if fault is None or (name not in weights and name.endswith(_COUNTER)):
            continue
        # A classifier is one matrix and its shifts; convolutions before it, as in an auxiliary head, must fit.
        flat = all(value.ndim <= 2 for value in (own.get(name), weights.get(name)) if value is not None)
        alone = name not in own or name not in weights
        if not (name.startswith(heads) and (flat or alone)):
            raise ModelError(
                f"the weights in '{origin}' are those of another network ({fault}): "
                "name weights made with the same network and the same options"
            )
        left_out.append(name)
    taken = {name: value for name, value in weights.items() if name not in left_out}
    for name, value in taken.items():
        if not torch.isfinite(value).all():
            raise ModelError(f"the weights in '{origin}' hold values that are not numbers ('{name}'): name other ones")
    network.load_state_dict(taken, strict=False)
    return left_out


def _difference(name: str, own: Tensor | None, other: Tensor | None) -> str | None:
    if other is None:
        return f"'{name}' is missing there"
    if own is None:
        return f"'{name}' is not a part of this network"
    if own.shape != other.shape:
        return f"'{name}' has the shape {tuple(other.shape)} there, and {tuple(own.shape)} here"
    return None


def head_names(network: nn.Module) -> tuple[str, ...]:
    """How the names of the weights that depend on the classes start.

    A network with more than a classifier says so in `heads`, names of modules.
    """
    declared: tuple[str, ...] | None = getattr(network, "heads", None)
    if declared is None:
        classifier = getattr(network, "classifier", None)
        declared = tuple(name for name, module in network.named_modules() if module is classifier)
    return tuple(f"{name}." for name in declared)


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
