"""A journal that a crash cut short says all that was done, and goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import UsageError
from revsearch_tui.core.groups.step_journal import Step, StepJournal, journals_in, read_journal


def _step(number: int) -> Step:
    return Step(number, "trash", f"/pictures/{number}.png", "00" * 32, "/pictures/kept.png", f"/trash/{number}.png", "")


def test_a_line_that_was_cut_short_is_passed_over_and_what_is_written_next_is_whole(tmp_path: Path) -> None:
    with StepJournal.begin(tmp_path, "plan.json") as journal:
        for number in range(3):
            journal.step(_step(number))
    data = journal.file.read_bytes()
    for cut in range(data.rindex(b'{"step"') + 1, len(data) - 1):
        journal.file.write_bytes(data[:cut])
        assert [step.number for step in read_journal(journal.file).open] == [1, 0]
        with StepJournal(journal.file) as again:
            again.undone(1)
        assert [step.number for step in read_journal(journal.file).open] == [0]


def test_steps_come_back_as_they_were_written_the_last_first(tmp_path: Path) -> None:
    steps = [_step(0), Step(1, "symlink", "/a\udcff", "11" * 32, "/k", "/t", "/i", "/l", (3, 4, "png"))]
    with StepJournal.begin(tmp_path, "plan.json") as journal:
        for step in steps:
            journal.step(step)
    (applied,) = journals_in(tmp_path)
    assert applied.open == steps[::-1] and applied.plan == "plan.json"


def test_what_is_no_journal_or_a_newer_one_is_refused(tmp_path: Path) -> None:
    for text, why in (
        ("", "is no journal"),
        ('{"kind": "revsearch duplicates journal", "format": 9}', "newer revsearch"),
    ):
        (tmp_path / "strange.jsonl").write_text(text)
        with pytest.raises(UsageError, match=why):
            read_journal(tmp_path / "strange.jsonl")
    assert journals_in(tmp_path) == []
