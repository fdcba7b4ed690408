"""Where to train and with what numbers, what keeps a GPU busy, and freed memory that stays in the process."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import time

import torch
from torch import Tensor

from revsearch_tui.api import UsageError

_MOST_OF_FREE_MEMORY = 0.25
_SECONDS_BETWEEN = 0.5

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


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


def choose_device(wanted: str) -> torch.device:
    """`auto`, `cpu` or `cuda`. Raises UsageError where there is no CUDA."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("there is no GPU that torch can use: train with -o device=cpu or -o device=auto")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def uses_bf16(wanted: str, device: torch.device) -> bool:
    """Whether to compute in bfloat16: as told by `fp32` or `bf16`; `auto` where the hardware multiplies them."""
    if wanted != "auto":
        return wanted == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(answer() for answer in asked if answer is not None)


def keep_memory() -> None:
    """Have malloc hold on to freed blocks instead of giving each large one back to the kernel.

    Every step allocates the same hundreds of megabytes; getting them anew from the kernel, page by page, cost a third
    of the training time. Does nothing where the C library is not glibc.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            libc = ctypes.CDLL("libc.so.6")
            libc.mallopt(_M_MMAP_MAX, 0)
            libc.mallopt(_M_TRIM_THRESHOLD, -1)  # never
