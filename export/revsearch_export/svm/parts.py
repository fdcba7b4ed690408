"""Which features a training works with, by its options and by the size of its pictures."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from revsearch_svm.colours import Colours
from revsearch_svm.embedding import NETWORK_FILE, Embedding
from revsearch_svm.features import Part
from revsearch_svm.hog import Hog
from revsearch_svm.pixels import Pixels
from revsearch_svm.texture import Texture

from revsearch_export.network_manifest import read_network_manifest
from revsearch_export.svm.centroids import learn_patches
from revsearch_export.svm.cropping import choose_crop
from revsearch_tui.api import ModelError, UsageError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, Options, TrainingData

SMALL = 64
"""Pictures with a shorter side below this are told apart by their patches too."""

_LOOKED_AT = 50
_LEARNT_FROM = 5000


@dataclass(frozen=True)
class Wish:
    """What the options come to once the pictures are known: `features` is never auto, `side` and `crop` never 0.

    `tried` holds the accuracy of each crop that was tried.
    """

    features: str
    side: int
    crop: float
    tried: Mapping[str, float]


def decide(options: Options, data: TrainingData, control: Control) -> Wish:
    """Raises UsageError where no picture can be read."""
    sides = [min(p.shape[:2]) for p in data.pictures(list(islice(data.train, _LOOKED_AT))) if p is not None]
    if not sides:
        raise UsageError("none of the first pictures to train on can be read")
    usual = float(np.median(sides))
    tried: Mapping[str, float] = {}
    crop = float(options["crop"])
    features = str(options["features"])
    if not crop and (usual < SMALL or features == "embedding"):
        crop = 1.0
    elif not crop:
        crop, tried = choose_crop(data, int(options["seed"]), control)
    if features == "auto":
        features = "hog+patches" if usual < SMALL else "hog"
    side = int(options["side"]) or (32 if usual < SMALL else 96)
    return Wish(features, side, crop, tried)


def make_parts(wish: Wish, options: Options, data: TrainingData, model: Path, control: Control) -> tuple[Part, ...]:
    """The features; patches are learnt from training pictures, a network is copied to the model's folder."""
    crop, side = wish.crop, wish.side
    if wish.features == "embedding":
        return (_embedding(Path(str(options["network"])), model),)
    if wish.features == "pixels":
        return (Pixels(crop, min(side, 32)),)
    parts: list[Part] = []
    if "hog" in wish.features:
        turns = int(options["orientations"])
        cells = (4, 8) if side < SMALL else (8, 12)
        parts += [Hog(crop, side, cell, turns) for cell in cells]
        if side < SMALL:
            parts.append(Colours(crop, side, 8))
        else:
            parts.append(Texture(crop, side, 12, 2))
    if "patches" in wish.features:
        chance = np.random.default_rng(int(options["seed"]))
        places = np.sort(chance.permutation(len(data.train))[:_LEARNT_FROM])
        samples = [data.train[place] for place in places]
        parts.append(
            learn_patches(
                data.pictures(samples),
                len(samples),
                crop=crop,
                side=side,
                stride=int(options["stride"]),
                grid=2 if side < SMALL else 6,
                centroids=int(options["centroids"]),
                seed=int(options["seed"]),
                control=control,
            )
        )
    return tuple(parts)


def _embedding(network: Path, model: Path) -> Embedding:
    """The network of a model's folder, or of an ONNX file within one, copied to the folder of the new model."""
    if str(network) in ("", "."):
        raise UsageError("features 'embedding' need a network: name the folder of a trained network with 'network'")
    folder = network.parent if network.is_file() else network
    settings: dict[str, Any] = read_network_manifest(folder)["settings"]
    files = settings.get("files")
    named: Mapping[str, Any] = files if isinstance(files, Mapping) else {}
    # The file that is used for searching on a processor: quick, and its embeddings are what the machine will see.
    source = network if network.is_file() else folder / str(named.get("cpu") or named.get("reference") or "")
    if not source.is_file():
        raise ModelError(f"the model in {folder} names no ONNX file that is there: train it, or add it, again")
    shutil.copyfile(source, model / NETWORK_FILE)
    return Embedding(settings, model, folder.name)
