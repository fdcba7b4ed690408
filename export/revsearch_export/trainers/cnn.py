"""Train the small network of the method `cnn`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_export.exporting.finish import Framing
from revsearch_export.networks.layers import ArcFace
from revsearch_export.networks.small import BestNetwork, SeedNetwork
from revsearch_export.trainers.network import train_network
from revsearch_export.trainers.presets import Preset, muon_recipe, with_options
from revsearch_export.training.recipe import Augmentation

if TYPE_CHECKING:
    from revsearch_export.networks.layers import Network
    from revsearch_tui.api import Control, Options, TrainedModel, TrainingData

_SMALL_OBJECTS = Augmentation(shift=4, erase=0.25, mixup=0.2)
_FACES = Augmentation(mirror="random", shift=4, zoom=0.12, turn=10, light=0.25, erase=0.25)

PRESETS = {
    "best": (
        Preset(Framing(32, "stretch", 1.0), 0.0, muon_recipe(30, 1000, 0.18, 384, augmentation=_SMALL_OBJECTS)),
        1,
    ),
    "seed": (Preset(Framing(32, "stretch", 1.0), 0.25, muon_recipe(14, 500, 0.12, 512)), 8),
    "faces": (
        Preset(
            Framing(64, "stretch", 0.85), 0.2, muon_recipe(30, 125, 0.06, 384 * 9, augmentation=_FACES, warmup=0.05)
        ),
        3,
    ),
}
"""Each with the cells a side of its last pooling."""


class CnnTrainer:
    """Trains a `SeedNetwork` or a `BestNetwork`; the options are those of the method's `train_options`."""

    def __init__(self, options: Options) -> None:
        self._options = options
        preset, grid = PRESETS[str(options["preset"])]
        self._grid = int(options["grid"]) or grid
        self._preset = with_options(preset, options)

    def train(self, data: TrainingData, run: Path, model: Path, control: Control) -> TrainedModel:
        """As `revsearch_tui.api.Trainer` says."""
        return train_network(self.build, self._preset, self._options, data, run, model, control)

    def build(self, classes: int) -> Network:
        """The network of these options, with weights by chance."""
        options, width, dropout = self._options, float(self._options["width"]), self._preset.dropout
        network: SeedNetwork | BestNetwork
        if options["preset"] == "seed":
            network = SeedNetwork(
                classes,
                width=width,
                dim=int(options["dim"]),
                dropout=dropout,
                normalisation=str(options["normalisation"]),
                grid=self._grid,
            )
        else:
            network = BestNetwork(classes, width=width, grid=self._grid, dropout=dropout)
        if options["head"] == "arcface":
            network.classifier = ArcFace(network.dim, classes)
        return network
