"""The conformance kit finds explanations that cannot be drawn, and tells what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import BitDiff, ClassBars, Explanation, HeatMap, KeypointLines
from revsearch_tui.api.testing import check_method
from tests.support.conformance import MeanColour, failed_checks, info_of

EXPLAINS = {"capabilities": frozenset({"explain"})}


def explaining(explain: Callable[[Any, Any], object]) -> type:
    class Explains(MeanColour):
        def explain(self, query: Any, candidate: Any) -> object:
            return explain(query, candidate)

    return Explains


def floats(*values: float) -> Any:
    return np.array(values, np.float32)


CORNERS = floats(0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1).reshape(4, 4)
FIELDS = floats(0, 0.5, 1, 0.2).reshape(2, 2)
BITS = np.eye(4, dtype=np.uint8)
GREY = np.full((9, 8), 77, np.uint8)


def stretched(query: Any, candidate: Any) -> Any:
    """The transform that takes the corners of the one picture to those of the other, where the longest side is 1."""
    sides = [np.array(picture.shape[1::-1]) / max(picture.shape[:2]) for picture in (query, candidate)]
    return np.diag([*(sides[1] / sides[0]), 1.0])


@pytest.mark.parametrize(
    "explain",
    [
        lambda query, candidate: KeypointLines(CORNERS, stretched(query, candidate), tentative=9),
        lambda *_: KeypointLines(CORNERS[:0]),
        lambda *_: HeatMap(FIELDS, on="query", most=0.3, classes=ClassBars(["one"], floats(0.2), floats(1))),
        lambda *_: BitDiff(BITS, 1 - BITS, GREY, GREY),
        lambda *_: ClassBars(["one", "two"], floats(0.2, 0.8), floats(1, 0)),
    ],
)
def test_what_can_be_drawn_passes(explain: Callable[[Any, Any], Explanation]) -> None:
    results = check_method(info_of(explaining(explain), **EXPLAINS))
    assert [each.outcome for each in results if each.check == "explaining"] == ["passed"]


def test_the_capability_and_the_function_come_together() -> None:
    assert "disagree" in failed_checks(MeanColour, **EXPLAINS)["explaining"]
    assert "disagree" in failed_checks(explaining(lambda *_: HeatMap(FIELDS)))["explaining"]


@pytest.mark.parametrize(
    ("told", "explanation"),
    [
        ("returns a str", "because"),
        ("are (n, 4), not (4, 2)", KeypointLines(CORNERS[:, :2])),
        ("pairs of points are finite", KeypointLines(CORNERS * np.nan)),
        ("0 to 1, not 0 to 160", KeypointLines(CORNERS * 160)),
        ("0 to 1, not -0.5 to 0.5", KeypointLines(CORNERS - 0.5)),
        ("4 pairs of points of 3 tentative", KeypointLines(CORNERS, tentative=3)),
        ("a transform is (3, 3) or None, not (2, 3)", KeypointLines(CORNERS, np.eye(3)[:2])),
        ("a transform is finite", KeypointLines(CORNERS, np.full((3, 3), np.inf))),
        ("the transform takes points", KeypointLines(CORNERS, np.array([[1, 0, 90], [0, 1, 0], [0, 0, 1.0]]))),
        ("(h, w) float32", HeatMap(FIELDS.ravel())),
        ("(h, w) float32", HeatMap(FIELDS.astype(np.float64))),
        ("at least one field", HeatMap(FIELDS[:0])),
        ("a heat map is finite", HeatMap(FIELDS * np.nan)),
        ("a heat map lies in 0..1", HeatMap(FIELDS * 255)),
        ("on the candidate or the query", HeatMap(FIELDS, on="both")),
        ("what 1 stands for", HeatMap(FIELDS, most=float("nan"))),
        ("the bars of classes", HeatMap(FIELDS, classes=ClassBars(["one"], floats(1.5), floats(0.5)))),
        ("the same shape", BitDiff(BITS, BITS[:2])),
        ("with a bit at least", BitDiff(BITS[:0], BITS[:0])),
        ("(rows, columns)", BitDiff(BITS.ravel(), BITS.ravel())),
        ("hashes are uint8", BitDiff(BITS, BITS.astype(bool))),
        ("zeros and ones", BitDiff(BITS * 7, BITS)),
        ("(h, w) uint8", BitDiff(BITS, BITS, query_seen=np.zeros((4, 4, 3), np.uint8))),
        ("at least one pixel", BitDiff(BITS, BITS, candidate_seen=GREY[:0])),
        ("one bar per class, not [1, 2, 2]", ClassBars(["one"], floats(0, 1), floats(1, 0))),
        ("bars of classes are finite", ClassBars(["one"], floats(np.nan), floats(1))),
        ("bars of classes lie in 0..1", ClassBars(["one"], floats(1), floats(-1))),
    ],
)
def test_what_cannot_be_drawn_is_found_and_nothing_else(told: str, explanation: object) -> None:
    failures = failed_checks(explaining(lambda *_: explanation), **EXPLAINS)
    assert set(failures) == {"explaining"} and told in failures["explaining"]
