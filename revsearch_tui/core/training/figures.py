"""The figures of a finished training, out of its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

CALIBRATION = "calibration error"


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
