"""What goes away, does not fit or cannot be shown while the app is used: one message each, nothing lost or run."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from tests.tui.conftest import Driver, settle, write_pictures


@pytest.fixture
def pictures(new_home: Path) -> Path:
    """Eight pictures of an indexed folder that may be changed."""
    folder = new_home / "Pictures"
    write_pictures(folder, 8)
    index_collection(Workspace(), "pictures", [folder], ["phash"], control=NullControl())
    return folder


async def test_a_folder_that_is_removed_while_it_is_browsed_is_in_nobodys_way(pictures: Path, opened) -> None:
    query = pictures.parent / "query.png"
    shutil.copy(pictures / "shapes-03.png", query)
    inner = pictures / "inner"
    inner.mkdir()
    async with opened() as driver:
        await driver.ask(query)
        before = driver.names
        await driver.press("b", "down")
        shutil.rmtree(pictures)
        await driver.press("down", "right", "full_stop", "down", "left", "left", "down")
        assert driver.app.is_running
        await driver.press("escape")
        assert driver.names == before, "what was found is still there"


async def test_a_picture_that_is_gone_when_it_is_taken_in_browsing_is_told(pictures: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(pictures / "shapes-03.png")
        await driver.press("b", "down")
        shutil.rmtree(pictures)
        await driver.press("enter")
        assert driver.app.is_running
        told = [*driver.notes, driver.screen_text]
        assert any("does not exist" in each or "is not there" in each or "gone" in each for each in told)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
async def test_a_picture_that_is_gone_before_it_is_opened_is_told_and_nothing_is_run(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened
) -> None:
    viewer, ran = tmp_path / "viewer.sh", tmp_path / "ran"
    viewer.write_text(f'#!/bin/sh\necho "$1" >> "{ran}"\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("REVSEARCH_TUI_VIEWER", str(viewer))
    async with opened(size=(160, 48)) as driver:
        await driver.ask(pictures / "shapes-03.png")
        (pictures / "shapes-03.png").unlink()
        await driver.press("o")
        assert [note for note in driver.notes if "gone" in note] == [
            f"'~{os.sep}Pictures{os.sep}shapes-03.png' is gone; refresh the index with r."
        ]
        assert not ran.exists()
        driver.app.clear_notifications()
        await driver.press("down", "up")
        assert "The file is gone; press r to refresh." in driver.screen_text


async def test_what_is_too_long_to_be_pasted_is_told_in_one_sentence_wherever_it_is(pictures: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        for opener in ("slash", "a", "b", "ctrl+p", "f10"):
            await driver.press(opener)
            place = driver.app.screen
            driver.app.post_message(events.Paste("x" * 1_000_000))
            await driver.press()
            (note,) = driver.notes
            assert note.startswith("'xxx") and note.endswith("is too long; a line takes 10,000 characters.")
            assert driver.app.screen is place and not any("xxx" in line.value for line in place.query(Input))
            driver.app.clear_notifications()
            await driver.press("escape")


async def test_all_can_be_done_where_no_pictures_can_be_shown(pictures: Path) -> None:
    app = RevsearchApp(Workspace(), None)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(pilot)
            driver = Driver(app, pilot)
            await driver.ask(pictures / "shapes-03.png")
            assert driver.names[0] == "shapes-03.png"
            assert "no picture" in driver.screen_text and "shapes-03.png" in driver.screen_text
            await driver.press("down", "v", "down", "d", "d", "b", "escape", "f5", "escape", "right", "e")
            assert app.is_running and not [note for note in driver.notes if "Error" in note]
    finally:
        app.search.close()


@pytest.mark.drill
async def test_a_storm_of_sizes_leaves_all_as_it_was(pictures: Path, opened) -> None:
    dice = random.Random(0)
    async with opened(size=(120, 40)) as driver:
        await driver.ask(pictures / "shapes-03.png")
        await driver.press("right", "right")
        before = driver.names, driver.search.results.highlighted
        for number in range(60):
            await driver.pilot.resize_terminal(dice.randint(1, 240), dice.randint(1, 70))
            if number % 7 == 0:
                await driver.pilot.press("v" if number % 2 else "d")
        await driver.pilot.resize_terminal(60, 20)
        await settle(driver.pilot)
        assert (driver.names, driver.search.results.highlighted) == before
        assert "shapes-" in driver.screen_text
        driver.search.results.view = "grid"
        await driver.pilot.resize_terminal(120, 40)
        await settle(driver.pilot)
        assert "3 of 8" in driver.screen_text
