"""What makes figures wrong, in a record, and found by a check of labelled pictures from within the app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import Input

from revsearch_tui.core.evaluation.record import Answers
from revsearch_tui.core.evaluation.records import write_record
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.accuracy.findings import CheckForm, CheckScreen, FindingScreen
from revsearch_tui.tui.screens.accuracy.record import RecordScreen
from tests.support.drawn import draw
from tests.support.evaluations import answers_about, record_about, with_findings
from tests.tui.conftest import Driver, write_pictures
from tests.tui.pausing import paused_at


@pytest.fixture
def answers(new_home: Path) -> Answers:
    """Those of two records, the older of which knows nothing of findings."""
    found = answers_about(write_pictures(new_home / "Pictures"))
    folders = Workspace().folders
    write_record(folders, with_findings(record_about(found), found), found)
    older = record_about(found, identity="20251125-120000-older-0002", name="older")
    write_record(folders, replace(older, started="2025-11-25T12:00:00+00:00"), found)
    return found


@pytest.fixture
def copied(new_home: Path) -> Path:
    """Twelve pictures of each of two classes, one of which is under both labels."""
    for number in range(24):
        file = new_home / "Data" / ("day", "night")[number % 2] / f"{number:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        draw(number + 1, (160, 120)).save(file)
    with Image.open(new_home / "Data" / "day" / "00.png") as image:
        image.resize((120, 90)).save(new_home / "Data" / "night" / "copy.png")
    return new_home / "Data"


def page(driver: Driver, kind: type):
    assert isinstance(driver.app.screen, kind), driver.app.screen
    return driver.app.screen


async def test_a_record_shows_its_findings_and_their_pictures(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "enter", "shift+tab")
        screen = page(driver, RecordScreen)
        assert screen.shown_view == "findings"
        text = driver.screen_text
        for told in (
            "Pictures that make figures wrong",
            "1 of leak, 1 of two labels, 1 of doubtful label",
            "train · test",
        ):
            assert told in text, told
        assert "a copy of a picture of another part" in text and "Compare" not in text.splitlines()[-1]
        await driver.press("enter")
        shown = page(driver, FindingScreen)
        assert [hit.label for hit in shown.grid.hits] == ["automobile · train", "airplane · test"]
        assert "phash: 6 bits" in driver.screen_text and "1 of 2 · finding 1 of 3" in driver.screen_text
        await driver.press("N")
        assert [hit.label for hit in shown.grid.hits] == [
            "bird · test"
        ] and "90% of its neighbours" in driver.screen_text
        await driver.press("escape", "tab")
        assert screen.shown_view == "overview" and "In percent" in driver.screen_text


@pytest.mark.drill
async def test_findings_are_opened_in_the_order_they_are_sorted_by(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "enter", "shift+tab", "home", "h", "h", "s", "home", "enter")
        assert "90% of its neighbours" in driver.screen_text, "doubtful label comes before leak"


async def test_a_record_of_an_older_program_has_no_such_view(answers: Answers, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "down", "enter")
        screen = page(driver, RecordScreen)
        assert screen.record.name == "older" and screen.views == ("overview", "classify", "neighbour")


@pytest.mark.drill
async def test_labelled_pictures_are_checked_in_the_background(copied: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "c")
        page(driver, CheckScreen)
        assert "n checks labelled pictures" in driver.screen_text
        await driver.press("n")
        form = page(driver, CheckForm)
        await driver.press("tab", "enter")
        assert "Name a folder of pictures" in driver.screen_text
        form.query_one("#form-data").query_one(Input).value = str(copied)
        form.query_one("#form-methods", Input).value = "phash"
        await driver.press("enter")
        screen = page(driver, CheckScreen)
        kinds = [row.cells[0].text for row in screen.table.rows_shown]
        assert kinds[-1] == "two labels" and "copy.png" in driver.screen_text
        assert "25 pictures checked" in driver.screen_text and any("1 of two labels" in note for note in driver.notes)
        await driver.press("end", "enter")
        assert {hit.path.name for hit in page(driver, FindingScreen).grid.hits} == {"00.png", "copy.png"}
        await driver.press("escape", "escape", "c")
        assert "25 pictures checked" in driver.screen_text, "what was found is shown until something else is checked"


@pytest.mark.drill
async def test_a_check_is_stopped_and_what_cannot_be_checked_is_told(copied: Path, opened) -> None:
    workspace = paused_at("hashing")
    async with opened(workspace=workspace) as driver:
        await driver.press("f3", "c", "n")
        page(driver, CheckForm).query_one("#form-data").query_one(Input).value = str(copied)
        await driver.pilot.press("enter")
        await driver.until(workspace.jobs.reached.is_set)
        assert "Checking." in driver.screen_text
        await driver.pilot.press("x")
        workspace.jobs.off()
        await driver.press()
        assert any("Nothing was checked to its end" in note for note in driver.notes)
        await driver.press("n")
        form = page(driver, CheckForm)
        form.query_one("#form-data").query_one(Input).value = str(copied / "day")
        await driver.press("enter")
        assert "holds no pictures" in driver.screen_text and "n checks labelled pictures" in driver.screen_text
