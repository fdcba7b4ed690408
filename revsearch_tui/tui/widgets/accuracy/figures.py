"""Figures of evaluations as text: shares in percent with their interval, ranks and costs in their own units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from revsearch_tui.core.evaluation.record import Estimate
from revsearch_tui.tui.text import size_text

NONE = "–"
_TITLES = {
    "map": "mAP",
    "micro_ap": "µAP",
    "ece": "ECE",
    "knn_accuracy": "kNN accuracy",
    "first_hit_rank": "first hit at rank",
}
_PLAIN = {"first_hit_rank"}
LOWER_IS_BETTER = frozenset({"ece", "first_hit_rank"})
COSTS: Mapping[str, str] = {
    "seconds_per_query": "a query",
    "seconds_per_picture": "a picture",
    "memory_mb": "memory",
    "index_bytes": "index",
    "dim": "numbers",
}
"""Costs in the order of their columns, with their titles."""


def metric_title(name: str) -> str:
    """A metric's name as people write it."""
    if name.startswith("ndcg"):
        return "nDCG" + name.removeprefix("ndcg")
    return _TITLES.get(name, name.replace("_", " "))


def figure_text(name: str, value: float) -> str:
    """A figure of a metric: shares in percent with one decimal, without the sign."""
    if not math.isfinite(value):
        return NONE
    return f"{value:.1f}" if name in _PLAIN else f"{100 * value:.1f}"


def estimate_text(name: str, estimate: Estimate) -> str:
    """`67.1 (64.0–70.2)`: a figure of a metric with its 95 % interval."""
    text = figure_text(name, estimate.value)
    if text == NONE or not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return text
    return f"{text} ({figure_text(name, estimate.low)}–{figure_text(name, estimate.high)})"


def difference_text(name: str, estimate: Estimate) -> str:
    """`+3.1 (1.0 to 5.2)`: a difference of two figures with its interval."""
    text = figure_text(name, estimate.value)
    sign = "+" if estimate.value > 0 else ""
    return f"{sign}{text} ({figure_text(name, estimate.low)} to {figure_text(name, estimate.high)})"


def p_text(p: float) -> str:
    """A p value: `p < 0.001`, `p = 0.032`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def cost_text(name: str, value: float) -> str:
    """A cost in its unit."""
    if not math.isfinite(value):
        return NONE
    if name.startswith("seconds"):
        return (
            f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms" if value >= 0.001 else f"{1e6 * value:.0f} µs"
        )
    if name == "memory_mb":
        return size_text(round(value * 1e6))
    return size_text(round(value)) if name == "index_bytes" else f"{value:,.0f}"


def when_text(started: str) -> str:
    """A time in ISO 8601 as local date and minute; as it is where it is none."""
    try:
        return f"{datetime.fromisoformat(started).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return started
