"""What training any network goes through, from labelled pictures to a model's folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from revsearch_export.exporting.finish import finish_network
from revsearch_export.networks.both_sides import BothSides
from revsearch_export.networks.starting import start_from
from revsearch_export.networks.weights import WEIGHTS_FILE, save_weights
from revsearch_export.trainers.presets import Preset, sized
from revsearch_export.trainers.teachers import load_teacher
from revsearch_export.training.arrays import Parts, gather
from revsearch_export.training.assess import Scaler
from revsearch_export.training.loop import CHECKPOINT, Training
from revsearch_tui.api import TrainedModel, UsageError

if TYPE_CHECKING:
    from torch import nn

    from revsearch_export.networks.contract import Network
    from revsearch_tui.api import Control, Options, TrainingData

_WHITENING_PICTURES = 5000


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
