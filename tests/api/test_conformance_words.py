"""What the conformance kit asks of methods that take words, and of those that have names for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import MethodInfo
from revsearch_tui.api.testing import check_method
from tests.support.conformance import MeanColour, failed_checks, info_of

WORDS = {"metric": "cosine", "capabilities": frozenset({"text-query"})}
NAMES = {"capabilities": frozenset({"names"})}


class Colours(MeanColour):
    """Knows one word."""

    def embed_text(self, texts: Sequence[str]) -> Any:
        return np.array([[1, 0, 0, 0] if "red" in text else [0, 0, 0, 0] for text in texts], np.float32)


class Naming(MeanColour):
    def names(self, embeddings: Any) -> list[tuple[str, float | None]]:
        return [("red" if row[0] > row[1] else "another", None) for row in embeddings]

    def names_of(self, text: str) -> list[str]:
        return ["red"] if "red" in text else []


def test_a_method_that_takes_words_passes() -> None:
    results = {each.check: each.outcome for each in check_method(info_of(Colours, **WORDS))}
    assert (results["wording"], results["naming"]) == ("passed", "not applicable")


def test_a_method_whose_model_takes_no_words_is_passed_over() -> None:
    class Without(Colours):
        takes_text = False

    results = {each.check: each.outcome for each in check_method(info_of(Without, **WORDS))}
    assert results["wording"] == "not applicable"


def test_words_that_are_declared_and_missing_or_there_and_not_declared_are_found() -> None:
    assert "disagree" in failed_checks(MeanColour, **WORDS)["wording"]
    assert "disagree" in failed_checks(Colours, metric="cosine")["wording"]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (lambda n: np.ones((n, 4), np.float32), "have length 1"),
        (lambda n: np.eye(n, 3, dtype=np.float32), "not (8, 4)"),
        (lambda n: np.full((n, 4), np.nan, np.float32), "not finite"),
        (lambda n: np.tile(np.eye(1, 4), (n, 1)), "are float32"),
        (lambda n: np.eye(n, 4, dtype=np.float32)[::-1], "depends on the other texts"),
    ],
)
def test_vectors_of_texts_that_are_of_no_use_are_found(rows: Any, complaint: str) -> None:
    class Wrong(MeanColour):
        def embed_text(self, texts: Sequence[str]) -> Any:
            return rows(len(texts))

    assert complaint in failed_checks(Wrong, **WORDS)["wording"]


def test_vectors_of_texts_that_are_others_each_time_are_found() -> None:
    class Restless(MeanColour):
        asked = 0

        def embed_text(self, texts: Sequence[str]) -> Any:
            Restless.asked += 1
            return np.tile(np.eye(4, dtype=np.float32)[Restless.asked % 4], (len(texts), 1))

    assert "other vectors the second time" in failed_checks(Restless, **WORDS)["wording"]


def test_a_method_that_has_names_passes_and_one_whose_names_are_none_does_not() -> None:
    results = {each.check: each.outcome for each in check_method(info_of(Naming, **NAMES))}
    assert results["naming"] == "passed"

    class Mute(Naming):
        def names(self, embeddings: Any) -> list[tuple[str, float | None]]:
            return [("", 0.5) for _ in embeddings]

    class Sure(Naming):
        def names(self, embeddings: Any) -> list[tuple[str, float | None]]:
            return [("red", 83) for _ in embeddings]

    assert "not empty" in failed_checks(Mute, **NAMES)["naming"]
    assert "lies in 0..1" in failed_checks(Sure, **NAMES)["naming"]


@pytest.mark.parametrize(
    "fields",
    [
        {"shape": "local", "metric": "cosine", "capabilities": frozenset({"text-query"})},
        {"shape": "vector", "metric": "hamming", "capabilities": frozenset({"text-query"})},
        {"shape": "classifier", "metric": "cosine", "capabilities": frozenset({"names"})},
    ],
)
def test_capabilities_that_do_not_fit_the_shape_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is for v"):
        MethodInfo("subject", "Subject", "A method.", dim=4, factory="some.module:Subject", **fields)
