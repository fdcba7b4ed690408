"""What keeps a GPU busy: pictures in its own memory, and figures that are fetched from it only now and then."""

from __future__ import annotations

import time

import torch
from torch import Tensor

_MOST_OF_FREE_MEMORY = 0.25
_SECONDS_BETWEEN = 0.5


def near(pictures: Tensor, device: torch.device) -> Tensor:
    """The pictures in the device's memory, where they take no more than a quarter of what is free of it, else as they
    are."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        if pictures.nbytes <= _MOST_OF_FREE_MEMORY * free:
            return pictures.to(device)
    return pictures


class Tally:
    """Adds up losses and right answers where they are computed. To look at them makes a GPU wait, so there that is due
    twice a second only; on a processor at every step."""

    def __init__(self, device: torch.device) -> None:
        self._loss = torch.zeros((), dtype=torch.float64, device=device)
        self._right = torch.zeros((), dtype=torch.int64, device=device)
        self._seen = 0
        self._waits = device.type != "cpu"
        self._looked = time.monotonic()

    def add(self, loss: Tensor, right: Tensor) -> None:
        """A step: its mean loss, and bool (n,) which of its pictures were told right."""
        self._loss += loss.double() * len(right)
        self._right += right.sum()
        self._seen += len(right)

    def due(self) -> bool:
        """Whether it is time to look."""
        return not self._waits or time.monotonic() - self._looked > _SECONDS_BETWEEN

    def take(self) -> tuple[float, int, int]:
        """The loss times pictures, the right answers and the pictures since the last call."""
        taken = float(self._loss), int(self._right), self._seen
        self._loss.zero_()
        self._right.zero_()
        self._seen, self._looked = 0, time.monotonic()
        return taken
