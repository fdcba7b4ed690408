"""Choose C and gamma: on the validation part, or by cross-validation where that part is too small to tell. Points of
the grid are kept for a later sitting.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from revsearch_export.stored_arrays import DAMAGE, read_arrays, write_arrays
from revsearch_export.svm.machines import Fitter, Plan
from revsearch_export.svm.rows import Rows
from revsearch_tui.api.curves import CURVES

if TYPE_CHECKING:
    from revsearch_svm.centre import Floats

    from revsearch_tui.api import Control

POINTS = "points.npz"
FIRST_C = 4.0


@dataclass(frozen=True)
class Trial:
    """Pictures to learn from and others to be judged; `places` are those of the judged in the whole."""

    learn: Rows
    judge: Rows
    places: npt.NDArray[np.intp]


def against(train: Rows, validation: Rows, limit: int, seed: int) -> list[Trial]:
    """One trial: at most `limit` pictures of the training part against the validation part."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(train))[:limit])
    learn = train if len(chosen) == len(train) else train.of(chosen)
    return [Trial(learn, validation, np.arange(len(validation)))]


def folded(rows: Rows, folds: int, seed: int) -> list[Trial]:
    """Each of `folds` parts in turn is judged by a machine of the others; classes are spread evenly over the parts."""
    part = np.empty(len(rows), np.int64)
    dealt = 0
    chance = np.random.default_rng(seed)
    for label in np.unique(rows.labels):
        members = chance.permutation(np.flatnonzero(rows.labels == label))
        part[members] = (np.arange(len(members)) + dealt) % folds
        dealt += len(members)
    held_out = [np.flatnonzero(part == fold) for fold in range(folds)]
    kept = [np.flatnonzero(part != fold) for fold in range(folds)]
    return [
        Trial(rows.of(learn), rows.of(judge), judge)
        for learn, judge in zip(kept, held_out, strict=True)
        if len(learn) and len(judge)
    ]


class Grid:
    """Tries points on the trials. Every point is one line of JSON in the run's curves; points that an earlier sitting
    tried on the same rows are not tried again."""

    def __init__(self, trials: list[Trial], plan: Plan, run: Path, control: Control) -> None:
        self._trials = trials
        self._plan = plan
        self._run = run
        self._control = control
        self._identity = _identity(trials, plan)
        kept = load_points(run / POINTS, self._identity)
        self._tried = {(point.c, point.gamma): point for point in kept}
        lines = [_line(number, point) for number, point in enumerate(kept, 1)]
        (run / CURVES).write_text("".join(lines), encoding="utf-8")

    def best(self, cs: tuple[float, ...], gammas: tuple[float, ...]) -> Point:
        """First the gamma at a middling C, then C at that gamma; of equals the smoother machine."""
        if len(gammas) > 1:
            middle = min(cs, key=lambda c: abs(np.log(c / FIRST_C)))
            gammas = (self._highest([point for gamma in gammas for point in self._try((middle,), gamma)]).gamma,)
        return self._highest(self._try(cs, gammas[0]))

    def _highest(self, points: list[Point]) -> Point:
        return max(sorted(points, key=lambda point: (point.c, point.gamma)), key=lambda point: point.accuracy)

    def _try(self, cs: tuple[float, ...], gamma: float) -> list[Point]:
        new = [c for c in sorted(cs) if (c, gamma) not in self._tried]
        started = time.perf_counter()
        values: dict[float, dict[int, Floats]] = {c: {} for c in new}
        for number, trial in enumerate(self._trials if new else []):
            self._control.progress(
                number, len(self._trials), f"trying gamma {gamma:g}" if gamma else "trying values of C"
            )
            fitter = Fitter(trial.learn, self._plan, gamma, self._control)
            for c in new:
                self._control.check()
                values[c][number] = trial.judge.judged(fitter.fit(c).values(trial.judge.matrix))
        for c in new:
            self._keep(self._point(c, gamma, values[c], time.perf_counter() - started))
        if new:
            save_points(self._run / POINTS, self._identity, list(self._tried.values()))
        return [self._tried[c, gamma] for c in cs]

    def _point(self, c: float, gamma: float, values: dict[int, Floats], seconds: float) -> Point:
        count = sum(len(trial.judge) for trial in self._trials)
        together = np.empty((count, self._plan.classes), np.float32)
        right = 0
        for number, trial in enumerate(self._trials):
            together[trial.places] = values[number]
            right += int((values[number].argmax(axis=1) == trial.judge.labels).sum())
        return Point(c, gamma, right / max(1, count), together, seconds)

    def _keep(self, point: Point) -> None:
        self._tried[point.c, point.gamma] = point
        with (self._run / CURVES).open("a", encoding="utf-8") as stream:
            stream.write(_line(len(self._tried), point))


def _line(number: int, point: Point) -> str:
    """Of the curves: points are drawn as the epochs of a network are."""
    values = {"c": point.c, "gamma": point.gamma, "validation_accuracy": point.accuracy, "pictures": len(point.values)}
    return json.dumps({"epoch": number, **values, "seconds": round(point.seconds, 2)}) + "\n"


def _identity(trials: Sequence[Trial], plan: Plan) -> str:
    """Of all that decides what a point comes to."""
    digest = hashlib.sha256(repr(plan).encode())
    for rows in (rows for trial in trials for rows in (trial.learn, trial.judge)):
        for array in (rows.matrix, rows.labels):
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Point:
    """One point of the grid: the share of pictures it got right, its decision values (n, classes) for them, and the
    seconds it took."""

    c: float
    gamma: float
    accuracy: float
    values: Floats
    seconds: float


def save_points(file: Path, identity: str, points: Sequence[Point]) -> None:
    """Replace the file in one step. `identity` tells what the points were tried on."""
    write_arrays(
        file,
        {
            "identity": np.array(identity),
            "points": np.array([(point.c, point.gamma, point.accuracy, point.seconds) for point in points]),
            "values": np.stack([point.values for point in points]),
        },
    )


def load_points(file: Path, identity: str) -> list[Point]:
    """The points in the file; none where it is missing, damaged, or of something else, for all that costs is time."""
    try:
        arrays = read_arrays(file)
        if str(arrays["identity"]) != identity:
            return []
        rows = zip(arrays["points"].tolist(), arrays["values"], strict=True)
        return [Point(c, gamma, accuracy, values, seconds) for (c, gamma, accuracy, seconds), values in rows]
    except DAMAGE:
        return []
