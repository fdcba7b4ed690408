"""Records and answers as JSON values, and back. Numbers that are not finite are null in JSON and NaN again after."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from revsearch_tui.core.evaluation.record import (
    Answers,
    Comparison,
    Estimate,
    MethodAnswers,
    Outcome,
    PictureRef,
    Record,
    ReliabilityBin,
    RobustnessCell,
    ThresholdAdvice,
)
from revsearch_tui.core.groups.finding import Finding, Labelled

_FIGURES = ("classes", "queries", "gallery", "outcomes", "comparisons", "robustness", "advice", "recommended")


def to_json(value: Any) -> Any:
    """Dataclasses, mappings and sequences, whatever they hold, as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {entry.name: to_json(getattr(value, entry.name)) for entry in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_json(each) for name, each in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence):
        return [to_json(each) for each in value]
    return value


def figures_sha256(record: Record) -> str:
    """What `Record.figures_sha256` is to be: every figure, to the last bit, without names, times and costs."""
    figures = {name: to_json(getattr(record, name)) for name in _FIGURES}
    for outcome in figures["outcomes"]:
        del outcome["cost"]
    return hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()


def record_of(raw: Mapping[str, Any]) -> Record:
    """The record that `to_json` made these values of. Raises KeyError, TypeError and ValueError where it did not."""
    nested = {
        "outcomes": [_outcome(each) for each in raw["outcomes"]],
        "comparisons": [
            Comparison(**{**each, "difference": _estimate(each["difference"])}) for each in raw["comparisons"]
        ],
        "robustness": [RobustnessCell(**{**each, "recall": _estimate(each["recall"])}) for each in raw["robustness"]],
        "advice": [advice_of(each) for each in raw["advice"]],
        "findings": [_finding(each) for each in raw.get("findings", ())],
    }
    known = {entry.name for entry in dataclasses.fields(Record)}
    return Record(**{name: value for name, value in {**raw, **nested}.items() if name in known})


def answers_of(raw: Mapping[str, Any]) -> Answers:
    """The answers that `to_json` made these values of. Raises as `record_of` does."""
    return Answers(
        [PictureRef(**each) for each in raw["queries"]],
        [PictureRef(**each) for each in raw["gallery"]],
        [
            MethodAnswers(**{**each, "value": _numbers(each["value"]), "confidence": _numbers(each["confidence"])})
            for each in raw["methods"]
        ],
    )


def advice_of(raw: Mapping[str, Any]) -> ThresholdAdvice:
    """The advice that `to_json` made these values of; what an older program did not know is left at its default.
    Raises as `record_of` does."""
    known = {entry.name: raw[entry.name] for entry in dataclasses.fields(ThresholdAdvice) if entry.name in raw}
    if known.get("shown_wrong") is not None:
        known["shown_wrong"] = _estimate(known["shown_wrong"])
    return ThresholdAdvice(**known)


def _finding(raw: Mapping[str, Any]) -> Finding:
    other = raw["other"]
    pictures = {"picture": _labelled(raw["picture"]), "other": None if other is None else _labelled(other)}
    return Finding(**{**raw, **pictures})


def _labelled(raw: Mapping[str, Any]) -> Labelled:
    return Labelled(**{**raw, "path": Path(raw["path"])})


def _outcome(raw: Mapping[str, Any]) -> Outcome:
    metrics = {name: _estimate(figure) for name, figure in raw["metrics"].items()}
    return Outcome(
        **{**raw, "metrics": metrics, "reliability": [ReliabilityBin(**each) for each in raw["reliability"]]}
    )


def _estimate(raw: Mapping[str, Any]) -> Estimate:
    return Estimate(*_numbers([raw["value"], raw["low"], raw["high"]]))


def _numbers(raw: Sequence[float | None]) -> list[float]:
    return [math.nan if number is None else number for number in raw]
