"""What training any network goes through, from labelled pictures to a model's folder, perhaps with a trained model's
network as its teacher.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from revsearch_export.exporting.finish import finish_network
from revsearch_export.networks.layers import BothSides
from revsearch_export.networks.weights import WEIGHTS_FILE, load_weights, save_weights, start_from
from revsearch_export.stored_arrays import read_network_manifest
from revsearch_export.trainers.presets import Preset, sized
from revsearch_export.training.arrays import Parts, gather
from revsearch_export.training.assess import Scaler, Teacher
from revsearch_export.training.loop import CHECKPOINT, Training
from revsearch_tui.api import ModelError, TrainedModel, UsageError

if TYPE_CHECKING:
    from torch import nn

    from revsearch_export.exporting.finish import Framing
    from revsearch_export.networks.layers import Network
    from revsearch_tui.api import Control, Options, TrainingData

_WHITENING_PICTURES = 5000

_TRAINERS = {
    "cnn": ("revsearch_export.trainers.cnn:CnnTrainer", "revsearch_cnn.plugin:TRAIN_OPTIONS"),
    "inception": (
        "revsearch_export.trainers.inception:InceptionTrainer",
        "revsearch_inception.plugin:TRAIN_OPTIONS",
    ),
}
"""By method: what builds its networks, and the options of that, whose defaults stand in for those a record lacks."""


def train_network(
    build: Callable[[int], Network],
    preset: Preset,
    options: Options,
    data: TrainingData,
    run: Path,
    model: Path,
    control: Control,
) -> TrainedModel:
    """Train what `build(classes)` makes, resuming from the run's checkpoint, and fill the model's folder."""
    if options["threads"]:
        torch.set_num_threads(int(options["threads"]))
    framing = preset.framing
    begun = (run / CHECKPOINT).exists()
    named = Path(str(options["teacher"]))
    teacher = cache(partial(load_teacher, named, data.classes, framing)) if options["teacher"] else None
    if teacher and not begun:
        teacher()  # an unfit one is told of before all pictures are read
    parts = gather(data, run / "pictures", side=framing.side, resize=framing.resize, crop=framing.crop, control=control)
    if len(parts.train) < 2:
        raise UsageError("there are fewer than 2 pictures to train on")
    preset = sized(preset, options, len(parts.train))
    torch.manual_seed(preset.recipe.seed)
    network = build(len(data.classes))
    kept_out: list[str] = []
    if not begun:
        kept_out = _start(network, str(options["start"]), parts)
    outcome = Training(network, parts, preset.recipe, run, control, teacher).run()
    used = cast("Network", BothSides(network)) if options["both_sides"] else network
    trained = finish_network(used, parts, data.classes, framing, model, control)
    save_weights(cast("nn.Module", network), model / WEIGHTS_FILE)
    record: dict[str, Any] = {
        "options": dict(options),
        "recipe": preset.recipe.as_record(),
        "weights": sum(weight.numel() for weight in cast("nn.Module", network).parameters()),
        "pictures": {name: len(getattr(parts, name)) for name in ("train", "validation", "test")},
        "unreadable": parts.unreadable,
        "epochs": outcome.epochs,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 1),
        "stopped_early": outcome.stopped,
        "device": outcome.device,
        "precision": outcome.precision,
        "scaling": {"mean": list(parts.mean), "std": list(parts.std)},
        **trained.training,
    }
    if kept_out:
        record["not_taken_over"] = kept_out
    return TrainedModel(trained.main, trained.settings, record)


def _start(network: Network, source: str, parts: Parts) -> list[str]:
    """Weights to begin with: those given, or chance ones, with the whitening layer fitted where there is one."""
    whiten = getattr(network, "whiten", None)
    if source:
        return start_from(cast("nn.Module", network), Path(source))
    if whiten is not None:
        scale = Scaler(parts.mean, parts.std, torch.device("cpu"))
        step = max(1, len(parts.train) // _WHITENING_PICTURES)  # pictures are in the order of their classes
        whiten(scale(parts.train.pictures[::step]))
    return []


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
