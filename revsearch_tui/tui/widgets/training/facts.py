"""What curves and record of a run say, as numbers and words. Lines of curves are data: anything may be missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeGuard

from revsearch_tui.core.training.curves import CALIBRATION, figures_of
from revsearch_tui.tui.text import shown, shown_path

if TYPE_CHECKING:
    from revsearch_tui.core.training.watch import WatchedRun

STATES = {
    "running": ("▶", "$text-primary"),
    "done": ("✓", "$text-success"),
    "stopped": ("■", "$text-warning"),
    "interrupted": ("!", "$text-warning"),
    "failed": ("✗", "$text-error"),
}
"""State -> its sign and style."""

_RECENT = 5
_LARGEST = 1e30
"""Numbers beyond this are as good as infinite, and no axis holds them."""


def points(seen: WatchedRun, name: str) -> tuple[tuple[int, float], ...]:
    """A quantity per epoch, epochs rising; of an epoch that was done twice, the last."""
    found = {}
    for line in seen.curves:
        epoch, value = line.get("epoch"), line.get(name)
        if _is_number(epoch) and _is_number(value):
            found[int(epoch)] = float(value)
    return tuple(sorted(found.items()))


def last_epoch(seen: WatchedRun) -> int:
    """How many epochs, or steps of a search, are done."""
    return max((int(line["epoch"]) for line in seen.curves if _is_number(line.get("epoch"))), default=0)


def planned_epochs(seen: WatchedRun) -> int:
    """How many epochs the run is to take; 0 where that is not known."""
    for source in (seen.run.result.get("recipe"), seen.run.request.options):
        epochs = source.get("epochs") if isinstance(source, Mapping) else None
        if _is_number(epochs) and epochs > 0:
            return math.ceil(epochs)
    return 0


def step_name(seen: WatchedRun) -> str:
    """What a line of the curves stands for: an epoch, or a step of a search."""
    return "epoch" if "epochs" in seen.run.request.options else "step"


def epochs_text(seen: WatchedRun) -> str:
    """`9`; of a run that did not finish `2/40`."""
    planned = planned_epochs(seen) if seen.state != "done" else 0
    return f"{last_epoch(seen)}/{planned}" if planned else str(last_epoch(seen) or "")


def validation_accuracy(seen: WatchedRun) -> float | None:
    """That of the finished model where it was measured, else that of the last epoch."""
    measured = [
        figure.value
        for figure in figures_of(seen.run.result)
        if figure.part == "validation" and figure.name != CALIBRATION
    ]
    per_epoch = points(seen, "validation_accuracy")
    return measured[0] if measured else per_epoch[-1][1] if per_epoch else None


def seconds_taken(seen: WatchedRun) -> float | None:
    """Of the whole training where it is done, else up to the last epoch."""
    whole = seen.run.result.get("seconds")
    if _is_number(whole):
        return float(whole)
    so_far = points(seen, "seconds")
    return so_far[-1][1] if so_far else None


def seconds_left(seen: WatchedRun) -> float | None:
    """At the pace of the last epochs; None where that cannot be told."""
    so_far, planned = points(seen, "seconds"), planned_epochs(seen)
    if seen.state != "running" or not so_far or not planned:
        return None
    recent = [(0, 0.0), *so_far][-_RECENT - 1 :]
    (first, began), (last, ended) = recent[0], recent[-1]
    pace = (ended - began) / (last - first) if last > first else 0.0
    return (planned - last) * pace if pace > 0 else None


def data_text(data: str) -> str:
    """What a run was trained on: the path, with the kind of data before it where that is not a folder of classes."""
    kind, colon, path = data.partition(":")
    if not colon or kind == "folders":
        return shown_path(path or data)
    return f"{shown(kind)}:{shown_path(path)}"


def value_text(value: object) -> str:
    """The value of an option as it is typed on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else shown_path(str(value))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGEST
