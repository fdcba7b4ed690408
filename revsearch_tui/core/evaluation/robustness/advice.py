"""Thresholds for copies that were measured on a collection, kept with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.base.files import write_json
from revsearch_tui.core.evaluation.report.figure_text import percent_text
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.search.fusion import DEFAULT
from revsearch_tui.core.storage.collections import Collection

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.record import Record, ThresholdAdvice
    from revsearch_tui.core.search.results import Hit, SearchResult

FILE = "advice.json"
FORMAT = 2

ANY = "@any"
"""Ends the label of a method that tries the query in all eight orientations."""
VERIFIED = "@verified"
"""Ends the label of a fusion that puts pictures which passed geometric verification before all others."""


def save_advice(collection: Collection, choices: Sequence[MethodChoice], record: Record) -> None:
    """Keep what a record advises for these methods, in place of what was advised for them before.

    Raises `StorageError`.
    """
    from revsearch_tui.core.evaluation.codec import to_json

    known = _read(collection)
    found = {advice.method: advice for advice in record.advice}
    for several in [[choice] for choice in choices] + ([list(choices)] if len(choices) > 1 else []):
        for way in (False, True):
            label = method_label(_label(several), way)
            if label in found:
                known[label] = {
                    **to_json(found[label]),
                    **_identity(several),
                    "gallery": record.gallery,
                    "record": record.id,
                }
    try:
        write_json(collection.home / FILE, {"format": FORMAT, "methods": known})
    except OSError as error:
        raise StorageError(f"cannot write to {collection.home}: {error.strerror or error}") from error


def advice_for(
    collection: Collection, choices: Sequence[MethodChoice], any_orientation: bool = False
) -> ThresholdAdvice | None:
    """From which score on hits in this collection are copies; None where that was not measured.

    `choices` are one method, or several as a search ranks by them. Advice holds for the index and the options it was
    measured with, and no others.
    """
    kept = _read(collection).get(method_label(_label(choices), any_orientation))
    identity = _identity(choices)
    if kept is None or any(kept.get(name) != value for name, value in identity.items()):
        return None
    from revsearch_tui.core.evaluation.codec import advice_of

    try:
        return advice_of(kept)
    except (KeyError, TypeError, ValueError):
        return None


def advice_for_copies(
    collection: Collection, choices: Sequence[MethodChoice], any_orientation: bool = False
) -> ThresholdAdvice | None:
    """As `advice_for`. Raises `UsageError` where nothing else would tell copies: for one method that has none."""
    advice = advice_for(collection, choices, any_orientation)
    if advice is None and len(choices) == 1:
        from revsearch_tui.core.methods.hints import robustness_command

        raise UsageError(
            f"no threshold for copies was measured yet for '{choices[0].label}' with these options; "
            f"run: {robustness_command(collection, choices[0], any_orientation=any_orientation)}"
        )
    return advice


def describe(advice: ThresholdAdvice) -> str:
    """One sentence for people."""
    passes = f"score {advice.threshold:.3g} or more" if advice.threshold else "are verified"
    copies = f"{advice.method}: {advice.found:.0%} of changed copies {passes}"
    if advice.shown_wrong is None:
        return f"{copies}, and at most 1 in {round(1 / advice.wrong_rate):,} other pictures"
    shown, low, high, allowed = map(
        percent_text, (advice.shown_wrong.value, advice.shown_wrong.low, advice.shown_wrong.high, advice.wrong_rate)
    )
    return (
        f"{copies}; of queries without a copy here {shown} are shown anything "
        f"(95 % interval {low} to {high}, {allowed} allowed)"
    )


def only_copies(result: SearchResult, advice: ThresholdAdvice | None) -> SearchResult:
    """The result without hits below the threshold, and without those of one method that failed geometric verification.

    Without advice what several methods say together decides, whether it is the same or only alike. The query picture
    itself stays, whatever it scores: one of one colour has nothing to be verified by.
    """

    def keeps(hit: Hit) -> bool:
        if result.image_id and hit.image_id == result.image_id:
            return True
        if advice is None:
            return hit.is_same
        return hit.score >= advice.threshold and (hit.verified is not False or hit.tier is not None)

    return replace(result, hits=tuple(filter(keeps, result.hits)))


def _label(choices: Sequence[MethodChoice]) -> str:
    return choices[0].label if len(choices) == 1 else DEFAULT


def _identity(choices: Sequence[MethodChoice]) -> dict[str, Any]:
    """What advice depends on, in the order of labels; plain values."""
    if len(choices) == 1:
        return {"key": choices[0].key, "options": choices[0].all_options()}
    ordered = sorted(choices, key=lambda choice: choice.label)
    return {
        "key": " ".join(choice.key for choice in ordered),
        "options": {choice.label: choice.all_options() for choice in ordered},
    }


def _read(collection: Collection) -> dict[str, dict[str, Any]]:
    """What is kept, by label; nothing where it is missing, damaged or from a newer program."""
    try:
        raw = json.loads((collection.home / FILE).read_text("utf-8"))
        methods = raw["methods"] if raw["format"] <= FORMAT else {}
        return {str(label): dict(kept) for label, kept in methods.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def method_label(label: str, any_orientation: bool) -> str:
    """`phash`, or `phash@any`."""
    return label + ANY if any_orientation else label


def fusion_label(name: str, any_orientation: bool, verified_first: bool) -> str:
    """`sift+onnx:mobilenet`, `sift*0.1+onnx:mobilenet@verified@any`."""
    return method_label(name + (VERIFIED if verified_first else ""), any_orientation)
