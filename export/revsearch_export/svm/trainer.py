"""Train a support vector machine for the method `svm`, and make probabilities of its decision values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from revsearch_svm.centre import Floats
from revsearch_svm.features import Part, Scaling
from revsearch_svm.machine import Calibration
from revsearch_svm.model import FILE_NAME, Machine, Svm, load_svm
from scipy.optimize import minimize

from revsearch_export.figures import accuracy, calibration_error, shape_for
from revsearch_export.svm.choose import Grid, Trial, against, folded
from revsearch_export.svm.machines import Fitter, Plan
from revsearch_export.svm.parts import decide, make_parts
from revsearch_export.svm.rows import Rows, gather, gather_scaled
from revsearch_tui.api import TrainedModel, UsageError

if TYPE_CHECKING:
    from revsearch_tui.api import Control, Options, Sample, TrainingData

ENOUGH = 1000
"""Pictures in the validation part from which on it decides alone; below, the training part is cross-validated too."""
MANY = 20_000
"""Training pictures above which a kernel has twice the landmarks and directions."""
LANDMARKS = 2000
DIRECTIONS = 512
"""Principal directions of the features that a kernel compares: a tenth of the time, and no accuracy lost on faces."""
_CS = {"linear": (0.25, 1.0, 4.0, 16.0), "kernel": (1.0, 4.0, 16.0)}
_GAMMAS = (0.25, 0.5, 1.0, 2.0)
_AT_ONCE = 64

_BIAS_WEIGHT = 1e-2
"""What one squared unit of a class's bias costs, in the mean logarithmic loss: few pictures cannot tell it well."""


