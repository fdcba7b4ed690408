"""Figures as text: shares in percent with their interval, everything else in its own unit."""

from __future__ import annotations

import math

from revsearch_tui.core.evaluation.record import Estimate

NONE = "-"
_TITLES = {
    "map": "mAP",
    "micro_ap": "µAP",
    "ece": "ECE",
    "knn_accuracy": "kNN accuracy",
    "first_hit_rank": "first hit at rank",
}
_SHARES = ("accuracy", "knn_accuracy", "map", "ece", "micro_ap", "precision@", "recall@", "ndcg@")


def metric_title(name: str) -> str:
    """A metric's name as people write it."""
    if name.startswith("ndcg"):
        return "nDCG" + name.removeprefix("ndcg")
    return _TITLES.get(name, name)


def is_share(name: str) -> bool:
    """Whether a metric is a share of something, and told in percent."""
    return any(name == share or (share.endswith("@") and name.startswith(share)) for share in _SHARES)


def figure_text(name: str, value: float) -> str:
    """A figure of a metric, without its unit."""
    if not math.isfinite(value):
        return NONE
    return f"{100 * value:.1f}" if is_share(name) else f"{value:.2f}"


def estimate_text(name: str, estimate: Estimate) -> str:
    """`67.1 (64.0-70.2)`: a figure of a metric with its 95 % interval."""
    return f"{figure_text(name, estimate.value)} ({figure_text(name, estimate.low)}-{figure_text(name, estimate.high)})"


def difference_text(name: str, estimate: Estimate) -> str:
    """`+3.1 (1.0 to 5.2)`: a difference of two figures with its interval."""
    sign = "+" if estimate.value > 0 else ""
    low, high = (figure_text(name, bound) for bound in (estimate.low, estimate.high))
    return f"{sign}{figure_text(name, estimate.value)} ({low} to {high})"


def p_text(p: float) -> str:
    """A p value: `< 0.001`, `0.032`."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def percent_text(share: float) -> str:
    """`1.3 %`, `0.08 %`: a share, to two digits where it is small."""
    return f"{100 * share:.1f} %" if share >= 0.01 or not share else f"{100 * share:.2g} %"


def cost_text(name: str, value: float) -> str:
    """A cost in its unit."""
    if name.startswith("seconds"):
        return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"
    if name == "memory_mb":
        return f"{value:,.0f} MB"
    return f"{value / 1e6:,.1f} MB" if name == "index_bytes" else f"{value:,.0f}"
