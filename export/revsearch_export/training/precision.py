"""Where to train and with what numbers."""

from __future__ import annotations

import torch

from revsearch_tui.api import UsageError


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
