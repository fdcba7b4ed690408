"""Leaving while a job runs asks once."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.jobs import Order
from revsearch_tui.tui.measuring_jobs import MeasuringOrder
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.screens.dialog import QuitDialog
from tests.support.labelled import draw_classes
from tests.tui.conftest import Driver, write_pictures
from tests.tui.pausing import PausingWorkspace


def indexing(home: Path) -> Order:
    write_pictures(home / "Pictures", 12)
    return IndexOrder("pictures", (home / "Pictures",), ("phash",))


def measuring(home: Path) -> Order:
    return MeasuringOrder(EvalRequest(data=str(draw_classes(home / "patterns", each=4)), methods=("phash",)))


async def begin(driver: Driver, order: Order) -> None:
    """Start the job; it is under way and held up when this returns."""
    await driver.press("escape")
    pause = driver.search.workspace.jobs
    pause.on()
    if isinstance(order, IndexOrder):
        driver.search.start_indexing(order)
    else:
        driver.search.start_job(order, "Measuring patterns")
    await driver.until(pause.reached.is_set)


def words(driver: Driver) -> str:
    """What is on the screen, without frames."""
    return " ".join(driver.screen_text.replace("│", " ").split())


@pytest.mark.parametrize(
    ("job", "kept"),
    [
        (indexing, "Indexing ~/Pictures is under way. What is done is kept; the next run goes on from there."),
        (measuring, "Measuring patterns is under way. Nothing is recorded"),
    ],
)
@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_the_key_that_quits_asks_and_says_what_is_kept(new_home: Path, opened, job, kept: str, key: str) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await begin(driver, job(new_home))
        await driver.pilot.press(key)
        assert isinstance(driver.app.screen, QuitDialog)
        assert kept in words(driver)
        await driver.pilot.press("n")
        assert driver.app.screen is driver.search
        assert driver.search.jobs.is_running
        driver.search.workspace.jobs.off()
        await driver.press()


@pytest.mark.drill
@pytest.mark.parametrize("keys", [("q", "y"), ("q", "q"), ("ctrl+c", "ctrl+c"), ("ctrl+q", "ctrl+q")])
async def test_the_second_time_it_quits(new_home: Path, opened, keys: tuple[str, str]) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await begin(driver, indexing(new_home))
        await driver.pilot.press(*keys)
        await driver.pilot.pause()
        assert driver.app.return_code == 0
        driver.search.workspace.jobs.off()
    driver.search.close()
    Workspace().collection("pictures")  # what was begun is a sound collection


@pytest.mark.drill
async def test_a_job_that_ends_while_the_question_stands_is_told(new_home: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await begin(driver, indexing(new_home))
        await driver.pilot.press("q")
        driver.search.workspace.jobs.off()
        await driver.press()
        assert isinstance(driver.app.screen, QuitDialog)
        assert "has ended meanwhile" in driver.screen_text
        await driver.press("escape")
        assert driver.search.session.facts.pictures == 12


async def test_leaving_says_what_is_watched_no_more_and_what_is_dropped(new_home: Path, opened) -> None:
    write_pictures(new_home / "Pictures", 2)
    index_collection(Workspace(), "pictures", [new_home / "Pictures"], ["phash"], control=NullControl())
    async with opened(workspace=PausingWorkspace()) as driver:
        driver.app.watches.begin("pictures")
        await driver.until(lambda: driver.app.watches.of("pictures").told)
        await driver.pilot.press("q")
        assert isinstance(driver.app.screen, QuitDialog)
        assert "Watched: pictures. Changes are followed no more then" in words(driver)
        await driver.pilot.press("n")
        await begin(driver, indexing(new_home))
        driver.search.start_job(measuring(new_home), "Measuring patterns")
        await driver.pilot.press("ctrl+c")
        assert "is under way" in words(driver) and "Watched: pictures" in words(driver)
        assert "1 job not begun yet: dropped" in words(driver)
        driver.search.workspace.jobs.off()
        await driver.pilot.press("y")
        await driver.pilot.pause()
        assert driver.app.return_code == 0
    driver.app.watches.close()


async def test_without_a_job_nothing_is_asked(new_home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("escape")
        await driver.pilot.press("q")
        await driver.pilot.pause()
        assert driver.app.return_code == 0


@pytest.mark.drill
async def test_stopping_says_what_becomes_of_the_job(new_home: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await begin(driver, measuring(new_home))
        await driver.pilot.press("x")
        assert any("Nothing is recorded" in note for note in driver.notes)
        driver.search.workspace.jobs.off()
        await driver.press()
