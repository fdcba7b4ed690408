"""Which methods are fused with which weights, from what users write: `phash,sift*0.1`, or `all`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.suggest import instead

ALL = "all"


def fusions_of(fuse: Sequence[str], labels: Sequence[str]) -> dict[str, dict[int, float]]:
    """The name of each fusion, such as `phash+sift*0.1`, and the places in `labels` of its methods with their weights.

    Raises `UsageError`.
    """
    found: dict[str, dict[int, float]] = {}
    for text in fuse:
        names = labels if text == ALL else [name.strip() for name in text.split(",")]
        weights = dict(sorted(_weighed(name, labels) for name in names))
        if len(weights) < 2:
            raise UsageError(f"'{text}' fuses less than two methods: name several, as in --fuse phash,sift")
        told = [labels[place] + (f"*{weight:g}" if weight != 1 else "") for place, weight in weights.items()]
        found["+".join(told)] = weights
    return found


def fused_labels(name: str) -> list[str]:
    """The labels of the methods in the name of a fusion, as `fusions_of` makes it."""
    return [part.partition("*")[0] for part in name.split("+")]


def weight_of(number: str) -> float | None:
    """The weight that a text tells; None where it is no number above 0."""
    try:
        weight = float(number)
    except ValueError:
        return None
    return weight if 0 < weight < math.inf else None


def _weighed(name: str, labels: Sequence[str]) -> tuple[int, float]:
    """The place and the weight that `sift` or `sift*0.1` means."""
    label, star, number = name.partition("*")
    weight = weight_of(number) if star else 1.0
    if weight is None:
        raise UsageError(f"'{name}' weighs a method by '{number}'; give a number above 0, as in sift*0.1")
    if label not in labels:
        raise UsageError(
            f"'{label}' cannot be fused, for it is not among the methods measured; {instead(label, labels)}"
        )
    return labels.index(label), weight