class SvmTrainer:
    """Satisfies `Trainer`; the options are the method's `train_options`.

    Stopped, it goes on after the last kernel width, or penalty where only that is chosen, that was tried to the end;
    features are measured again.
    """

    def __init__(self, options: Options) -> None:
        self._options = options

    def train(self, data: TrainingData, run: Path, model: Path, control: Control) -> TrainedModel:
        """Leave `svm.npz` in `model` and one line a tried point in `run/curves.jsonl`.

        Raises Cancelled, ModelError and UsageError.
        """
        started = time.perf_counter()
        options, seed = self._options, int(self._options["seed"])
        if len(data.classes) < 2:
            raise UsageError("a classifier needs at least 2 classes: give each class of pictures a folder of its own")
        wish = decide(options, data, control)
        parts = make_parts(wish, options, data, model, control)
        mirror = bool(options["mirror"]) and wish.features != "embedding"
        few = len(data.validation) < ENOUGH
        samples = [*data.train, *data.validation] if few else data.train
        kernel, directions, landmarks = self._sizes(len(samples))
        train, scaling = gather_scaled(data, samples, parts, mirror, directions, seed, control)
        trials, unseen = self._trials(data, train, parts, scaling, mirror, few, control)
        plan = Plan(kernel, landmarks, len(data.classes), seed)
        point = Grid(trials, plan, run, control).best(*self._grid(plan.kernel))
        control.progress(0, 1, "training")
        machine = Fitter(train, plan, point.gamma, control).fit(point.c)
        values = point.values if few else unseen.judged(machine.values(unseen.matrix))
        calibration = calibrate(values, unseen.labels)
        svm = Svm(tuple(data.classes), parts, scaling, machine, calibration, mirror)
        svm.save(model)
        finished = load_svm(model, run.name)
        metrics: dict[str, Any] = {}
        if few:
            out_of_fold = calibration.probabilities(values)
            metrics["validation"] = {**_figures(out_of_fold, unseen.labels), "cross_validation": len(trials)}
        else:
            metrics["validation"] = _figures(*_judge(finished, data, data.validation, control, "validating"))
        metrics["test"] = _figures(*_judge(finished, data, data.test, control, "testing"))
        return TrainedModel(
            FILE_NAME,
            {"kind": "svm", **finished.describe()},
            {
                "options": dict(options),
                "features": {"chosen": wish.features, "side": wish.side, "crop": wish.crop, "dim": len(scaling.mean)},
                "crops_tried": dict(wish.tried),
                "kernel": plan.kernel,
                "c": point.c,
                "gamma": point.gamma,
                **_size(machine),
                "pictures": {name: len(getattr(data, name)) for name in ("train", "validation", "test")},
                "rows": len(train.matrix),
                "seed": seed,
                "seconds": round(time.perf_counter() - started, 1),
                "metrics": metrics,
            },
        )

    def _trials(
        self,
        data: TrainingData,
        train: Rows,
        parts: Sequence[Part],
        scaling: Scaling,
        mirror: bool,
        few: bool,
        control: Control,
    ) -> tuple[list[Trial], Rows]:
        """What points are tried on, and the pictures whose decision values the probabilities are made by."""
        if few:
            return folded(train, int(self._options["folds"]), int(self._options["seed"])), train
        what = "measuring validation pictures"
        validation = gather(data, data.validation, parts, mirror, control, what, scaling)
        return against(train, validation, int(self._options["limit"]), int(self._options["seed"])), validation

    def _sizes(self, pictures: int) -> tuple[str, int, int]:
        """The kernel, how many principal directions are kept (none above 0: all), and how many landmarks."""
        kernel = str(self._options["kernel"]).replace("auto", "nystroem")
        fold = 2 if pictures > MANY else 1
        directions = int(self._options["reduce"]) or (0 if kernel == "linear" else fold * DIRECTIONS)
        return kernel, directions, int(self._options["components"]) or fold * LANDMARKS

    def _grid(self, kernel: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        c, gamma = float(self._options["c"]), float(self._options["gamma"])
        cs = (c,) if c else _CS["linear" if kernel == "linear" else "kernel"]
        gammas = (0.0,) if kernel == "linear" else (gamma,) if gamma else _GAMMAS
        return cs, gammas


def _judge(
    svm: Svm, data: TrainingData, samples: Sequence[Sample], control: Control, what: str
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """(n, classes) probabilities and (n,) labels of the pictures that can be read, by the code that searching uses."""
    number = {name: index for index, name in enumerate(svm.classes)}
    known = [sample for sample in samples if sample.label in number]
    found, labels, waiting = [np.empty((0, len(svm.classes)), np.float32)], [], []
    for done, (sample, picture) in enumerate(zip(known, data.pictures(known), strict=True), 1):
        if picture is not None:
            waiting.append(picture)
            labels.append(number[sample.label])
        if waiting and (len(waiting) == _AT_ONCE or done == len(known)):
            control.check()
            control.progress(done, len(known), what)
            found.append(svm.probabilities(waiting))
            waiting = []
    if waiting:
        found.append(svm.probabilities(waiting))
    return np.concatenate(found), np.array(labels, np.int64)


def _figures(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> dict[str, Any]:
    if not len(labels):
        return {"n": 0}
    right = probabilities.argmax(axis=1) == labels
    return {**accuracy(right), "calibration_error": calibration_error(probabilities, labels)}


def _size(machine: Machine) -> dict[str, int]:
    vectors = getattr(machine, "vectors", None)
    return {} if vectors is None else {"vectors": len(vectors)}


def calibrate(values: Floats, labels: npt.NDArray[np.int64]) -> Calibration:
    """What makes the least mean logarithmic loss on pictures that the machine has not seen: first the temperature and
    the biases, then, with these as they are but for a factor, the scale and the power. Of no pictures at all comes the
    temperature 1.
    """
    count = values.shape[1]
    if not len(labels):
        return Calibration(1.0, np.zeros(count, np.float32))
    wide = values.astype(np.float64)
    truth = np.eye(count)[labels]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        sharpness, bias = np.exp(flat[0]), flat[1:]
        logits = wide * sharpness + bias
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        totals = powers.sum(axis=1, keepdims=True)
        error = (powers / totals - truth) / len(labels)
        mean = float((np.log(totals[:, 0]) - (logits * truth).sum(axis=1)).mean())
        slope = np.concatenate([[(error * wide).sum() * sharpness], error.sum(axis=0) + _BIAS_WEIGHT * bias])
        return mean + _BIAS_WEIGHT / 2 * float(bias @ bias), slope

    start = np.zeros(count + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-8, 8), *[(-20, 20)] * count]).x
    temperature = float(np.exp(-found[0]))
    factor, scale, power = shape_for(wide / temperature + found[1:], labels)
    return Calibration(temperature / factor, (found[1:] * temperature).astype(np.float32), scale, power)
