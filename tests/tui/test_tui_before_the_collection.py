"""Before the collection is there, or where there is none: keys and questions are not lost."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.keys import _character_to_key
from textual.widgets import Button, Input

from revsearch_tui.core.storage.collections import ensure_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.pictures.drawing import HalfCells
from revsearch_tui.tui.screens.pick import BrowseDialog
from tests.tui.conftest import Driver, write_pictures
from tests.tui.pausing import PausingWorkspace, held_up


@contextlib.asynccontextmanager
async def just_opened(workspace: Workspace, collection: str | None = None) -> AsyncIterator[Driver]:
    """The app at its first frame."""
    app = RevsearchApp(workspace, HalfCells(), collection)
    try:
        with held_up(workspace):
            async with app.run_test(size=(120, 40)) as pilot:
                yield Driver(app, pilot)
    finally:
        app.search.close()


def held_back() -> PausingWorkspace:
    """A workspace whose collection is not read before it is told to."""
    workspace = PausingWorkspace()
    workspace.readings.on()
    return workspace


async def type_text(driver: Driver, text: str) -> None:
    await driver.pilot.press(*("enter" if character == "\r" else _character_to_key(character) for character in text))


async def test_what_is_typed_before_the_collection_is_read_is_asked_as_soon_as_it_is(home: Path, opened) -> None:
    workspace = held_back()
    async with just_opened(workspace) as driver:
        await type_text(driver, "/~/Pictures/shapes-03.png")
        assert driver.search.query_line.input.value == "~/Pictures/shapes-03.png"
        assert driver.app.screen is driver.search
        await driver.pilot.press("enter")
        assert "waiting for the collection" in driver.screen_text
        workspace.readings.off()
        await driver.press()
        assert driver.names[0] == "shapes-03.png"
        assert "waiting" not in driver.screen_text


@pytest.mark.drill
async def test_of_what_is_asked_before_the_collection_is_read_the_last_is_asked(home: Path, opened) -> None:
    workspace = held_back()
    async with just_opened(workspace) as driver:
        await type_text(driver, "/~/Pictures/shapes-03.png\r/")
        driver.search.query_line.input.value = ""
        await type_text(driver, "~/Pictures/shapes-05.png\r")
        workspace.readings.off()
        await driver.press()
        assert driver.names[0] == "shapes-05.png"
        await driver.press("backspace")
        assert driver.names[0] == "shapes-03.png"


@pytest.mark.drill
async def test_a_picture_can_be_browsed_for_before_the_collection_is_read(home: Path, opened) -> None:
    workspace = held_back()
    async with just_opened(workspace) as driver:
        await driver.pilot.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BrowseDialog))
        await driver.pilot.press("escape")
        workspace.readings.off()
        await driver.press()


async def test_the_first_keys_of_a_new_user_go_to_the_folder(new_home: Path, opened) -> None:
    async with just_opened(PausingWorkspace()) as driver:
        await type_text(driver, "tqp")
        assert driver.app.query_one("#welcome-folder Input", Input).value == "tqp"
        driver.app.query_one("#welcome-sample", Button).focus()
        await type_text(driver, "/x")
        assert driver.app.query_one("#welcome-folder Input", Input).value == "x", (
            "the key of the line selects what is in it"
        )


@pytest.mark.drill
async def test_without_a_collection_a_question_says_what_is_missing_and_is_asked_later(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "Pictures", 3)
    async with opened() as driver:
        await driver.press("escape", "escape")
        assert "Nothing is indexed yet" in driver.screen_text
        await driver.ask(paths[1])
        assert "Press a to index a folder" in driver.screen_text
        assert "waiting" not in driver.screen_text
        driver.search.start_indexing(IndexOrder(None, (new_home / "Pictures",), ("phash",)))
        await driver.press()
        assert driver.names[0] == paths[1].name


@pytest.mark.drill
async def test_a_collection_that_holds_nothing_says_so_and_the_question_is_asked_later(new_home: Path, opened) -> None:
    paths = write_pictures(new_home / "Pictures", 3)
    ensure_collection(Workspace().folders.collections, "pictures", (new_home / "Pictures",))
    async with opened() as driver:
        assert "'pictures' holds nothing yet" in driver.screen_text
        await driver.ask(paths[2])
        assert "Press a to index a folder" in driver.screen_text
        driver.search.start_indexing(IndexOrder("pictures", (), ("phash",)))
        await driver.press()
        assert driver.names[0] == paths[2].name


@pytest.mark.drill
async def test_a_line_that_the_terminal_kept_until_the_app_was_there_is_asked(home: Path, opened) -> None:
    async with just_opened(Workspace()) as driver:
        await type_text(driver, "/~/Pictures/shapes-03.png")
        await driver.pilot.press("ctrl+j")
        await driver.press()
        assert driver.names[0] == "shapes-03.png"
