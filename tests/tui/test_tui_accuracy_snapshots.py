"""How the pages about evaluations look, at a small and a large size. Layout only; behaviour is tested elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.core.evaluation.record import Answers
from revsearch_tui.core.evaluation.records import write_record
from revsearch_tui.core.workspace import Workspace
from tests.support.evaluations import answers_about, record_about, robustness_record, with_findings
from tests.tui.conftest import Driver, settle, write_pictures
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

PAGES = {
    "records": ("f3",),
    "record": ("f3", "enter"),
    "classes": ("f3", "enter", "enter"),
    "confusion": ("f3", "enter", "enter", "tab", "down", "right"),
    "mistakes": ("f3", "enter", "down", "right", "enter", "shift+tab"),
    "answer": ("f3", "enter", "down", "right", "enter", "shift+tab", "enter"),
    "versus": ("f3", "enter", "c", "enter"),
    "robustness": ("f3", "down", "enter", "down", "right"),
    "form": ("f3", "n"),
}

FINDINGS = {
    "table": ("f3", "enter", "shift+tab", "down"),
    "pictures": ("f3", "enter", "shift+tab", "enter"),
    "form": ("f3", "c", "n"),
}


@pytest.fixture
def records(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("REVSEARCH_GENERAL_METHODS", "phash,sift")
    time.tzset()
    answers = answers_about(write_pictures(new_home / "Pictures"))
    folders = Workspace().folders
    write_record(folders, record_about(answers), answers)
    write_record(folders, robustness_record(), Answers([], [], []))


def look(snap_compare, size: tuple[int, int], keys: tuple[str, ...]) -> bool:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.press(*keys)
        await freeze(driver)

    app = the_app()
    return closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@by_size
@pytest.mark.parametrize("page", PAGES)
def test_page(records: None, snap_compare, size: tuple[int, int], page: str) -> None:
    assert look(snap_compare, size, PAGES[page])


@pytest.mark.drill
@by_size
@pytest.mark.parametrize("page", FINDINGS)
def test_findings(new_home: Path, snap_compare, size: tuple[int, int], page: str) -> None:
    answers = answers_about(write_pictures(new_home / "Pictures"))
    write_record(Workspace().folders, with_findings(record_about(answers), answers), answers)
    assert look(snap_compare, size, FINDINGS[page])


@by_size
def test_without_records(new_home: Path, snap_compare, size: tuple[int, int]) -> None:
    assert look(snap_compare, size, ("f3",))
