"""Small support vector machines: trained on drawn pictures, or put together by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from revsearch_svm.cells import Hog, Texture
from revsearch_svm.centre import Floats
from revsearch_svm.features import Part, Scaling
from revsearch_svm.machine import Calibration, Kernel
from revsearch_svm.model import Svm
from revsearch_svm.patches import Patches
from revsearch_svm.plain import Colours

from revsearch_tui.api import Control, NullControl, OptionValue, Sample, TrainedModel

CLASSES = ("bars", "discs", "rails")


def draw(label: str, seed: int, side: int = 40) -> np.ndarray:
    """Discs, upright bars or level rails, in colours and at places that differ from picture to picture."""
    chance = np.random.default_rng(seed)
    colours = chance.integers(0, 256, (2, 3)) // 2 + np.array([[0], [128]])
    picture = Image.new("RGB", (side, side), tuple(int(value) for value in colours[0]))
    pen = ImageDraw.Draw(picture)
    ink = tuple(int(value) for value in colours[1])
    for _ in range(3):
        x, y = (int(value) for value in chance.integers(4, side - 4, 2))
        box = {"discs": (x - 6, y - 6, x + 6, y + 6), "bars": (x - 2, 2, x + 2, side - 2)}
        pen_box = box.get(label, (2, y - 2, side - 2, y + 2))
        if label == "discs":
            pen.ellipse(pen_box, fill=ink)
        else:
            pen.rectangle(pen_box, fill=ink)
    return np.asarray(picture, np.uint8)


@dataclass
class DrawnData:
    """Satisfies `TrainingData`, with as many pictures of each class as told for each part."""

    counts: tuple[int, int, int] = (16, 2, 6)
    side: int = 40
    classes: Sequence[str] = CLASSES
    seed: int = 0
    unreadable: frozenset[int] = frozenset()
    train: Sequence[Sample] = field(init=False)
    validation: Sequence[Sample] = field(init=False)
    test: Sequence[Sample] = field(init=False)

    def __post_init__(self) -> None:
        first = 0
        for name, count in zip(("train", "validation", "test"), self.counts, strict=True):
            samples = [Sample(Path(str(first + n)), label) for label in self.classes for n in range(count)]
            setattr(self, name, samples)
            first += count

    def pictures(self, samples: Sequence[Sample]) -> Iterator[np.ndarray | None]:
        for sample in samples:
            number = int(sample.path.name)
            yield None if number in self.unreadable else draw(sample.label, number, self.side)


def trained(
    model: Path, run: Path, data: DrawnData | None = None, control: Control | None = None, **options: OptionValue
) -> TrainedModel:
    """A model in the folder `model`, of drawn pictures, with few of everything."""
    from revsearch_export.svm.trainer import SvmTrainer
    from revsearch_svm.plugin import TRAIN_OPTIONS

    defaults: dict[str, OptionValue] = {option.name: option.default for option in TRAIN_OPTIONS}
    small: dict[str, OptionValue] = {"centroids": 16, "components": 40, "stride": 2, "features": "hog", "side": 32}
    for folder in (model, run):
        folder.mkdir(parents=True, exist_ok=True)
    return SvmTrainer({**defaults, **small, **options}).train(data or DrawnData(), run, model, control or NullControl())


def patches(side: int = 16, centroids: int = 5) -> Patches:
    """Patch features with made-up centroids."""
    chance = np.random.default_rng(1)
    mean = chance.normal(0, 0.1, 108).astype(np.float32)
    whitening = (np.eye(108) + chance.normal(0, 0.02, (108, 108))).astype(np.float32)
    return Patches(1.0, side, 6, 1, 2, mean, whitening, chance.normal(size=(centroids, 108)).astype(np.float32))


def assembled() -> Svm:
    """A kernel machine over features of every simple kind, with made-up numbers."""
    chance = np.random.default_rng(2)

    def normal(*shape: int) -> Floats:
        return chance.normal(size=shape).astype(np.float32)

    parts: tuple[Part, ...] = (Hog(0.9, 16, 4, 6), Colours(1.0, 8, 2), Texture(1.0, 16, 8, 1), patches())
    dim = sum(part.dim for part in parts)
    scaling = Scaling(normal(dim), np.full(dim, 0.1, np.float32), normal(dim, 7) / 10)
    machine = Kernel(normal(9, 7), normal(3, 9), normal(3), 0.05)
    return Svm(CLASSES, parts, scaling, machine, Calibration(0.8, normal(3)), True)


def rewrite(file: Path, **changes: Any) -> None:
    """Other arrays in an npz file; None takes one out. A '.' in a name is written '__'."""
    with np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for name, value in changes.items():
        arrays.pop(name.replace("__", "."), None)
        if value is not None:
            arrays[name.replace("__", ".")] = value
    np.savez(file, **arrays)
