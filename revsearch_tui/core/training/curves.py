"""The figures of a finished training out of its record, and curves of runs drawn into a file, by matplotlib."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from revsearch_tui.api import MethodUnavailableError, StorageError, UsageError
from revsearch_tui.core.plugins.loading import is_importable
from revsearch_tui.core.training.runs import Run

SUFFIXES = (".png", ".svg", ".pdf")
_PANELS = (("accuracy", "accuracy"), ("loss", "loss"))

CALIBRATION = "calibration error"
_ROOM_ABOVE = 1.5


def require_matplotlib() -> None:
    """Raises MethodUnavailableError where matplotlib is not installed."""
    if not is_importable("matplotlib"):
        raise MethodUnavailableError("plots need matplotlib: pip install 'revsearch-tui[train]'")


def plot_runs(runs: Sequence[Run], file: Path) -> None:
    """Accuracy and loss per epoch, of the training part dashed and of the validation part solid, a colour a run.

    Raises UsageError (a suffix other than .png, .svg, .pdf; a run without curves), MethodUnavailableError where
    matplotlib is not installed, StorageError.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(f"'{file}' is to end in {', '.join(SUFFIXES)}")
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    panels = figure.subplots(1, len(_PANELS))
    curves = [run.curves() for run in runs]
    for number, (run, lines) in enumerate(zip(runs, curves, strict=True)):
        if not lines:
            raise UsageError(f"the training run '{run.name}' has no curves yet")
        for panel, (quantity, title) in zip(panels, _PANELS, strict=True):
            for name, style in ((quantity, "--"), (f"validation_{quantity}", "-")):
                points = [(line["epoch"], line[name]) for line in lines if name in line]
                if points:
                    label = f"{run.name}, {'training' if name == quantity else 'validation'}"
                    panel.plot(*zip(*points, strict=True), style, color=f"C{number % 10}", label=label, linewidth=1.4)
            panel.set_xlabel("epoch")
            panel.set_title(title)
            panel.grid(alpha=0.25)
    highest = loss_ceiling(line for lines in curves for line in lines)
    if highest < panels[1].get_ylim()[1]:
        panels[1].set_ylim(0, highest)
    panels[0].legend(fontsize="small")
    try:
        figure.savefig(file, dpi=120)
    except OSError as error:
        raise StorageError(f"cannot write {file}: {error.strerror or error}") from error


class Figure(NamedTuple):
    """One measured share, 0..1, of so many `pictures` of a part, with its 95 % interval. `name` is empty where the
    method has only one; a calibration error has neither interval nor number of pictures."""

    part: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    pictures: int = 0


def figures_of(result: Mapping[str, Any]) -> list[Figure]:
    """The accuracies of each part, each part's calibration error behind them. A record may come from elsewhere: what is
    no figure in it is left out."""
    found = []
    for part, metrics in _mapping(result.get("metrics")).items():
        accuracies = {"": metrics} if "accuracy" in _mapping(metrics) else _mapping(metrics)
        for name, value in accuracies.items():
            told = [_mapping(value).get(key) for key in ("accuracy", "low", "high", "n")]
            numbers = [each for each in told if isinstance(each, int | float)]
            if len(numbers) == len(told):
                accuracy, low, high, pictures = numbers
                found.append(Figure(str(part), str(name), accuracy, low, high, int(pictures)))
        if isinstance(_mapping(metrics).get("calibration_error"), int | float):
            found.append(Figure(str(part), CALIBRATION, metrics["calibration_error"]))
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def loss_ceiling(curves: Iterable[Mapping[str, Any]]) -> float:
    """Up to where plots show losses: 1.5 times the highest one in training, for a single bad epoch on the validation
    part would flatten all others. Infinite where no loss in training was recorded."""
    losses = [line.get("loss") for line in curves]
    told = [loss for loss in losses if isinstance(loss, int | float) and 0 < loss < math.inf]
    return _ROOM_ABOVE * max(told) if told else math.inf
