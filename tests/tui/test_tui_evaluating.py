"""Measuring methods from within the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.core.evaluation.records import list_records, remove_record
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.accuracy.measuring import EvaluationForm, RobustnessForm
from revsearch_tui.tui.screens.accuracy.records import AccuracyScreen
from revsearch_tui.tui.screens.accuracy.robustness import RobustnessScreen
from revsearch_tui.tui.screens.training import TrainingScreen
from tests.support.labelled import draw_classes
from tests.tui.conftest import Driver
from tests.tui.pausing import PausingWorkspace, paused_at


@pytest.fixture
def patterns(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three folders of pictures."""
    monkeypatch.setenv("REVSEARCH_GENERAL_METHODS", "phash")
    return draw_classes(new_home / "patterns", each=6)


def fill(driver: Driver, **values: str) -> None:
    for name, value in values.items():
        form = driver.app.screen
        field = form.query_one("#form-data Input" if name == "data" else f"#form-{name}")
        field.value = value  # type: ignore[attr-defined]


async def start(driver: Driver, workspace: PausingWorkspace, data: Path, **values: str) -> None:
    """Begin an evaluation, up to where it pauses."""
    await driver.press("f3")
    await driver.pilot.press("n")
    fill(driver, data=str(data), **values)
    await driver.pilot.press("enter")
    await driver.until(workspace.jobs.reached.is_set)
    await driver.until(lambda: driver.search.jobs.last.progress is not None)
    await driver.pilot.pause()


async def finish(driver: Driver, workspace: PausingWorkspace) -> None:
    workspace.jobs.off()
    await driver.press()


async def test_an_evaluation_runs_in_the_background_and_its_record_appears(patterns: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.press("f3", "n")
        fill(driver, data=str(patterns), parts="all", queries="12", protocols="neighbour", name="drawn")
        await driver.press("enter")
        screen = driver.app.screen
        assert isinstance(screen, AccuracyScreen)
        assert [record.name for record in screen.records] == ["drawn"]
        record = list_records(Workspace().folders)[0]
        assert (record.queries, record.configuration["queries"], record.configuration["methods"]) == (12, 12, ["phash"])
        assert {outcome.protocol for outcome in record.outcomes} == {"neighbour"}
        assert any("Best: phash" in note for note in driver.notes)
        await driver.press("enter")
        accuracy = record.outcomes[0].metrics["accuracy"].value
        assert f"{100 * accuracy:.1f} (" in next(line for line in driver.screen_text.splitlines() if " phash " in line)


@pytest.mark.drill
async def test_an_evaluation_shows_progress_and_is_stopped_by_the_key_that_stops_indexing(
    patterns: Path, opened
) -> None:
    workspace = paused_at()
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.press("f3", "n")
        fill(driver, data=str(patterns))
        await driver.pilot.press("enter")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.until(lambda: "Measuring patterns" in driver.screen_text)
        await driver.pilot.press("n")
        assert isinstance(driver.app.screen, AccuracyScreen), "one job at a time"
        assert any("is under way" in note for note in driver.notes)
        await driver.pilot.press("escape")
        assert "Measuring patterns" in driver.screen_text, "the search shows the job, too"
        await driver.pilot.press("f3", "x")
        workspace.jobs.off()
        await driver.press()
        assert any("Nothing was recorded" in note for note in driver.notes)
        assert list_records(Workspace().folders) == []
        assert not driver.app.screen.query_one("#job-bar").display


@pytest.mark.drill
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"data": ""}, "Name a folder"),
        ({"data": "/nowhere/at/all"}, "There is no '/nowhere/at/all'"),
        ({"queries": "many"}, "'many' is no number"),
        ({"methods": " "}, "Name the methods"),
    ],
)
async def test_what_cannot_be_measured_is_told_in_the_form(
    patterns: Path, opened, values: dict[str, str], sentence: str
) -> None:
    async with opened() as driver:
        await driver.press("f3", "n")
        fill(driver, **{"data": str(patterns), **values})
        driver.app.screen.query_one("#form-name").focus()
        await driver.press("enter")
        assert isinstance(driver.app.screen, EvaluationForm)
        assert sentence in driver.screen_text


@pytest.mark.drill
async def test_what_fails_in_the_background_is_told(patterns: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "n")
        fill(driver, data=str(patterns), methods="phsh")
        await driver.press("enter")
        assert any("phsh" in note and "phash" in note for note in driver.notes)
        assert list_records(Workspace().folders) == []


@pytest.mark.drill
async def test_a_page_opened_in_the_middle_shows_what_runs_and_how_to_stop_it(patterns: Path, opened) -> None:
    config = Workspace().folders.config_file
    config.parent.mkdir(parents=True)
    config.write_text('[keys]\n"search.stop" = "f9"\n', "utf-8")
    workspace = paused_at("embedding")
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await start(driver, workspace, patterns, parts="all")
        before = driver.screen_text
        await driver.pilot.press("escape", "f3")
        await driver.until(lambda: "appears here when it is done" in driver.screen_text)
        for text in (before, driver.screen_text):
            for told in ("Measuring patterns", "embedding: phash", "18/18", "f9 stops it", "The first record appears"):
                assert told in text
            assert "Nothing was measured yet" not in text
        await driver.pilot.press("f9")
        await finish(driver, workspace)
        assert any("Nothing was recorded" in note for note in driver.notes)
        assert not driver.app.screen.query_one("#job-bar").display
        assert "Nothing was measured yet" in driver.screen_text


