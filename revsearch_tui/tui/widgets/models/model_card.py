"""All that is known of one model: where it is from, what it knows, how it was made and how good it is."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.core.base.pace import duration_text
from revsearch_tui.core.models.manifests import ModelRecord
from revsearch_tui.tui.text import count, shown, shown_path, size_text, when_text
from revsearch_tui.tui.widgets.models.model_table import classes_of, is_place, origin_text, trained_on
from revsearch_tui.tui.widgets.training.run_detail import Parts, figure_lines, labelled_lines, value_text

_MOST_CLASSES = 24
_SHORT_SHA = 16
CHECKING = "checking its files …"
_LEFT_OUT = ("kind", "method", "dataset", "classes")
"""Values that are told elsewhere, or tell a reader nothing."""


class ModelCard(Static):
    """The text of the pane."""

    def __init__(self) -> None:
        super().__init__("", id="model-card-text", markup=False)
        self._record: ModelRecord | None = None
        self._checked = ""
        self._defaults: Mapping[str, object] = {}

    def show(self, record: ModelRecord | None, checked: str, defaults: Mapping[str, Mapping[str, object]]) -> None:
        """Show a model; `checked` says what came of checking its files, `defaults` are how each method trains."""
        self._record, self._checked = record, checked
        self._defaults = defaults.get(record.method, {}) if record is not None else {}
        self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        width = max(24, self.size.width or 40)
        record = self._record
        self.update(Content("") if record is None else card_content(record, self._checked, self._defaults, width))


def card_content(record: ModelRecord, checked: str, defaults: Mapping[str, object], width: int) -> Content:
    """The text for a model, in lines of `width` cells; options of training at their `defaults` are left out."""
    label = f"{record.method}:{record.name}" if record.method else record.name
    parts: Parts = [(shown(label), "$text bold"), "\n"]
    if record.problem:
        parts += [(f"✗ {shown(record.problem)}", "$text-error"), "\n"]
        parts += labelled_lines({"folder": shown_path(record.folder)}, width)
        return Content.assemble(*parts)
    if checked:
        is_sound = checked.startswith("✓")
        parts += [(shown(checked), "$text-success" if is_sound else "$foreground-muted"), "\n"]
    parts += labelled_lines(_identity(record), width)
    for heading, lines in (
        ("Figures with 95 % intervals", figure_lines(record.training, width)),
        ("Classes", _classes(record, width)),
        ("Trained on", _data(record, width)),
        ("Training", labelled_lines(_training(record.training), width)),
        ("Options other than the default", labelled_lines(_options(record, defaults), width)),
        ("Comes from", labelled_lines(_values(record.training.get("source")), width)),
        ("Settings", labelled_lines(_values(record.settings), width)),
        ("Found when it was tried", labelled_lines(_values(record.facts), width)),
    ):
        if lines:
            parts += ["\n", (heading, "$primary bold"), "\n", *lines]
    return Content.assemble(*parts)


def _identity(record: ModelRecord) -> dict[str, str]:
    lines = {"from": "a plugin, shipped" if record.origin == "shipped" else origin_text(record)}
    lines["added"] = when_text(record.added)
    lines["size"] = f"{size_text(record.bytes)} in {count(len(record.files), 'file')}"
    lines["sha256"] = record.sha256[:_SHORT_SHA]
    if record.origin == "own":
        lines["folder"] = shown_path(record.folder)
    return lines


def _classes(record: ModelRecord, width: int) -> Parts:
    classes = classes_of(record)
    if not classes:
        return []
    told = ", ".join(map(shown, classes[:_MOST_CLASSES]))
    more = f", and {len(classes) - _MOST_CLASSES:,} more" if len(classes) > _MOST_CLASSES else ""
    return [("\n".join(textwrap.wrap(f"{len(classes):,}: {told}{more}", width)), "$text"), "\n"]


def _data(record: ModelRecord, width: int) -> Parts:
    data, told = record.training.get("data"), shown(trained_on(record))
    lines = {}
    if is_place(record):
        lines["data"], told = told, ""
    if isinstance(data, Mapping):
        told = "" if data.get("counts") else told
        if isinstance(data.get("counts"), Mapping):
            counts = {part: number for part, number in data["counts"].items() if isinstance(number, int)}
            lines |= {shown(part): count(number, "picture") for part, number in counts.items()}
        if data.get("region"):
            lines["region"] = shown(str(data["region"]))
    if isinstance(record.training.get("samples"), int):
        lines["pictures"] = f"{record.training['samples']:,}"
    text: Parts = [("\n".join(textwrap.wrap(told, width)), "$text"), "\n"] if told else []
    return [*text, *labelled_lines(lines, width)]


def _options(record: ModelRecord, defaults: Mapping[str, object]) -> dict[str, str]:
    options = record.training.get("options")
    if not isinstance(options, Mapping):
        return {}
    return _values({name: value for name, value in options.items() if defaults.get(name) != value})


def _training(training: Mapping[str, Any]) -> dict[str, str]:
    lines = _values(training)
    seconds = training.get("seconds")
    if isinstance(seconds, int | float):
        del lines["seconds"]
        lines["time"] = duration_text(float(seconds))
    return lines


def _values(values: object) -> dict[str, str]:
    """What is one value, not many, by its name."""
    if not isinstance(values, Mapping):
        return {}
    plain = {name: value for name, value in values.items() if isinstance(value, str | int | float | bool)}
    return {
        shown(str(name)).replace("_", " "): shown(value_text(value))
        for name, value in plain.items()
        if value != "" and name not in _LEFT_OUT
    }
