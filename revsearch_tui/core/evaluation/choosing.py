"""Which methods are fused, which protocols make sense, and whether models have seen the queries before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.embedding import Embedder
from revsearch_tui.core.evaluation.pictures import Pictures
from revsearch_tui.core.evaluation.protocols import knows_some
from revsearch_tui.core.evaluation.record import Protocol
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.methods import MethodChoice
from revsearch_tui.core.suggest import instead

ALL = "all"


def fusions_of(fuse: Sequence[str], choices: Sequence[MethodChoice]) -> dict[str, dict[int, float]]:
    """The name of each fusion, such as `phash+sift*0.1`, and the places of its methods with their weights.

    Raises `UsageError`.
    """
    labels = [choice.label for choice in choices]
    found: dict[str, dict[int, float]] = {}
    for text in fuse:
        names = labels if text == ALL else [name.strip() for name in text.split(",")]
        weights = dict(sorted(_weighed(name, labels) for name in names))
        if len(weights) < 2:
            raise UsageError(f"'{text}' fuses less than two methods: name several, as in --fuse phash,sift")
        told = [labels[place] + (f"*{weight:g}" if weight != 1 else "") for place, weight in weights.items()]
        found["+".join(told)] = weights
    return found


def protocols_of(request: EvalRequest, embedders: Sequence[Embedder], labels: set[str]) -> list[Protocol]:
    """Those asked for, or those that make sense. Raises `UsageError` where `classify` is asked of no classifier."""
    classifiers = [each for each in embedders if each.choice.info.shape == "classifier"]
    if request.protocols:
        if "classify" in request.protocols and not classifiers:
            raise UsageError("the protocol classify needs a classifier among the methods, such as cnn-softmax")
        return list(dict.fromkeys(request.protocols))
    able = any(knows_some(each, labels) for each in classifiers)
    return ["classify", "neighbour", "retrieve"] if able else ["neighbour", "retrieve"]


def training_notes(choices: Sequence[MethodChoice], pictures: Pictures) -> list[str]:
    """A note for each model that was trained on other parts of what seems to be the same data."""
    labels = set(pictures.classes)
    same_split = {"split": str(pictures.described["sha256"])}.get(str(pictures.described["parts"]), "")
    found: dict[str, str] = {}
    for choice in choices:
        manifest: Mapping[str, Any] = choice.model.manifest if choice.model is not None else {}
        trained = manifest.get("training", {}).get("data", {})
        names = {str(name) for name in manifest.get("settings", {}).get("classes", ())}
        if trained.get("sha256") and trained["sha256"] != same_split and 2 * len(names & labels) > len(labels):
            assert choice.model is not None
            found[choice.model.name] = (
                f"the model '{choice.model.name}' was trained on pictures of these classes, divided otherwise: "
                "queries may be among them, and its figures too good"
            )
    return list(found.values())


def _weighed(name: str, labels: Sequence[str]) -> tuple[int, float]:
    """The place and the weight that `sift` or `sift*0.1` means."""
    label, star, number = name.partition("*")
    try:
        weight = float(number) if star else 1.0
    except ValueError:
        weight = 0.0
    if not 0 < weight < math.inf:
        raise UsageError(f"'{name}' weighs a method by '{number}'; give a number above 0, as in sift*0.1")
    return _place(label, labels), weight


def _place(name: str, labels: Sequence[str]) -> int:
    if name in labels:
        return labels.index(name)
    raise UsageError(f"'{name}' cannot be fused, for it is not among the methods measured; {instead(name, labels)}")
