"""What is said of pairs of pictures stays, in either order, until it is taken back; and outlives crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import StorageError
from revsearch_tui.core.storage.judgements import Judgements, forget, judge, judgements_of

A, B, C = (bytes([each]) * 32 for each in range(3))


def test_what_was_said_last_of_a_pair_holds_in_either_order(tmp_path: Path) -> None:
    judge(tmp_path, [(B, A), (A, C)], [("b", "a"), ("a", "c")], "no match")
    said = Judgements([tmp_path])
    assert said.of(A) == {B: "no match", C: "no match"} and said.refused(B) == {A}
    judge(tmp_path, [(A, B)], [("a", "b")], "match")
    assert said.of(B) == {A: "match"} and said.of(A) == {B: "match", C: "no match"}
    assert said.all_refused() == {A: {C}, C: {A}}
    assert [(each.first, each.second, each.names) for each in judgements_of(tmp_path)][0] == (A, B, ("a", "b"))


def test_what_is_taken_back_is_gone(tmp_path: Path) -> None:
    judge(tmp_path, [(A, B)], [("a", "b")], "no match")
    assert forget(tmp_path, [(B, A), (A, C)]) == 1
    assert judgements_of(tmp_path) == [] and Judgements([tmp_path]).of(A) == {}
    assert forget(tmp_path, [(A, B)]) == 0


def test_of_several_collections_what_was_said_last_holds(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "two", "none")]
    for home in homes[:2]:
        home.mkdir()
    judge(homes[1], [(A, B)], [("a", "b")], "match")
    judge(homes[0], [(A, B)], [("a", "b")], "no match")
    assert Judgements(homes).of(A) == {B: "no match"}


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    judge(tmp_path, [(A, B)], [("a", "b")], "no match")
    (file,) = tmp_path.iterdir()
    for cut in range(1, 20):
        whole = file.read_bytes()
        judge(tmp_path, [(A, C)], [("a", "c")], "match")
        file.write_bytes(file.read_bytes()[:-cut])
        judge(tmp_path, [(B, C)], [("b", "c")], "match")
        assert {(A, B), (B, C)} <= {(each.first, each.second) for each in judgements_of(tmp_path)}
        file.write_bytes(whole)


def test_what_a_newer_program_wrote_is_refused_and_not_added_to(tmp_path: Path) -> None:
    judge(tmp_path, [(A, B)], [("a", "b")], "no match")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b'"format": 1', b'"format": 2'))
    before = file.read_bytes()
    for ask in (
        lambda: Judgements([tmp_path]).of(A),
        lambda: judge(tmp_path, [(A, C)], [("a", "c")], "match"),
        lambda: forget(tmp_path, [(A, B)]),
    ):
        with pytest.raises(StorageError, match="newer revsearch"):
            ask()
    assert file.read_bytes() == before
