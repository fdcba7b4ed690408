"""Reciprocal rank fusion, on rankings small enough to do by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from revsearch_tui.core.search.fusion import RRF_K, fuse
from revsearch_tui.core.search.results import Hit


def ranking(method: str, *names: str, verified: bool | None = None, exact: bool = True) -> list[Hit]:
    return [
        Hit(rank, method, name, Path(name), (Path(name),), 1 / rank, 0.0, "x", verified, exact, 1, 1)
        for rank, name in enumerate(names, start=1)
    ]


def test_the_sum_of_reciprocal_ranks_decides() -> None:
    fused = fuse([ranking("m", "a", "b", "c"), ranking("n", "b", "c", "d")], 10)
    assert [hit.image_id for hit in fused] == ["b", "c", "a", "d"]
    assert fused[0].raw == pytest.approx(1 / (RRF_K + 2) + 1 / (RRF_K + 1))
    assert [hit.rank for hit in fused] == [1, 2, 3, 4]


def test_what_every_method_puts_first_has_score_1() -> None:
    assert fuse([ranking("m", "a", "b"), ranking("n", "a", "c")], 1)[0].score == 1.0
    assert fuse([ranking("m", "a"), ranking("n", "b")], 1)[0].score == pytest.approx(0.5)


def test_a_hit_keeps_each_methods_own_rank_and_score() -> None:
    (first, *_) = fuse([ranking("m", "a", "b"), ranking("n", "c", "b")], 3)
    assert first.image_id == "b"
    assert [(part.method, part.rank, part.score) for part in first.fused] == [("m", 2, 0.5), ("n", 2, 0.5)]


def test_one_verdict_of_verified_is_enough_and_one_approximate_search_makes_it_approximate() -> None:
    (hit,) = fuse([ranking("m", "a", verified=True), ranking("n", "a", exact=False), ranking("o", "a")], 1)
    assert hit.verified is True and hit.exact is False
    (plain,) = fuse([ranking("m", "a"), ranking("n", "a")], 1)
    assert plain.verified is None and plain.exact is True


def test_ties_are_broken_alike_whatever_the_order_of_the_methods() -> None:
    one, other = ranking("m", "b"), ranking("n", "a")
    assert [h.image_id for h in fuse([one, other], 2)] == [h.image_id for h in fuse([other, one], 2)] == ["a", "b"]


def test_no_picture_comes_twice_and_k_is_kept() -> None:
    fused = fuse([ranking("m", *"abcdef"), ranking("n", *"fedcba")], 4)
    assert len(fused) == 4 == len({hit.image_id for hit in fused})


def test_nothing_fused_is_nothing() -> None:
    assert fuse([[], []], 5) == []


def verdicts(names: str, verified: str) -> list[Hit]:
    """The ranking of a local method that verified some of its hits."""
    return [replace(hit, verified=hit.image_id in verified) for hit in ranking("local", *names)]


def test_verified_hits_come_before_all_others_where_that_is_the_rule() -> None:
    fused = fuse([verdicts("zab", "z"), ranking("n", "a", "b", "c", "z")], 10, "verified")
    assert [hit.image_id for hit in fused] == ["z", "a", "b", "c"]
    assert [hit.rank for hit in fused] == [1, 2, 3, 4]
    scores = [hit.score for hit in fused]
    assert scores == sorted(scores, reverse=True) and scores[0] == 1.0 and scores[1] == 0.5


def test_what_was_not_verified_is_in_the_order_of_the_methods_that_do_not_verify() -> None:
    rankings = [verdicts("cab", ""), ranking("n", "a", "b", "c")]
    assert [hit.image_id for hit in fuse(rankings, 3, "verified")] == ["a", "b", "c"]
    assert [hit.image_id for hit in fuse([verdicts("cab", "")] * 2, 3, "verified")] == ["c", "a", "b"]


def test_without_a_local_method_both_rules_give_one_order() -> None:
    rankings = [ranking("m", *"abcd"), ranking("n", *"dbac"), ranking("o", *"be")]
    by_ranks, by_verified = fuse(rankings, 9), fuse(rankings, 9, "verified")
    assert [hit.image_id for hit in by_ranks] == [hit.image_id for hit in by_verified]
