"""What is under way at the same time: no answer is lost to another, and none is shown that nobody waits for."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.messages import JobFailed
from revsearch_tui.tui.orders import IndexOrder
from tests.tui.conftest import Driver, draw_picture
from tests.tui.pausing import PausingWorkspace

OTHERS = {"other": 100, "third": 200}


@pytest.fixture
def library(new_home: Path) -> Path:
    """A home folder with three collections of four pictures each: `pictures`, `other` and `third`."""
    for name, first in {"pictures": 0, **OTHERS}.items():
        folder = new_home / name
        folder.mkdir()
        for seed in range(first, first + 4):
            draw_picture(seed).save(folder / f"{name}-{seed}.png")
        index_collection(Workspace(), name, [folder], ["phash"], control=NullControl())
    return new_home


async def ask_and_hold(driver: Driver, path: Path) -> None:
    """Ask; the search is under way when this returns."""
    pause = driver.search.workspace.searches
    pause.on()
    await driver.pilot.press("slash")
    driver.search.query_line.input.value = str(path)
    await driver.pilot.press("enter")
    await driver.until(pause.reached.is_set)


async def let_go(driver: Driver) -> None:
    workspace = driver.search.workspace
    for pause in (workspace.searches, workspace.readings, workspace.jobs):
        pause.off()
    await driver.press()


def is_searching(driver: Driver) -> bool:
    return "…" in str(driver.search.results.border_subtitle)


async def test_a_search_in_flight_is_answered_when_a_job_ends(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await ask_and_hold(driver, library / "pictures" / "pictures-2.png")
        driver.search.start_indexing(IndexOrder("pictures"))
        await driver.until(lambda: any("picture" in note for note in driver.notes))
        assert is_searching(driver)
        await let_go(driver)
        assert driver.names[0] == "pictures-2.png"
        assert not is_searching(driver)


async def test_a_search_in_flight_is_answered_when_its_collection_is_read_once_more(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await ask_and_hold(driver, library / "pictures" / "pictures-1.png")
        driver.search.open_collection("pictures")
        await let_go(driver)
        assert driver.names[0] == "pictures-1.png"
        assert not is_searching(driver)


@pytest.mark.drill
async def test_a_search_in_flight_ends_with_the_change_to_another_collection(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await ask_and_hold(driver, library / "pictures" / "pictures-1.png")
        driver.search.open_collection("other")
        await let_go(driver)
        assert driver.search.session.facts.name == "other"
        assert driver.names == [], "the answer is about the collection left"
        assert not is_searching(driver)
        await driver.ask(library / "other" / "other-101.png")
        assert driver.names[0] == "other-101.png"


async def test_a_search_in_flight_outlives_a_change_that_fails(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await ask_and_hold(driver, library / "pictures" / "pictures-1.png")
        driver.search.open_collection("gone")
        await let_go(driver)
        assert any("gone" in note for note in driver.notes)
        assert driver.names[0] == "pictures-1.png"
        assert not is_searching(driver)


@pytest.mark.drill
async def test_a_question_asked_while_the_collection_changes_is_asked_of_the_new_one(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await driver.ask(library / "pictures" / "pictures-1.png")
        driver.search.workspace.readings.on()
        driver.search.open_collection("other")
        await driver.until(driver.search.workspace.readings.reached.is_set)
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(library / "other" / "other-102.png")
        await driver.pilot.press("enter")
        assert "waiting for the collection" in driver.screen_text
        await let_go(driver)
        assert driver.search.session.facts.name == "other"
        assert driver.names[0] == "other-102.png"
        assert not driver.search.session.can_go_back, "the query before was one of another collection"


@pytest.mark.drill
async def test_of_two_questions_the_last_is_answered(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await ask_and_hold(driver, library / "pictures" / "pictures-1.png")
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(library / "pictures" / "pictures-3.png")
        await driver.pilot.press("enter")
        await let_go(driver)
        assert driver.names[0] == "pictures-3.png"
        assert [asked.result is None for asked in driver.search.session.asked] == [True, False]
        await driver.press("backspace")
        assert driver.names[0] == "pictures-1.png", "the first is asked once more"


async def test_of_two_changes_of_collection_the_last_holds(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        driver.search.workspace.readings.on()
        driver.search.open_collection("other")
        await driver.until(driver.search.workspace.readings.reached.is_set)
        driver.search.open_collection("third")
        await let_go(driver)
        assert driver.search.session.facts.name == "third"
        await driver.ask(library / "third" / "third-203.png")
        assert driver.names[0] == "third-203.png"


async def test_news_of_the_collection_left_do_not_lead_back_to_it(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        driver.search.workspace.readings.on()
        driver.search.open_collection("other")
        driver.search.start_indexing(IndexOrder("pictures"))
        await driver.until(lambda: any("picture" in note for note in driver.notes))
        await let_go(driver)
        assert driver.search.session.facts.name == "other"


@pytest.mark.drill
async def test_looking_at_hits_does_not_disturb_a_search(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await driver.ask(library / "pictures" / "pictures-1.png")
        await ask_and_hold(driver, library / "pictures" / "pictures-3.png")
        await driver.pilot.press("right", "right", "left")
        await let_go(driver)
        assert driver.names[0] == "pictures-3.png"
        assert "192×128 · PNG ·" in driver.screen_text, "the files of the first hit"


@pytest.mark.drill
async def test_going_back_drops_the_search_in_flight(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await driver.ask(library / "pictures" / "pictures-1.png")
        await ask_and_hold(driver, library / "pictures" / "pictures-3.png")
        driver.search.results.focus()
        await driver.pilot.press("escape")
        assert not is_searching(driver)
        await let_go(driver)
        assert driver.names[0] == "pictures-1.png"
        assert driver.search.query_line.source.endswith("pictures-1.png")


async def test_a_job_that_ended_before_does_not_hide_the_one_that_runs(library: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        draw_picture(77).save(library / "pictures" / "new.png")
        driver.search.workspace.jobs.on()
        driver.search.start_indexing(IndexOrder("pictures"))
        await driver.until(driver.search.workspace.jobs.reached.is_set)
        late = JobFailed("Stopped", "Nothing was recorded.")
        late.job = driver.search.jobs.number - 1
        driver.search.post_message(late)
        await driver.until(lambda: "Nothing was recorded." in driver.notes)
        assert driver.search.query_one("#job-bar").display
        await let_go(driver)
        assert not driver.search.query_one("#job-bar").display
