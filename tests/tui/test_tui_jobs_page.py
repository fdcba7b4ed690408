"""Jobs one after another, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.tui.model_orders import TrainOrder
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.screens.jobs_page import JobsScreen
from tests.tui.conftest import write_pictures
from tests.tui.pausing import PausingWorkspace


@pytest.fixture
def folders(new_home: Path) -> list[Path]:
    """Three folders of pictures."""
    names = [new_home / name for name in ("one", "two", "three")]
    for name in names:
        write_pictures(name, 2)
    return names


def orders(folders: list[Path]) -> list[IndexOrder]:
    return [IndexOrder(folder.name, (folder,), ("phash",)) for folder in folders]


async def test_a_job_begins_when_the_one_before_is_over(folders: list[Path], opened) -> None:
    workspace = PausingWorkspace()
    workspace.jobs.on()
    async with opened(workspace=workspace) as driver:
        one, two, _ = orders(folders)
        driver.search.start_indexing(one)
        await driver.until(workspace.jobs.reached.is_set)
        driver.search.start_indexing(two)
        await driver.pilot.pause()
        assert any("begins when Indexing" in note and note.rstrip(".").endswith("over") for note in driver.notes)
        assert [job.state for job in driver.search.jobs.all] == ["running", "waiting"]
        workspace.jobs.off()
        await driver.press()
        assert [job.state for job in driver.search.jobs.all] == ["done", "done"]
        assert {each.name for each in driver.search.workspace.collections()} == {"one", "two"}


async def test_what_is_under_way_is_not_ordered_twice(folders: list[Path], opened) -> None:
    workspace = PausingWorkspace()
    workspace.jobs.on()
    async with opened(workspace=workspace) as driver:
        one, two, _ = orders(folders)
        driver.search.start_indexing(one)
        await driver.until(workspace.jobs.reached.is_set)
        for order in (two, one, two):
            driver.search.start_indexing(order)
        assert [job.order for job in driver.search.jobs.all] == [one, two]
        workspace.jobs.off()


@pytest.mark.drill
async def test_the_page_shows_what_runs_and_waits_and_drops_what_waits(folders: list[Path], opened) -> None:
    workspace = PausingWorkspace()
    workspace.jobs.on()
    async with opened(workspace=workspace, size=(100, 30)) as driver:
        for order in orders(folders):
            driver.search.start_indexing(order)
        await driver.until(workspace.jobs.reached.is_set)
        await driver.pilot.press("f8")
        await driver.until(lambda: isinstance(driver.app.screen, JobsScreen) and driver.app.screen.job)
        text = driver.screen_text
        assert text.index("running") < text.index("waiting")
        assert text.count("waiting") == 2
        await driver.pilot.press("G", "D")
        await driver.pilot.pause()
        assert [job.order.collection for job in driver.search.jobs.all] == ["one", "two"]
        await driver.pilot.press("g", "D")
        await driver.pilot.pause()
        assert any("Stopping" in note for note in driver.notes)
        workspace.jobs.off()
        await driver.press()
        assert [job.state for job in driver.search.jobs.all] == ["stopped", "done"]
        assert driver.screen_text.index("done") < driver.screen_text.index("stopped")


async def test_what_a_job_told_stays_on_the_page(folders: list[Path], opened) -> None:
    async with opened(size=(100, 30)) as driver:
        driver.search.start_indexing(orders(folders)[0])
        driver.search.start_indexing(IndexOrder("bad", (folders[1],), ("no-such-method",)))
        await driver.press("f8")
        await driver.press("g")
        assert "there is no method 'no-such-method'" in driver.screen_text
        await driver.press("j")
        assert "'one' is up to date: 2 pictures" in driver.screen_text


async def test_leaving_forgets_what_waits(folders: list[Path], opened) -> None:
    workspace = PausingWorkspace()
    workspace.jobs.on()
    async with opened(workspace=workspace) as driver:
        for order in orders(folders):
            driver.search.start_indexing(order)
        await driver.until(workspace.jobs.reached.is_set)
        workspace.jobs.off()
        driver.app.exit(0)
    names = {each.name for each in driver.search.workspace.collections()}
    assert "three" not in names


async def test_nothing_but_a_training_waits_for_a_training(folders: list[Path], opened) -> None:
    workspace = PausingWorkspace()
    workspace.jobs.on(work="reading the labelled")
    trainings = [TrainOrder(name, {"method": "svm", "data": str(folders[0])}) for name in ("first", "second")]
    async with opened(workspace=workspace, size=(100, 30)) as driver:
        search = driver.search
        for order in trainings:
            search.start_job(order, order.title)
        await driver.until(workspace.jobs.reached.is_set)
        await driver.pilot.press("f8")
        await driver.until(lambda: isinstance(driver.app.screen, JobsScreen) and driver.app.screen.job)
        search.start_indexing(orders(folders)[0])
        await driver.until(lambda: search.jobs.is_idle)
        assert [job.state for job in search.jobs.all] == ["done"]
        assert [job.state for job in search.trainings.all] == ["running", "waiting"]
        await driver.pilot.press("down")
        await driver.until(lambda: "It begins when Training first is over" in driver.screen_text)
        last = driver.screen_text.splitlines()[-2]
        assert "Training first" in last, "the line of the job that runs tells of the training again"
        await driver.pilot.press("D", "up", "D")
        await driver.pilot.pause()
        assert any("Stopping. What is trained is kept" in note for note in driver.notes)
        workspace.jobs.off()
        await driver.press()
        assert [job.title for job in search.trainings.all] == ["Training first"], "what waited was dropped"