@pytest.mark.drill
async def test_the_end_takes_no_focus_from_a_dialog_and_highlights_the_record_below(patterns: Path, opened) -> None:
    workspace = paused_at()
    async with opened(size=(80, 24), workspace=workspace) as driver:
        workspace.jobs.off()
        await start(driver, workspace, patterns, name="first")
        await driver.press()
        workspace.jobs.on()
        await start(driver, workspace, patterns, name="second")
        await driver.pilot.press("D")
        dialog, focused = driver.app.screen, driver.app.focused
        await finish(driver, workspace)
        assert (driver.app.screen, driver.app.focused) == (dialog, focused)
        await driver.press("escape")
        screen = driver.app.screen
        assert isinstance(screen, AccuracyScreen) and [record.name for record in screen.records] == ["second", "first"]
        assert screen.current_record().name == "second" and driver.app.focused is screen.table


@pytest.mark.drill
async def test_the_first_record_takes_no_focus_from_a_dialog_either(patterns: Path, opened) -> None:
    workspace = paused_at()
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await start(driver, workspace, patterns)
        await driver.pilot.press("question_mark")
        dialog, focused = driver.app.screen, driver.app.focused
        await finish(driver, workspace)
        assert (driver.app.screen, driver.app.focused) == (dialog, focused)
        await driver.press("escape")
        screen = driver.app.screen
        assert isinstance(screen, AccuracyScreen) and driver.app.focused is screen.table


@pytest.mark.drill
async def test_the_end_leaves_another_page_as_it_is(patterns: Path, opened) -> None:
    workspace = paused_at()
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await start(driver, workspace, patterns)
        await driver.pilot.press("f4")
        page, focused = driver.app.screen, driver.app.focused
        assert isinstance(page, TrainingScreen) and "Measuring patterns" in driver.screen_text
        await finish(driver, workspace)
        assert (driver.app.screen, driver.app.focused) == (page, focused)
        assert any("Best: phash" in note for note in driver.notes)


@pytest.mark.drill
async def test_what_failed_says_why_on_the_page_until_the_next_one_begins(patterns: Path, opened) -> None:
    workspace = paused_at()
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.press("f3", "n")
        fill(driver, data=str(patterns), methods="phsh")
        await driver.press("enter")
        await driver.press("escape", "f3")
        sentence = "there is no method 'phsh'"
        assert "Measuring patterns" in driver.screen_text and sentence in driver.screen_text
        assert "stops it" not in driver.screen_text
        await start(driver, workspace, patterns)
        assert sentence not in driver.screen_text
        await finish(driver, workspace)
        assert not driver.app.screen.query_one("#job-bar").display


@pytest.mark.drill
async def test_robustness_is_measured_from_the_page_without_typing_anything(home: Path, opened) -> None:
    workspace = paused_at("looking for originals")
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.press("f3")
        await driver.pilot.press("r", "enter")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.until(lambda: "looking for originals" in driver.screen_text)
        assert "Measuring copies of pictures" in driver.screen_text and "x stops it" in driver.screen_text
        for key in ("n", "r"):
            await driver.pilot.press(key)
            assert isinstance(driver.app.screen, AccuracyScreen), "one job at a time"
        assert sum("is under way already; x stops it" in note for note in driver.notes) == 2
        await finish(driver, workspace)
        screen = driver.app.screen
        assert isinstance(screen, AccuracyScreen)
        record = screen.current_record()
        assert record is not None and record.kind == "robustness"
        configuration = record.configuration
        assert (configuration["collection"], configuration["sample"], configuration["wrong_rate"]) == (
            "pictures",
            100,
            0.01,
        )
        assert {"phash", "sift"} <= {outcome.method for outcome in record.outcomes}
        await driver.press("enter")
        assert isinstance(driver.app.screen, RobustnessScreen)
        remove_record(workspace.folders, record)


async def test_a_robustness_run_is_stopped(home: Path, opened) -> None:
    workspace = paused_at("looking for originals")
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.press("f3")
        await driver.pilot.press("r", "enter")
        await driver.until(workspace.jobs.reached.is_set)
        await driver.pilot.press("x")
        await finish(driver, workspace)
        assert any("Nothing was recorded" in note for note in driver.notes)
        assert not driver.app.screen.query_one("#job-bar").display
        assert list_records(workspace.folders) == []


@pytest.mark.drill
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"sample": "many"}, "'many' is no number of pictures"),
        ({"sample": "2"}, "at least 4 pictures"),
        ({"rate": "low"}, "'low' is no share such as 0.01"),
        ({"rate": "2"}, "lies between 0 and 1"),
    ],
)
async def test_a_robustness_run_that_cannot_be_is_told_in_the_form(
    home: Path, opened, values: dict[str, str], sentence: str
) -> None:
    async with opened() as driver:
        await driver.press("f3", "r")
        fill(driver, **values)
        await driver.press("enter")
        assert isinstance(driver.app.screen, RobustnessForm)
        assert sentence in driver.screen_text


async def test_without_pictures_there_is_no_robustness_to_measure(new_home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("escape", "f3", "r")
        assert isinstance(driver.app.screen, AccuracyScreen)
        assert any("press a to index a folder" in note for note in driver.notes)
