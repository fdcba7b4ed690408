"""How alike two pictures are, and why, as JSON values: the same for every program that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revsearch_tui.core.search.explaining import Explained
from revsearch_tui.core.search.explanation_words import as_data, sentences
from revsearch_tui.core.search.pair import PairResult, PairScore


def score_values(score: PairScore) -> dict[str, Any]:
    """One method's score of a pair."""
    row: dict[str, Any] = {
        "method": score.method,
        "score": round(score.score, 6),
        "raw": round(score.raw, 6),
        "unit": score.unit,
        "verified": score.verified,
        "inliers": score.inliers,
    }
    for number in (0, 1):
        told = score.classes[number] if score.classes else None
        row[f"class_{number + 1}"] = told.label if told else None
        row[f"confidence_{number + 1}"] = None if told is None or told.confidence is None else round(told.confidence, 4)
    return {**row, "orientation": score.orientation}


def shown_values(shown: Sequence[Explained]) -> list[dict[str, Any]]:
    """What methods show of a pair, each with its score."""
    return [{**score_values(each.score), "says": sentences(each), "explanation": as_data(each)} for each in shown]


def explanation_values(
    names: tuple[str, str], result: PairResult, shown: Sequence[Explained], silent: Sequence[str]
) -> dict[str, Any]:
    """What `explain --format json` gives; the `silent` methods have nothing to say."""
    return {
        "first": names[0],
        "second": names[1],
        "tier": result.tier,
        "why": result.why,
        "methods": shown_values(shown),
        "nothing_to_say": list(silent),
    }


def told_and_silent(parts: Sequence[Explained], *, named: bool) -> tuple[list[Explained], list[str]]:
    """What is worth showing, which is all of it where the methods were `named`; and the methods that say nothing."""
    shown = [each for each in parts if named or each.says_something]
    return shown, [each.score.method for each in parts if each not in shown]
