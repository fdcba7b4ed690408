"""The Training page."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.models.model_store import save_fitted
from revsearch_tui.core.training.runs import Run
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.pictures.drawing import HalfCells
from revsearch_tui.tui.screens.training import TrainingScreen
from revsearch_tui.tui.widgets.plot import LinePlot
from revsearch_tui.tui.widgets.training.run_detail import RunDetail
from revsearch_tui.tui.widgets.training.runs_list import RunsList
from tests.support.runs import add_lines, epoch, finished, make_run
from tests.tui.conftest import Driver, settle
from tests.tui.test_tui_snapshots import by_size

RISING = (0.31, 0.52, 0.66, 0.74, 0.79, 0.83, 0.86, 0.88, 0.9)


@pytest.fixture
def folder(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are; times are shown in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    return Workspace().folders.runs


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingScreen, "LOOK_EVERY_S", 0.2)


@pytest.fixture
def runs(folder: Path) -> list[Run]:
    """One of every state, the newest first, all started a day after each other."""
    made = [
        make_run(folder, "faces-again", "running", options={"epochs": 12.0, "start": "faces"}, **_day(5)),
        make_run(folder, "kinds-svm", method="svm", options={"folds": 4}, **_day(4)),
        make_run(folder, "kinds", result=finished(), ended="2026-03-03T13:21:00+00:00", **_day(3)),
        make_run(folder, "kinds-slow", "stopped", **_day(2)),
        make_run(folder, "kinds-wrong", "failed", **_day(1)),
    ]
    for run, accuracies in zip(made, (RISING[:2], (), RISING, RISING[1:6], ()), strict=True):
        add_lines(run, *(epoch(number, value) for number, value in enumerate(accuracies, 1)))
    add_lines(made[1], *({"epoch": step, "validation_accuracy": 0.9 - step / 50} for step in (1, 2, 3)))
    return made


def _day(day: int) -> dict[str, str]:
    return {"started": f"2026-03-0{day}T12:00:00+00:00"}


async def enter(driver: Driver) -> RunsList:
    """Open the page."""
    await driver.press("f4")
    await driver.until(lambda: isinstance(driver.app.screen, TrainingScreen) and driver.app.screen._seen is not None)
    await settle(driver.pilot)
    return driver.app.screen.query_one(RunsList)


def lines_in(driver: Driver, plot: str) -> dict[str, int]:
    """Style of every line that a plot shows -> its number of points."""
    return {line.style: len(line.points) for line in driver.app.screen.query_one(plot, LinePlot)._series if line.sign}


def detail(driver: Driver) -> str:
    return str(driver.app.screen.query_one(RunDetail).content)


async def test_without_runs_one_line_says_how_to_train(folder: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await enter(driver)
        assert "revsearch train cnn --data FOLDER --out NAME" in driver.screen_text


async def test_escape_leads_back_to_the_search(runs: list[Run], opened) -> None:
    async with opened() as driver:
        await enter(driver)
        await driver.press("escape")
        assert driver.app.screen is driver.search


@pytest.mark.drill
async def test_every_run_is_listed_with_how_it_stands(runs: list[Run], opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await enter(driver)
        text = driver.screen_text
        for told in ("! interrupted", "✓ done", "■ stopped", "✗ failed", "2/12", "0.8982", "2026-03-03 12:00"):
            assert told in text, told


@pytest.mark.drill
async def test_a_run_whose_process_died_is_shown_as_interrupted(runs: list[Run], opened, looking_often: None) -> None:
    async with opened() as driver:
        with writer_lock(runs[0].folder, "training"):
            await enter(driver)
            assert "▶ running" in driver.screen_text
        await driver.until(lambda: "! interrupted" in driver.screen_text)
        await settle(driver.pilot)
        assert "running" not in driver.screen_text
        assert "goes on from here" in detail(driver)


@pytest.mark.drill
async def test_a_new_epoch_shows_up(runs: list[Run], opened, looking_often: None) -> None:
    async with opened() as driver:
        with writer_lock(runs[0].folder, "training"):
            await enter(driver)
            assert lines_in(driver, "#accuracy") == {"line-1": 2}
            assert "epoch 2 of 12" in detail(driver)
            add_lines(runs[0], epoch(3, 0.66))
            await driver.until(lambda: lines_in(driver, "#accuracy") == {"line-1": 3})
            await settle(driver.pilot)
            assert lines_in(driver, "#loss") == {"line-1": 3}
            assert "3/12" in driver.screen_text
            assert "epoch 3 of 12" in detail(driver)
            assert "3:00, about 9:00 to go" in detail(driver)


@pytest.mark.drill
async def test_a_new_run_shows_up_and_the_cursor_stays_with_its_run(
    runs: list[Run], folder: Path, opened, looking_often: None
) -> None:
    async with opened() as driver:
        listed = await enter(driver)
        await driver.press("j", "j")
        make_run(folder, "newest", "stopped", started="2026-03-09T12:00:00+00:00")
        await driver.until(lambda: "newest" in driver.screen_text)
        await settle(driver.pilot)
        assert listed.highlighted.run.name == "kinds"


@pytest.mark.drill
async def test_marked_runs_are_drawn_over_each_other(runs: list[Run], opened) -> None:
    async with opened() as driver:
        await enter(driver)
        await driver.press("j", "j", "space", "j", "space")
        assert lines_in(driver, "#accuracy") == {"line-1": 9, "line-2": 5}
        assert lines_in(driver, "#loss") == {"line-1": 9, "line-2": 5}
        legend = next(line for line in driver.screen_text.splitlines() if "validation  ┄┄ training" in line)
        assert "1 kinds 0.8982" in legend and "2 kinds-slow" in legend
        await driver.press("g")
        assert lines_in(driver, "#accuracy") == {"line-1": 9, "line-2": 5, "line-3": 2}
        await driver.press("u")
        assert lines_in(driver, "#accuracy") == {"line-1": 2}


@pytest.mark.drill
async def test_unmarking_leaves_the_others_their_colours(runs: list[Run], opened) -> None:
    async with opened() as driver:
        await enter(driver)
        await driver.press("space", "j", "j", "space", "j", "space", "g", "space", "j", "j")
        assert lines_in(driver, "#accuracy") == {"line-2": 9, "line-3": 5}


@pytest.mark.drill
async def test_the_details_give_settings_and_figures_with_intervals(runs: list[Run], opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await enter(driver)
        await driver.press("j", "j")
        text = " ".join(detail(driver).split())
        for told in (
            "test, 5,000 pictures softmax 0.8988 0.8888–0.9088",
            "calibration error 0.0121",
            "method cnn",
            "data /pictures/by-class",
            "train 42,750 pictures",
            "time 1:21:20",
            "Options other than the default epochs 12",
            "not among the models",
        ):
            assert told in text, told


@pytest.mark.drill
async def test_the_model_is_named_once_it_is_stored(runs: list[Run], opened, looking_often: None) -> None:
    def write(folder: Path) -> None:
        (folder / "weights").write_bytes(b"0" * 2000)

    async with opened() as driver:
        await enter(driver)
        await driver.press("j", "j")
        assert "not among the models" in detail(driver)
        save_fitted(Workspace().folders.models, "kinds", "cnn", write, finished(seconds=1.0))
        await driver.pilot.pause(0.5)
        assert "not among the models" in detail(driver), "a model of another training has that name"
        save_fitted(Workspace().folders.models, "kinds", "cnn", write, runs[2].result, replace=True)
        await driver.until(lambda: "cnn:kinds" in detail(driver))
        assert "2.0 kB" in detail(driver)


@pytest.mark.drill
async def test_a_search_without_losses_says_so(runs: list[Run], opened) -> None:
    async with opened() as driver:
        await enter(driver)
        await driver.press("j")
        assert "no loss was recorded" in driver.screen_text
        assert "done, 3 steps" in detail(driver)


@pytest.mark.drill
async def test_a_run_that_cannot_be_read_is_told_once_and_hides_no_other(
    runs: list[Run], opened, looking_often: None
) -> None:
    (runs[4].folder / "run.json").write_text("[", "utf-8")
    async with opened() as driver:
        listed = await enter(driver)
        await driver.pilot.pause(0.5)
        assert sum("kinds-wrong" in note for note in driver.notes) == 1
        assert len(listed.runs) == 4


@pytest.mark.drill
async def test_hostile_curves_and_names_are_data(folder: Path, opened) -> None:
    run = make_run(folder, "strange", data="csv:/a/[bold]\x1b[31m.csv", options={"epochs": "[red]", "\x07": None})
    add_lines(run, {"epoch": 1, "accuracy": "high", "loss": float("nan")}, {"epoch": "x"}, {"loss": 1e300, "epoch": 2})
    add_lines(run, {"epoch": 3, "loss": -1e300, "validation_accuracy": 17})
    async with opened() as driver:
        await enter(driver)
        assert "[bold]\\x1b[31m.csv" in driver.screen_text
        assert lines_in(driver, "#accuracy") == {"line-1": 1}


@pytest.mark.drill
async def test_one_bad_epoch_does_not_flatten_the_losses(folder: Path, opened) -> None:
    run = make_run(folder, "jumpy")
    add_lines(run, epoch(1, 0.3), epoch(2, 0.5, validation_loss=8642.0), epoch(3, 0.6))
    async with opened() as driver:
        await enter(driver)
        plot = driver.screen_text.split("Loss by epoch")[1]
        assert "2.5" in plot and "5000" not in plot and "8000" not in plot, plot


@pytest.mark.drill
async def test_tab_gives_one_plot_all_the_room(runs: list[Run], opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await enter(driver)
        assert "Accuracy by epoch" in driver.screen_text and "Loss by epoch" in driver.screen_text
        await driver.press("tab")
        assert "Loss by epoch" not in driver.screen_text
        await driver.press("tab")
        assert "Accuracy by epoch" not in driver.screen_text
        await driver.press("tab")
        assert "Accuracy by epoch" in driver.screen_text and "Loss by epoch" in driver.screen_text


@pytest.mark.drill
async def test_curves_are_saved_and_a_file_is_not_replaced_unasked(runs: list[Run], opened, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "curves.svg"
    target.write_text("mine", "utf-8")
    async with opened() as driver:
        await enter(driver)
        await driver.press("j", "j", "s")
        driver.app.screen.query_one(Input).value = str(target)
        await driver.press("enter")
        assert "is there already" in driver.screen_text
        assert target.read_text("utf-8") == "mine"
        await driver.press("enter")
        assert "<svg" in target.read_text("utf-8")


@pytest.mark.drill
async def test_a_file_of_another_kind_is_refused(runs: list[Run], opened) -> None:
    pytest.importorskip("matplotlib")
    async with opened() as driver:
        await enter(driver)
        await driver.press("s")
        driver.app.screen.query_one(Input).value = "curves.txt"
        await driver.press("enter")
        assert ".png, .svg, .pdf" in driver.screen_text


@pytest.mark.drill
async def test_the_palette_opens_the_page_and_offers_its_commands(runs: list[Run], opened) -> None:
    async with opened() as driver:
        assert "Training" in {command.name for command in RevsearchCommands(driver.search).commands()}
        await enter(driver)
        offered = {command.name for command in RevsearchCommands(driver.app.screen).commands()}
        assert {"Mark", "Details", "Save", "Back"} <= offered


def the_app() -> RevsearchApp:
    app = RevsearchApp(Workspace(), HalfCells())
    app.animation_level = "none"
    return app


@pytest.mark.drill
@by_size
def test_how_it_looks(runs: list[Run], snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await enter(driver)
        await driver.press("j", "j", "j", "space", "k")

    app = the_app()
    looks_right = snap_compare(app, terminal_size=size, run_before=prepare)
    app.search.close()
    assert looks_right


@pytest.mark.drill
@by_size
def test_how_it_looks_without_runs(folder: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await enter(Driver(pilot.app, pilot))  # type: ignore[arg-type]

    app = the_app()
    looks_right = snap_compare(app, terminal_size=size, run_before=prepare)
    app.search.close()
    assert looks_right


@pytest.mark.drill
def test_how_the_details_look_in_little_room(runs: list[Run], snap_compare) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await enter(driver)
        await driver.press("j", "j", "d")

    app = the_app()
    looks_right = snap_compare(app, terminal_size=(80, 24), run_before=prepare)
    app.search.close()
    assert looks_right
