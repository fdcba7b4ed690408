"""Checkpoints: the whole state of a training in one file of plain arrays, replaced in one step; and its curves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from revsearch_export.stored_arrays import DAMAGE, read_arrays, write_arrays
from revsearch_tui.api import ModelError
from revsearch_tui.api.curves import CURVES, read_curves

FORMAT = 1


def save_checkpoint(
    file: Path, network: nn.Module, optimisers: list[torch.optim.Optimizer], progress: dict[str, Any]
) -> None:
    """Write the state. `progress` is any JSON. A kill at any instant leaves the old file or the new one."""
    arrays = {f"network/{name}": _plain(value) for name, value in network.state_dict().items()}
    for number, optimiser in enumerate(optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            for name, value in state.items():
                if value is not None:
                    arrays[f"optimiser/{number}/{index}/{name}"] = _plain(value)
    arrays["progress"] = np.frombuffer(json.dumps({"format": FORMAT, **progress}).encode(), dtype=np.uint8)
    write_arrays(file, arrays)


def load_checkpoint(file: Path, network: nn.Module, optimisers: list[torch.optim.Optimizer]) -> dict[str, Any]:
    """Put the state back, and give `progress`. Raises ModelError where the file is damaged or of another network."""
    try:
        arrays = read_arrays(file)
        progress: dict[str, Any] = json.loads(arrays.pop("progress").tobytes())
        if progress["format"] != FORMAT:
            raise ValueError(f"format {progress['format']}")
        network.load_state_dict(
            {name.removeprefix("network/"): torch.from_numpy(a) for name, a in arrays.items() if name[0] == "n"}
        )
        for number, optimiser in enumerate(optimisers):
            state: dict[int, dict[str, Tensor]] = {}
            for name, array in arrays.items():
                if name.startswith(f"optimiser/{number}/"):
                    _, _, index, key = name.split("/")
                    state.setdefault(int(index), {})[key] = torch.from_numpy(array)
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    except (*DAMAGE, RuntimeError) as error:
        raise ModelError(
            f"the checkpoint {file} cannot be used ({' '.join(str(error).split())[:200]}): "
            "delete it, or start the training anew under another name"
        ) from error
    return progress


def _plain(value: Any) -> np.ndarray:
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)


class Curves:
    """Writes one run's curves. Opened again after an interruption it drops epochs from `epoch` on, which are redone."""

    def __init__(self, run: Path, epoch: int = 0) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self._file = run / CURVES
        kept = [line for line in read_curves(run) if line["epoch"] <= epoch]
        self._file.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        self._events = SummaryWriter(str(run / "tensorboard"), purge_step=epoch + 1 if epoch else None)

    def add(self, epoch: int, values: Mapping[str, float]) -> None:
        """Write down one epoch, counted from 1."""
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"epoch": epoch, **values}) + "\n")
        for name, value in values.items():
            self._events.add_scalar(name, value, epoch)
        self._events.flush()

    def close(self) -> None:
        """Finish the event file."""
        self._events.close()
