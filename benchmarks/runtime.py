"""The trained networks in onnxruntime, as search runs them, against eager torch in float32, on the processor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.chance_networks import INCEPTION_SIDE, chance_pictures, export_chance
from benchmarks.measure import Bench, Row, interleave

_NETWORKS = {"small network, 32 px": (32, 1 / 3), f"Inception-V3, {INCEPTION_SIDE} px": (INCEPTION_SIDE, 1 / 2)}
"""Side, and the most that int8 may take of torch's time."""


def run(bench: Bench) -> list[Row]:
    """Each network with chance weights, both sides at the batch size that is best for them. Seconds a picture."""
    rows = []
    for name, (side, target) in _NETWORKS.items():
        if bench.quick and side > 100:
            continue
        folder = bench.folder / str(side)
        folder.mkdir()
        bench.say(f"exporting the {name}")
        network, files = export_chance(folder, side)
        actions = {
            **{f"torch {batch}": _torch(network, side, batch) for batch in _batches(bench, side)},
            **{
                f"{kind} {batch}": _session(file, side, batch)
                for kind, file in files.items()
                for batch in _batches(bench, side)
            },
        }
        found = interleave(actions, bench.size(9, 1))
        best = {kind: min(v for k, v in found.items() if k.startswith(f"{kind} ")) for kind in ("torch", *files)}
        rows.append(Row(f"{name}, int8", best["int8"], "torch, eager, float32", best["torch"], most_ratio=target))
        rows.append(Row(f"{name}, float32", best["float32"], "torch, eager, float32", best["torch"]))
    return rows


def _batches(bench: Bench, side: int) -> tuple[int, ...]:
    return (4,) if bench.quick else (8, 32) if side > 100 else (8, 32, 128)


def _torch(network: Any, side: int, batch: int) -> Callable[[], float]:
    import torch

    pictures = torch.from_numpy(chance_pictures(batch, side)).float() / 64

    def action() -> float:
        with torch.inference_mode():
            return _seconds(lambda: network.classifier(network.features(pictures)), batch)

    return action


def _session(file: Path, side: int, batch: int) -> Callable[[], float]:
    from revsearch_onnx.session import open_session

    session = open_session(file, "cpu")
    pictures = {"pictures": chance_pictures(batch, side).astype(np.float32)}
    return lambda: _seconds(lambda: session.run(None, pictures), batch)


def _seconds(call: Callable[[], object], batch: int) -> float:
    """Seconds a picture, over enough calls for a tenth of a second."""
    import time

    calls, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < 0.1 or calls == 0:
        call()
        calls += 1
    return passed / (calls * batch)
