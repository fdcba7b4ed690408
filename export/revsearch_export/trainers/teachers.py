"""Build a trained model's network again, to teach another with it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from revsearch_export.network_manifest import read_network_manifest
from revsearch_export.networks.both_sides import BothSides
from revsearch_export.networks.weights import WEIGHTS_FILE, load_weights
from revsearch_export.training.teacher import Teacher
from revsearch_tui.api import ModelError, UsageError

if TYPE_CHECKING:
    from torch import nn

    from revsearch_export.exporting.finish import Framing
    from revsearch_export.networks.contract import Network

_TRAINERS = {
    "cnn": ("revsearch_export.trainers.cnn:CnnTrainer", "revsearch_cnn.training_options:TRAIN_OPTIONS"),
    "inception": (
        "revsearch_export.trainers.inception:InceptionTrainer",
        "revsearch_inception.training_options:TRAIN_OPTIONS",
    ),
}
"""By method: what builds its networks, and the options of that, whose defaults stand in for those a record lacks."""


def load_teacher(folder: Path, classes: Sequence[str], framing: Framing) -> Teacher:
    """The network in a model's folder, as it is searched with. It has to know these classes, in this order, and to see
    pictures framed in this way. Raises UsageError where it does not, and ModelError for an unusable folder."""
    if not folder.is_dir():
        raise UsageError(f"'{folder}' is no folder of a model: name a model that 'revsearch models' lists as teacher")
    manifest = read_network_manifest(folder)
    settings, record = manifest["settings"], manifest.get("training") or {}
    if list(classes) != settings.get("classes"):
        raise UsageError(f"the teacher '{folder.name}' knows other classes: name a model trained on the same data")
    theirs = tuple(settings.get(name) for name in ("side", "resize", "crop"))
    if theirs != (framing.side, framing.resize, framing.crop):
        raise UsageError(
            f"the teacher '{folder.name}' sees pictures of side {theirs[0]} and crop {theirs[2]}: "
            f"train with -O side={theirs[0]} -O crop={theirs[2]}, or name another"
        )
    try:
        network = _rebuilt(str(record["method"]), record["options"], len(classes))
        mean, std = (tuple(float(value) for value in record["scaling"][name]) for name in ("mean", "std"))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"the record of the teacher '{folder.name}' does not tell how its network is made ({error}): train it again"
        ) from error
    load_weights(cast("nn.Module", network), folder / WEIGHTS_FILE, strict_head=True)
    if record["options"].get("both_sides"):
        network = cast("Network", BothSides(network))
    return Teacher(network, (mean[0], mean[1], mean[2]), (std[0], std[1], std[2]))


def _rebuilt(method: str, options: dict[str, Any], classes: int) -> Network:
    trainer, specs = (_named(reference) for reference in _TRAINERS[method])
    network: Network = trainer({spec.name: spec.default for spec in specs} | options).build(classes)
    return network


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
