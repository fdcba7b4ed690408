"""The conformance kit finds each kind of mistake that a rule of fusion can make, and no other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import Ballot, FusionInfo
from revsearch_tui.api.testing import ConformanceError, check_fusion
from tests.support.conformance import SUBJECTS

Rule = Callable[[Sequence[Ballot]], Any]


def mean_share(ballots: Sequence[Ballot]) -> Any:
    """A sound rule, reciprocal ranks; the faulty ones differ from it in one thing."""
    total = sum(ballot.weight for ballot in ballots)
    return np.sum([ballot.weight / ballot.ranks for ballot in ballots], axis=0) / total


def failed_checks(rule: Rule) -> dict[str, str]:
    with pytest.raises(ConformanceError) as caught:
        check_fusion(info_of(rule))
    parts = [line.split(": ", 2) for line in str(caught.value).splitlines()]
    return {check: reason for _, check, reason in parts}


def info_of(rule: Rule) -> FusionInfo:
    sys.modules[SUBJECTS].make = lambda: rule  # type: ignore[attr-defined]
    return FusionInfo("subject", "Subject", "A rule under test.", f"{SUBJECTS}:make")


def test_a_sound_rule_passes_every_check() -> None:
    assert {result.outcome for result in check_fusion(info_of(mean_share))} == {"passed"}


def _needs_candidates(ballots: Sequence[Ballot]) -> Any:
    fused = mean_share(ballots)
    return fused * (1 if len(fused) > 1 else np.nan)


def _remembers() -> Rule:
    asked: list[int] = []

    def rule(ballots: Sequence[Ballot]) -> Any:
        asked.append(len(ballots))
        return mean_share(ballots) * (0.5 if len(asked) == _AGAIN else 1)

    return rule


_AGAIN = 8
"""The call with which the kit asks the same once more."""


def _trusts_the_first(ballots: Sequence[Ballot]) -> Any:
    return (mean_share(ballots) + mean_share(ballots[:1])) / 2


def _prefers_low_numbers(ballots: Sequence[Ballot]) -> Any:
    fused = mean_share(ballots)
    return np.minimum(1, fused + 1e-4 * np.arange(len(fused), 0, -1) / max(1, len(fused)) * (fused < 0.9))


def _hardly_tells(ballots: Sequence[Ballot]) -> Any:
    return np.minimum(mean_share(ballots), 0.2)


def _likes_the_middle(ballots: Sequence[Ballot]) -> Any:
    total = sum(ballot.weight for ballot in ballots)
    shares = [ballot.weight * np.where(ballot.ranks == 3, 0.9, 1 / ballot.ranks) for ballot in ballots]
    return np.sum(shares, axis=0) / total


def _forgets_weights(ballots: Sequence[Ballot]) -> Any:
    return np.mean([1 / ballot.ranks for ballot in ballots], axis=0)


@pytest.mark.parametrize(
    ("rule", "check"),
    [
        (_needs_candidates, "scores"),
        (_remembers(), "repeatable"),
        (_trusts_the_first, "methods_order"),
        (_prefers_low_numbers, "numbering"),
        (_hardly_tells, "unanimous"),
        (_likes_the_middle, "rising"),
        (_forgets_weights, "weights"),
    ],
    ids=["scores", "repeatable", "methods_order", "numbering", "unanimous", "rising", "weights"],
)
def test_each_check_finds_the_rule_that_breaks_it(rule: Rule, check: str) -> None:
    assert set(failed_checks(rule)) == {check}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (lambda ballots: mean_share(ballots)[1:], "for 12 candidates"),
        (lambda ballots: mean_share(ballots) * 2, "scores lie in 0..1"),
        (lambda ballots: np.log(mean_share(ballots)), "0..1"),
        (lambda ballots: np.argsort(mean_share(ballots)), "scores are floats"),
    ],
)
def test_what_are_no_scores_is_told(given: Rule, complaint: str) -> None:
    assert complaint in failed_checks(given)["scores"]


def test_writing_to_a_ballot_is_found() -> None:
    def writes(ballots: Sequence[Ballot]) -> Any:
        ballots[0].ranks[:] = 1
        return mean_share(ballots)

    assert "read-only" in failed_checks(writes)["scores"]
