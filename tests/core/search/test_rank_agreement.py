"""Rank-biased overlap, on rankings small enough to do by hand."""

from __future__ import annotations

import pytest

from revsearch_tui.core.search.rank_agreement import in_common, rank_biased_overlap


def test_the_same_rankings_agree_wholly_and_others_not_at_all() -> None:
    assert rank_biased_overlap("abcde", "abcde") == pytest.approx(1)
    assert rank_biased_overlap("abc", "xyz") == 0
    assert rank_biased_overlap("", "") == 1 and rank_biased_overlap("", "a") == rank_biased_overlap("a", "") == 0
    assert rank_biased_overlap("ab", "abcd") == pytest.approx(1), "what goes on may go on alike"


def test_the_upper_ranks_count_most() -> None:
    # Overlaps 0, 2, 3 of depths 1, 2, 3: 0.1 / 0.9 * (0 + 1 * 0.81 + 1 * 0.729) + 1 * 0.729 = 0.171 + 0.729
    assert rank_biased_overlap("abc", "bac") == pytest.approx(0.9)
    # Overlaps 1, 1, 3: 0.1 / 0.9 * (0.9 + 0.5 * 0.81 + 0.729) + 0.729 = 0.226 + 0.729
    assert rank_biased_overlap("abc", "acb") == pytest.approx(0.955)
    # Overlaps 1, 1: 0.1 / 0.9 * (0.9 + 0.405) + 0.5 * 0.81 = 0.145 + 0.405
    assert rank_biased_overlap("ab", "ac") == pytest.approx(0.55)
    # With a chance of one half: 0.5 / 0.5 * (0.5 + 0.5 * 0.25) + 0.5 * 0.25
    assert rank_biased_overlap("ab", "ac", 0.5) == pytest.approx(0.75)


def test_rankings_of_different_lengths_are_taken_as_far_as_each_goes() -> None:
    # Short "a", long "ba": overlaps 0, 1; overlap at s = 1 is 0.
    # 0.1 / 0.9 * (0 + 0.5 * 0.81) + ((1 - 0) / 2 + 0) * 0.81 = 0.045 + 0.405
    assert rank_biased_overlap("a", "ba") == pytest.approx(0.45)
    assert rank_biased_overlap("ba", "a") == pytest.approx(0.45)
    # Short "ab", long "axbc": overlaps 1, 1, 2, 2; at s = 2 it is 1, which adds (d - 2) / (2 d): 1/6 and 1/4.
    # 0.1 / 0.9 * (0.9 + 0.405 + (2/3 + 1/6) * 0.729 + (1/2 + 1/4) * 0.6561) + ((2 - 1) / 4 + 1/2) * 0.6561
    assert rank_biased_overlap("ab", "axbc") == pytest.approx((1.305 + 0.6075 + 0.492075) / 9 + 0.492075)


def test_how_many_are_in_common() -> None:
    assert in_common("abcd", "dcxa", 4) == 3 and in_common("abcd", "dcxa", 2) == 0 and in_common("ab", "bca", 10) == 2
