"""All there is to say about one run: how it stands, its settings, the model it made and how good that is."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.core.base.pace import duration_text
from revsearch_tui.core.training.curves import CALIBRATION, figures_of
from revsearch_tui.tui.text import clip, count, shown, shown_path, size_text, when_text

if TYPE_CHECKING:
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.core.training.watch import WatchedRun

Parts: TypeAlias = list[tuple[str, str] | str]
"""Of a text, with their styles."""
_LABEL = "$foreground-muted"
_LABEL_WIDTH = 15
_INTERVAL_WIDTH = 23

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


class RunDetail(Static):
    """The text of the pane."""

    def __init__(self) -> None:
        super().__init__("", id="run-detail-text", markup=False)
        self._seen: WatchedRun | None = None
        self._defaults: Mapping[str, Any] | None = None
        self._model: ModelRecord | None = None
        self._is_model_known = True
        self._why = ""

    def show(
        self,
        seen: WatchedRun | None,
        defaults: Mapping[str, Any] | None,
        model: ModelRecord | None,
        is_model_known: bool = True,
        why: str = "",
    ) -> None:
        """Show a run; `defaults` are those of its options (None: not known), `model` what it made, if that is known;
        `why` says why it failed, if that is."""
        self._seen, self._defaults, self._model, self._is_model_known = seen, defaults, model, is_model_known
        self._why = why
        self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        width = max(24, self.size.width or 40)
        if self._seen is None:
            self.update(Content(""))
        else:
            model = _model(self._seen, self._model) if self._is_model_known else {}
            self.update(detail_content(self._seen, self._defaults, model, self._why, width))


def detail_content(
    seen: WatchedRun, defaults: Mapping[str, Any] | None, model: dict[str, str], why: str, width: int
) -> Content:
    """The text for a run, in lines of `width` cells."""
    parts: Parts = [(shown(seen.run.name), "$text bold"), "\n"]
    parts += _standing(seen, width)
    if why:
        parts += [("\n".join(textwrap.wrap(shown(why), width)), "$text-error"), "\n"]
    for heading, lines in (
        ("Figures with 95 % intervals", figure_lines(seen.run.result, width)),
        ("Model", model),
        ("Settings", _settings(seen)),
        ("Options" if defaults is None else "Options other than the default", _options(seen, defaults)),
    ):
        if lines:
            parts += ["\n", (heading, "$primary bold"), "\n"]
            parts += labelled_lines(lines, width) if isinstance(lines, dict) else lines
    return Content.assemble(*parts)


def labelled_lines(lines: Mapping[str, str], width: int) -> Parts:
    """Label and value; of a long value the end, which tells paths apart."""
    parts: Parts = []
    column = min(_LABEL_WIDTH, 1 + max(map(len, lines), default=0))
    for label, value in lines.items():
        told = clip(label, column - 1)
        parts += [(f"{told:<{column}}", _LABEL), clip(value, width - column, keep_end=True), "\n"]
    return parts


def _standing(seen: WatchedRun, width: int) -> Parts:
    glyph, style = STATES.get(seen.state, ("?", "$text-error"))
    parts: Parts = [(f"{glyph} {shown(seen.state)}", style)]
    epoch, planned = last_epoch(seen), planned_epochs(seen)
    if epoch and seen.state == "done":
        parts.append((f", {count(epoch, step_name(seen))}", "$text"))
    elif epoch:
        parts.append((f", {step_name(seen)} {epoch}" + (f" of {planned}" if planned else ""), "$text"))
    parts.append("\n")
    lines = {"started": when_text(seen.run.started)}
    if seen.run.ended:
        lines["ended"] = when_text(seen.run.ended)
    taken, left = seconds_taken(seen), seconds_left(seen)
    if taken is not None:
        told = f", about {duration_text(left)} to go" if left is not None else ""
        lines["time"] = f"{duration_text(taken)}{told}"
    parts += labelled_lines(lines, width)
    if seen.state in ("interrupted", "stopped"):
        parts += [("r, or the same command again, goes on from here.", "$text-warning"), "\n"]
    return parts


def figure_lines(result: Mapping[str, Any], width: int) -> Parts:
    """The figures of a finished training with their intervals, those of the test part first."""
    parts: Parts = []
    room = max(8, min(17, width - _INTERVAL_WIDTH - 1))
    measured = sorted(figures_of(result), key=lambda figure: figure.part != "test")
    for part, figures in groupby(measured, key=lambda figure: figure.part):
        listed = list(figures)
        pictures = max(figure.pictures for figure in listed)
        parts += [(f"{shown(part)}, {count(pictures, 'picture')}", "$text"), "\n"]
        for figure in listed:
            name = clip(shown(figure.name) or "accuracy", room)
            parts += [(f" {name:<{room}} ", _LABEL), (f"{figure.value:.4f}", "$text-success bold")]
            if figure.low is not None:
                parts.append((f"  {figure.low:.4f}–{figure.high:.4f}", "$text"))
            parts.append("\n")
    return parts


def _model(seen: WatchedRun, model: ModelRecord | None) -> dict[str, str]:
    if model is None:
        return {"name": "not among the models"} if seen.state == "done" else {}
    lines = {"name": f"{shown(model.method)}:{shown(model.name)}"}
    weights = seen.run.result.get("weights")
    if isinstance(weights, int):
        lines["weights"] = f"{weights:,}"
    main = next((part for part in model.files if part.name == model.main), None)
    lines["size"] = size_text(main.bytes if main else model.bytes)
    return lines


def _settings(seen: WatchedRun) -> dict[str, str]:
    request, result = seen.run.request, seen.run.result
    lines = {"method": shown(request.method), "data": data_text(request.data)}
    lines.update({shown(name): value_text(value) for name, value in request.data_options.items()})
    if request.region:
        lines["region"] = shown(request.region)
    data = result.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("counts"), Mapping):
        lines["classes"] = f"{data.get('classes', 0):,}"
        lines.update({shown(part): count(number, "picture") for part, number in data["counts"].items()})
    lines["split"] = f"test {100 * request.test:g} %, val. {100 * request.validation:g} %, seed {request.split_seed}"
    ran_on = [shown(str(result[name])) for name in ("device", "precision") if result.get(name)]
    if ran_on:
        lines["ran on"] = ", ".join(ran_on)
    return lines


def _options(seen: WatchedRun, defaults: Mapping[str, Any] | None) -> dict[str, str] | Parts:
    given = seen.run.request.options
    other = {name: value for name, value in given.items() if defaults is None or defaults.get(name) != value}
    if given and not other:
        return [("none", _LABEL), "\n"]
    return {shown(name): value_text(value) for name, value in other.items()}


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
