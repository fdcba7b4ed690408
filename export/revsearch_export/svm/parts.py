"""Which features a training works with, by its options and by the size of its pictures; centroids of small patches
learnt without labels; how much of the picture's middle to look at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg
from revsearch_svm.cells import Hog, Texture
from revsearch_svm.centre import Floats, centres
from revsearch_svm.features import Part
from revsearch_svm.patches import Patches, cut, normalised
from revsearch_svm.plain import NETWORK_FILE, Colours, Embedding, Pixels

from revsearch_export.stored_arrays import read_network_manifest
from revsearch_export.svm.choose import Trial, folded
from revsearch_export.svm.rows import fit_scaling, gather, scaled
from revsearch_tui.api import ModelError, UsageError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, Options, TrainingData
    from revsearch_tui.api.types import Picture

SMALL = 64
"""Pictures with a shorter side below this are told apart by their patches too."""
_LOOKED_AT = 50
_LEARNT_FROM = 5000

_PATCHES = 300_000
_ZCA = 0.1
"""Added to the variance of each direction before it is brought to 1, as Coates, Lee and Ng do."""
_BATCH = 10_000
_ROUNDS = 3
SIZE = 6

CROPS = (1.0, 0.8, 0.62, 0.5, 0.4)
"""In the order in which one wins over an equal."""
_SIDE = 64
_PICTURES = 1500
_FOLDS = 4
_RIDGE = 0.3
"""Rows have length 1 on average."""


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


def learn_patches(
    pictures: Iterable[Picture | None],
    expected: int,
    *,
    crop: float,
    side: int,
    stride: int,
    grid: int,
    centroids: int,
    seed: int,
    control: Control,
) -> Patches:
    """Patches of 6 x 6 pixels, their centroids by k-means over about 300,000 of them. `expected` pictures come.

    Raises UsageError where there are fewer patches than centroids.
    """
    from sklearn.cluster import MiniBatchKMeans

    chance = np.random.default_rng(seed)
    drawn = _draw(pictures, max(1, round(_PATCHES / max(1, expected))), crop, side, chance, control)
    if len(drawn) < centroids:
        raise UsageError(f"{len(drawn)} patches are too few for {centroids} centroids: ask for fewer with 'centroids'")
    mean, whitening = zca(drawn)
    whitened = (drawn - mean) @ whitening
    clusters = MiniBatchKMeans(centroids, init="random", n_init=1, random_state=seed, compute_labels=False)
    size = max(_BATCH, centroids)
    for round_number in range(_ROUNDS):
        order = chance.permutation(len(whitened))
        for start in range(0, max(1, len(order) - size + 1), size):
            control.check()
            control.progress(round_number * len(order) + start, _ROUNDS * len(order), "learning patches")
            clusters.partial_fit(whitened[order[start : start + size]])
    return Patches(crop, side, SIZE, stride, grid, mean, whitening, clusters.cluster_centers_.astype(np.float32))


def zca(rows: Floats) -> tuple[Floats, Floats]:
    """(d,) and (d, d) float32: (x - mean) @ whitening has nearly the unit covariance, in x's own axes."""
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = rows - mean
    variances, directions = np.linalg.eigh(centred.T @ centred / len(rows))
    whitening = (directions / np.sqrt(np.maximum(variances, 0) + _ZCA)) @ directions.T
    return mean.astype(np.float32), whitening.astype(np.float32)


def _draw(
    pictures: Iterable[Picture | None],
    each: int,
    crop: float,
    side: int,
    chance: np.random.Generator,
    control: Control,
) -> Floats:
    found = []
    for picture in pictures:
        control.check()
        if picture is not None:
            patches = cut(centres([picture], crop, side), SIZE, 1)
            found.append(normalised(patches[chance.choice(len(patches), min(each, len(patches)), replace=False)]))
    return np.concatenate(found) if found else np.empty((0, 3 * SIZE**2), np.float32)


def choose_crop(data: TrainingData, seed: int, control: Control) -> tuple[float, dict[str, float]]:
    """The best of `CROPS` by cross-validation over some of the training pictures, and the accuracy of each.

    Judged by ridge regression onto the classes over HOG of 64 x 64 pixels: coarse, but what hurts is a face that fills
    a fifth of what is looked at. Raises Cancelled.
    """
    places = np.sort(np.random.default_rng(seed).permutation(len(data.train))[:_PICTURES])
    samples = [data.train[place] for place in places]
    accuracies: dict[str, float] = {}
    for crop in CROPS:
        parts = (Hog(crop, _SIDE, 8, 18),)
        rows = gather(data, samples, parts, False, control, f"trying the middle {crop:.0%}")
        rows = scaled(rows, fit_scaling(rows, parts, 0, seed))
        right = sum(_right(trial, len(data.classes)) for trial in folded(rows, _FOLDS, seed))
        accuracies[f"{crop:g}"] = right / max(1, len(rows))
        control.check()
    return max(CROPS, key=lambda crop: accuracies[f"{crop:g}"]), accuracies


def _right(trial: Trial, classes: int) -> int:
    """How many pictures a ridge regression of the others puts into their class."""
    learn, judge = trial.learn.matrix, trial.judge.matrix
    kernel = (learn @ learn.T).astype(np.float64)
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    weights = scipy.linalg.solve(kernel, np.eye(classes)[trial.learn.labels], assume_a="pos")
    values = (judge @ learn.T) @ weights
    return int((values.argmax(axis=1) == trial.judge.labels).sum())
