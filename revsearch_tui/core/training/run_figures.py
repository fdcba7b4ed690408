"""The figures of a finished training, out of its record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

CALIBRATION = "calibration error"
_ROOM_ABOVE = 1.5


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
    """The accuracies of each part, each part's calibration error behind them."""
    found = []
    for part, metrics in result.get("metrics", {}).items():
        accuracies = {"": metrics} if "accuracy" in metrics else metrics
        for name, value in accuracies.items():
            if isinstance(value, Mapping) and "accuracy" in value:
                found.append(Figure(part, name, value["accuracy"], value["low"], value["high"], value["n"]))
        if "calibration_error" in metrics:
            found.append(Figure(part, CALIBRATION, metrics["calibration_error"]))
    return found


def loss_ceiling(curves: Iterable[Mapping[str, Any]]) -> float:
    """Up to where plots show losses: 1.5 times the highest one in training, for a single bad epoch on the validation
    part would flatten all others. Infinite where no loss in training was recorded."""
    losses = [line.get("loss") for line in curves]
    told = [loss for loss in losses if isinstance(loss, int | float) and 0 < loss < math.inf]
    return _ROOM_ABOVE * max(told) if told else math.inf
