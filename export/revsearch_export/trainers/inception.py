"""Train Inception-V3, from scratch or from given weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from revsearch_export.exporting.finish import Framing
from revsearch_export.networks.inception import Inception
from revsearch_export.trainers.network import train_network
from revsearch_export.trainers.presets import Preset, with_options
from revsearch_export.training.recipe import Augmentation, Recipe
from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from revsearch_export.networks.layers import Network
    from revsearch_tui.api import Control, Options, TrainedModel, TrainingData

_SCRATCH = Preset(
    Framing(96, "stretch", 0.85),
    0.3,
    Recipe(
        epochs=40,
        batch=128,
        lr=0.08,
        optimiser="muon-adamw",
        head_lr=2e-3,
        warmup=0.05,
        schedule="cosine",
        augmentation=Augmentation(mirror="random", shift=6, zoom=0.15, turn=10, light=0.25, erase=0.25),
    ),
)
PRESETS = {
    "scratch": _SCRATCH,
    "tune": replace(
        _SCRATCH, recipe=replace(_SCRATCH.recipe, epochs=15, batch=64, lr=5e-4, optimiser="adamw", decay=2e-5)
    ),
}


class InceptionTrainer:
    """Trains an `Inception`; the options are those of the method's `train_options`."""

    def __init__(self, options: Options) -> None:
        self._options = options
        preset = with_options(PRESETS[str(options["preset"])], options)
        self._auxiliary = float(options["auxiliary"])
        self._preset = replace(preset, recipe=replace(preset.recipe, auxiliary=self._auxiliary))
        if options["preset"] == "tune" and not options["start"]:
            raise UsageError("the preset 'tune' needs weights to start from: name a model, run or file with start=")

    def train(self, data: TrainingData, run: Path, model: Path, control: Control) -> TrainedModel:
        """As `revsearch_tui.api.Trainer` says."""
        return train_network(self.build, self._preset, self._options, data, run, model, control)

    def build(self, classes: int) -> Network:
        """The network of these options, with weights by chance."""
        stem = cast("Literal['full', 'small']", str(self._options["stem"]))
        network = Inception(classes, dropout=self._preset.dropout, auxiliary=self._auxiliary > 0, stem=stem)
        return cast("Network", network)
