"""Write the curves of a training: one line of JSON an epoch, and TensorBoard events beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from revsearch_tui.api.curves import CURVES, read_curves


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
