"""Training runs written as `revsearch train` writes them, without training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from revsearch_tui.core.training.runs import Request, Run, write_run


def epoch(number: int, accuracy: float, **more: float) -> dict[str, float]:
    """One line of curves; losses fall as accuracies rise."""
    line = {
        "epoch": number,
        "loss": 2.5 - 2 * accuracy,
        "accuracy": accuracy,
        "validation_loss": 2.2 - 2 * accuracy,
        "validation_accuracy": accuracy - 0.04,
        "seconds": 60.0 * number,
    }
    return {**line, **more}


def measured(value: float, count: int) -> dict[str, float]:
    """An accuracy with its interval."""
    return {"accuracy": value, "low": value - 0.01, "high": value + 0.01, "n": count}


def finished(**more: Any) -> dict[str, Any]:
    """What a training of the method `cnn` leaves as its result."""
    return {
        "data": {"classes": 10, "counts": {"train": 42750, "validation": 2250, "test": 5000}},
        "recipe": {"epochs": 9},
        "weights": 1972792,
        "seconds": 4880.2,
        "device": "cpu",
        "precision": "fp32",
        "metrics": {
            "validation": {"softmax": measured(0.8982, 2250), "calibration_error": 0.0184},
            "test": {
                "softmax": measured(0.8988, 5000),
                "neighbour": measured(0.8904, 5000),
                "calibration_error": 0.0121,
            },
        },
        **more,
    }


def make_run(runs: Path, name: str, state: str = "done", **more: Any) -> Run:
    """A run in the folder of runs; `more` are fields of the run, or `method`, `data`, `options` of its request."""
    wanted: dict[str, Any] = {"method": "cnn", "data": "folders:/pictures/by-class", "options": {"epochs": 12.0}}
    request = Request(**{field: more.pop(field, value) for field, value in wanted.items()})
    run = Run(name, runs / name, request, state, **{"started": "2026-03-01T12:00:00+00:00", **more})
    write_run(run)
    return run


def add_lines(run: Run, *lines: Mapping[str, Any]) -> None:
    """Append to the curves."""
    with (run.folder / "curves.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
