"""The networks that training makes, with chance weights, exported as training does: they cost what trained ones do."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np

INCEPTION_SIDE = 299
_CLASSES = 100


def export_chance(folder: Path, side: int) -> tuple[Any, dict[str, Path]]:
    """The small network, or from 100 pixels on Inception-V3, in torch, and its `float32` and `int8` files."""
    import torch
    from revsearch_export.exporting.onnx_file import REFERENCE, Scaling, export_network
    from revsearch_export.exporting.precision import write_int8
    from revsearch_export.networks.inception import Inception
    from revsearch_export.networks.small import BestNetwork

    from revsearch_tui.api import NullControl

    torch.manual_seed(0)
    network: Any = BestNetwork(_CLASSES) if side < 100 else Inception(_CLASSES, auxiliary=False)
    network.eval()
    with contextlib.redirect_stderr(io.StringIO()):
        export_network(
            network,
            folder,
            side=side,
            classes=class_names(),
            scaling=Scaling((127.5,) * 3, (64.0,) * 3),  # type: ignore[arg-type]
            control=NullControl(),
        )
        reference = folder / REFERENCE
        int8 = write_int8(reference, chance_pictures(64, side))
    return network, {"float32": reference, "int8": int8}


def add_inception(home: Path) -> None:
    """Store Inception-V3 in int8 as the model `network` below `home`."""
    from revsearch_tui.api import TrainedModel
    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.core.models.model_store import save_trained

    def write(folder: Path) -> TrainedModel:
        network, files = export_chance(folder, INCEPTION_SIDE)
        settings = {
            "kind": "network",
            "side": INCEPTION_SIDE,
            "resize": "crop",
            "crop": 1.0,
            "dim": network.dim,
            "classes": class_names(),
            "files": {"cpu": files["int8"].name},
        }
        return TrainedModel(files["int8"].name, settings, {})

    save_trained(Folders(home / "data", home / "cache", home / "config").models, "network", "inception", write)


def class_names() -> list[str]:
    """Of the classes that these networks tell apart."""
    return [str(number) for number in range(_CLASSES)]


def chance_pictures(count: int, side: int) -> np.ndarray:
    """(count, 3, side, side) uint8, of noise."""
    return np.random.default_rng(0).integers(0, 256, (count, 3, side, side), dtype=np.uint8)
