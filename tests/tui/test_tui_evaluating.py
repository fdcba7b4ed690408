"""Measuring methods from within the app."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.core.evaluation.records import list_records
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.accuracy.evaluation_form import EvaluationForm
from revsearch_tui.tui.screens.accuracy.records import AccuracyScreen
from tests.support.labelled import draw_classes
from tests.tui.conftest import Driver


@pytest.fixture
def patterns(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three folders of pictures."""
    monkeypatch.setenv("REVSEARCH_GENERAL_METHODS", "phash")
    return draw_classes(new_home / "patterns", each=6)


def fill(driver: Driver, **values: str) -> None:
    for name, value in values.items():
        form = driver.app.screen
        field = form.query_one("#form-data Input" if name == "data" else f"#form-{name}", Input)
        field.value = value


class PausedWorkspace(Workspace):
    """An evaluation stops at its first report until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()

    def evaluate(self, request, control):
        pause = self

        class Paused:
            def progress(self, done, total, what=""):
                control.progress(done, total, what)
                pause.reached.set()
                assert pause.go_on.wait(60)

            def check(self):
                control.check()

        return super().evaluate(request, Paused())


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


async def test_an_evaluation_shows_progress_and_is_stopped_by_the_key_that_stops_indexing(
    patterns: Path, opened
) -> None:
    workspace = PausedWorkspace()
    async with opened(size=(80, 24), workspace=workspace) as driver:
        await driver.press("f3", "n")
        fill(driver, data=str(patterns))
        await driver.pilot.press("enter")
        await driver.until(workspace.reached.is_set)
        await driver.until(lambda: "Measuring patterns" in driver.screen_text)
        await driver.pilot.press("n")
        assert isinstance(driver.app.screen, AccuracyScreen), "one job at a time"
        assert any("is under way" in note for note in driver.notes)
        await driver.pilot.press("escape")
        assert "Measuring patterns" in driver.screen_text, "the search shows the job, too"
        await driver.pilot.press("f3", "x")
        workspace.go_on.set()
        await driver.press()
        assert any("Nothing was recorded" in note for note in driver.notes)
        assert list_records(Workspace().folders) == []
        assert not driver.app.screen.query_one("#job-bar").display


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"data": ""}, "Name a folder"),
        ({"data": "/nowhere/at/all"}, "There is no '/nowhere/at/all'"),
        ({"queries": "many"}, "'many' is no number"),
        ({"protocols": "guess"}, "There is no protocol 'guess'"),
        ({"parts": "some"}, "'some' names no parts"),
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


async def test_what_fails_in_the_background_is_told(patterns: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("f3", "n")
        fill(driver, data=str(patterns), methods="phsh")
        await driver.press("enter")
        assert any("phsh" in note and "phash" in note for note in driver.notes)
        assert list_records(Workspace().folders) == []
