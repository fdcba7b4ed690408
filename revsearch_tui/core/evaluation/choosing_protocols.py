"""Which protocols make sense, and whether models have seen the queries before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.embedder import Embedder
from revsearch_tui.core.evaluation.pictures import Pictures
from revsearch_tui.core.evaluation.protocols import knows_some
from revsearch_tui.core.evaluation.record import Protocol
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.methods.resolving import MethodChoice


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
