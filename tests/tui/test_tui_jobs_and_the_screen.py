"""A job that ends leaves the user where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from revsearch_tui.api import NullControl
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.indexing import indexer
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.measuring_jobs import MeasuringOrder
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.screens.help import HelpDialog
from revsearch_tui.tui.screens.pick import CollectionsDialog
from revsearch_tui.tui.widgets.welcome import Welcome
from tests.support.labelled import draw_classes
from tests.tui.conftest import draw_picture, write_pictures
from tests.tui.pausing import PausingWorkspace


@pytest.fixture
def pictures(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of six pictures, indexed as `pictures`."""
    monkeypatch.setenv("REVSEARCH_GENERAL_METHODS", "phash")
    write_pictures(new_home / "Pictures", 6)
    index_collection(Workspace(), "pictures", [new_home / "Pictures"], control=NullControl())
    return new_home / "Pictures"


async def test_indexing_another_collection_leaves_hits_history_and_the_collection(pictures: Path, opened) -> None:
    write_pictures(pictures.parent / "more", 3)
    async with opened() as driver:
        await driver.ask(pictures / "shapes-01.png")
        await driver.ask(pictures / "shapes-04.png")
        driver.search.start_indexing(IndexOrder("more", (pictures.parent / "more",)))
        await driver.press()
        assert driver.search.session.facts.name == "pictures"
        assert driver.names[0] == "shapes-04.png"
        assert any("3 pictures" in note and "c opens 'more'" in note for note in driver.notes)
        await driver.press("backspace")
        assert driver.names[0] == "shapes-01.png"


async def test_the_key_of_the_offer_opens_what_was_indexed(pictures: Path, opened) -> None:
    write_pictures(pictures.parent / "more", 3)
    async with opened() as driver:
        driver.search.start_indexing(IndexOrder("more", (pictures.parent / "more",)))
        await driver.press()
        await driver.press("c")
        assert isinstance(driver.app.screen, CollectionsDialog)
        await driver.press("enter")
        assert driver.search.session.facts.name == "more"


@pytest.mark.drill
async def test_indexing_the_collection_on_the_screen_refreshes_its_facts_and_keeps_hits(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(pictures / "shapes-01.png")
        await driver.ask(pictures / "shapes-04.png")
        before = driver.names
        draw_picture(50).save(pictures / "new.png")
        await driver.press("r")
        assert "7 pictures" in driver.screen_text.splitlines()[0]
        assert driver.names == before
        assert driver.search.session.can_go_back


@pytest.mark.drill
async def test_the_first_collection_is_opened_when_it_is_indexed(new_home: Path, opened) -> None:
    write_pictures(new_home / "Pictures", 3)
    async with opened() as driver:
        driver.search.start_indexing(IndexOrder("first", (new_home / "Pictures",), ("phash",)))
        await driver.press()
        assert driver.search.session.facts.name == "first"
        await driver.ask(new_home / "Pictures" / "shapes-02.png")
        assert driver.names[0] == "shapes-02.png"


@pytest.mark.drill
async def test_a_dialog_and_what_is_typed_stay_when_indexing_ends(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("slash", "x", "y")
        draw_picture(50).save(pictures / "new.png")
        driver.search.start_indexing(IndexOrder("pictures"))
        await driver.press()
        assert driver.search.query_line.input.value == "xy"
        assert driver.app.focused is driver.search.query_line.input
        await driver.press("f1")
        draw_picture(51).save(pictures / "newer.png")
        driver.search.start_indexing(IndexOrder("pictures"))
        await driver.press()
        assert isinstance(driver.app.screen, HelpDialog)
        assert driver.search.session.facts.pictures == 8


@pytest.mark.drill
async def test_an_evaluation_that_ends_leaves_the_screen_as_it_is(pictures: Path, opened) -> None:
    labelled = draw_classes(pictures.parent / "patterns", each=4)
    async with opened() as driver:
        await driver.ask(pictures / "shapes-04.png")
        before = driver.names
        request = EvalRequest(data=str(labelled), methods=("phash",), parts="all", protocols=("neighbour",))
        driver.search.start_job(MeasuringOrder(request), "Measuring patterns")
        await driver.press()
        assert any("Best: phash" in note for note in driver.notes)
        assert driver.app.screen is driver.search
        assert driver.names == before


@pytest.mark.drill
async def test_what_is_indexed_already_is_found_while_the_first_folder_is_indexed(
    new_home: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "COMMIT_PICTURES", 1)
    monkeypatch.setenv("REVSEARCH_GENERAL_METHODS", "phash")
    paths = write_pictures(new_home / "Pictures", 8)
    workspace = PausingWorkspace()
    workspace.jobs.on(after=5)
    async with opened(workspace=workspace) as driver:
        driver.app.query_one("#welcome-folder Input", Input).value = str(new_home / "Pictures")
        await driver.pilot.press("enter")
        await driver.until(workspace.jobs.reached.is_set)
        assert not driver.app.query(Welcome)
        await driver.until(lambda: driver.search.session.facts is not None)
        found = driver.search.session.facts.pictures
        assert 0 < found < 8
        assert f"{found} pictures" in driver.screen_text.splitlines()[0]
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(paths[0])
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.names)
        assert driver.names[0] == paths[0].name
        assert driver.search.jobs.is_running
        workspace.jobs.off()
        await driver.press()
        assert driver.search.session.facts.pictures == 8
        assert driver.names[0] == paths[0].name


async def test_a_question_asked_while_the_first_folder_is_begun_waits_for_it(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "Pictures", 4)
    workspace = PausingWorkspace()
    workspace.jobs.on()
    async with opened(workspace=workspace) as driver:
        driver.search.start_indexing(IndexOrder("first", (new_home / "Pictures",), ("phash",)))
        await driver.until(workspace.jobs.reached.is_set)
        await driver.pilot.press("slash")
        driver.search.query_line.input.value = str(paths[3])
        await driver.pilot.press("enter")
        assert "waiting for the collection" in driver.screen_text
        workspace.jobs.off()
        await driver.press()
        assert driver.names[0] == paths[3].name


@pytest.mark.drill
async def test_a_first_folder_that_cannot_be_indexed_leaves_the_app_in_order(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "Pictures", 2)
    async with opened() as driver:
        driver.search.start_indexing(IndexOrder("first", (new_home / "Pictures",), ("no-such-method",)))
        await driver.press()
        assert any("no-such-method" in note for note in driver.notes)
        assert "Press a to index a folder" in driver.screen_text
        await driver.ask(paths[0])
        assert "Press a to index a folder" in driver.screen_text
        assert "waiting" not in driver.screen_text
