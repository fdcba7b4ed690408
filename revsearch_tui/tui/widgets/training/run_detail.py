"""All there is to say about one run: how it stands, its settings, the model it made and how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.core.training.curves import figures_of
from revsearch_tui.tui.text import clip, count, duration_text, shown, size_text, when_text
from revsearch_tui.tui.widgets.training.facts import (
    STATES,
    data_text,
    last_epoch,
    planned_epochs,
    seconds_left,
    seconds_taken,
    step_name,
    value_text,
)

if TYPE_CHECKING:
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.core.training.watch import WatchedRun

_Parts: TypeAlias = list[tuple[str, str] | str]
_LABEL = "$foreground-muted"
_LABEL_WIDTH = 15
_INTERVAL_WIDTH = 23


class RunDetail(Static):
    """The text of the pane."""

    def __init__(self) -> None:
        super().__init__("", id="run-detail-text", markup=False)
        self._seen: WatchedRun | None = None
        self._defaults: Mapping[str, Any] | None = None
        self._model: ModelRecord | None = None
        self._is_model_known = True

    def show(
        self,
        seen: WatchedRun | None,
        defaults: Mapping[str, Any] | None,
        model: ModelRecord | None,
        is_model_known: bool = True,
    ) -> None:
        """Show a run; `defaults` are those of its options (None: not known), `model` what it made, if that is known."""
        self._seen, self._defaults, self._model, self._is_model_known = seen, defaults, model, is_model_known
        self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        width = max(24, self.size.width or 40)
        if self._seen is None:
            self.update(Content(""))
        else:
            model = _model(self._seen, self._model) if self._is_model_known else {}
            self.update(detail_content(self._seen, self._defaults, model, width))


def detail_content(seen: WatchedRun, defaults: Mapping[str, Any] | None, model: dict[str, str], width: int) -> Content:
    """The text for a run, in lines of `width` cells."""
    parts: _Parts = [(shown(seen.run.name), "$text bold"), "\n"]
    parts += _standing(seen, width)
    for heading, lines in (
        ("Figures with 95 % intervals", _figures(seen, width)),
        ("Model", model),
        ("Settings", _settings(seen)),
        ("Options" if defaults is None else "Options other than the default", _options(seen, defaults)),
    ):
        if lines:
            parts += ["\n", (heading, "$primary bold"), "\n"]
            parts += _lines(lines, width) if isinstance(lines, dict) else lines
    return Content.assemble(*parts)


def _lines(lines: dict[str, str], width: int) -> _Parts:
    """Label and value; of a long value the end, which tells paths apart."""
    parts: _Parts = []
    column = min(_LABEL_WIDTH, 1 + max(len(label) for label in lines))
    for label, value in lines.items():
        told = clip(label, column - 1)
        parts += [(f"{told:<{column}}", _LABEL), clip(value, width - column, keep_end=True), "\n"]
    return parts


def _standing(seen: WatchedRun, width: int) -> _Parts:
    glyph, style = STATES.get(seen.state, ("?", "$text-error"))
    parts: _Parts = [(f"{glyph} {shown(seen.state)}", style)]
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
    parts += _lines(lines, width)
    if seen.state in ("interrupted", "stopped"):
        parts += [("The same command again goes on from here.", "$text-warning"), "\n"]
    return parts


def _figures(seen: WatchedRun, width: int) -> _Parts:
    parts: _Parts = []
    room = max(8, min(17, width - _INTERVAL_WIDTH - 1))
    measured = sorted(figures_of(seen.run.result), key=lambda figure: figure.part != "test")
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


def _options(seen: WatchedRun, defaults: Mapping[str, Any] | None) -> dict[str, str] | _Parts:
    given = seen.run.request.options
    other = {name: value for name, value in given.items() if defaults is None or defaults.get(name) != value}
    if given and not other:
        return [("none", _LABEL), "\n"]
    return {shown(name): value_text(value) for name, value in other.items()}
