"""Queries asked before and saved ones: listed, filtered, asked again, forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from revsearch_tui.tui.commands import RevsearchCommands
from revsearch_tui.tui.refinement import Refinement
from revsearch_tui.tui.screens.history import HistoryDialog, SaveForm, entries_of
from tests.tui.conftest import Driver


async def ask_three(driver: Driver, home: Path) -> None:
    for number in (1, 2, 3):
        await driver.ask(home / "Pictures" / f"shapes-0{number}.png")


def asked(driver: Driver) -> str:
    current = driver.search.session.current
    assert current is not None
    return Path(current.source).name


async def test_a_query_is_found_by_typing_and_asked_again(home: Path, opened) -> None:
    async with opened() as driver:
        await ask_three(driver, home)
        await driver.press("ctrl+r")
        assert isinstance(driver.app.screen, HistoryDialog)
        lines = [line for line in driver.screen_text.splitlines() if "shapes-0" in line and "Pictures" in line]
        assert len(lines) >= 3
        await driver.press(*"01 pict", "enter")
        assert driver.app.screen is driver.search
        assert asked(driver) == driver.names[0] == "shapes-01.png"


@pytest.mark.drill
async def test_arrows_go_through_the_list_the_newest_first(home: Path, opened) -> None:
    async with opened() as driver:
        await ask_three(driver, home)
        await driver.press("ctrl+r", "down", "down", "up", "enter")
        assert asked(driver) == "shapes-02.png"


@pytest.mark.drill
async def test_it_opens_from_the_query_line_and_escape_changes_nothing(home: Path, opened) -> None:
    async with opened() as driver:
        await ask_three(driver, home)
        await driver.press("slash", "ctrl+r")
        assert isinstance(driver.app.screen, HistoryDialog)
        await driver.press("escape")
        assert driver.app.screen is driver.search and asked(driver) == "shapes-03.png"


@pytest.mark.drill
async def test_it_is_asked_narrowed_as_it_was(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-01.png")
        driver.search.refine(Refinement(k=3))
        await driver.press("0")
        driver.search.refine(Refinement(k=4))
        await driver.press()
        await driver.ask(home / "Pictures" / "shapes-02.png")
        await driver.press("0", "ctrl+r", "down", "enter")
        assert asked(driver) == "shapes-01.png" and len(driver.names) == 4


@pytest.mark.drill
async def test_a_hit_that_was_a_query_is_asked_though_its_file_is_gone(new_home: Path, opened) -> None:
    from revsearch_tui.api import NullControl
    from revsearch_tui.core.indexing.start_index import index_collection
    from revsearch_tui.core.workspace import Workspace
    from tests.tui.conftest import write_pictures

    paths = write_pictures(new_home / "Pictures", 4)
    index_collection(Workspace(), "pictures", [new_home / "Pictures"], ["phash"], control=NullControl())
    async with opened() as driver:
        await driver.ask(paths[0])
    paths[0].unlink()
    async with opened() as driver:
        await driver.press("ctrl+r", "enter")
        assert asked(driver) == paths[0].name and len(driver.names) == 4


@pytest.mark.drill
async def test_a_saved_query_has_its_name_in_list_and_palette(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(home / "Pictures" / "shapes-01.png")
        driver.search.refine(Refinement(k=3))
        await driver.press("ctrl+s")
        assert isinstance(driver.app.screen, SaveForm)
        await driver.press(*"beach", "enter")
    async with opened() as driver:
        await driver.press("ctrl+r", *"beach", "enter")
        assert asked(driver) == "shapes-01.png" and len(driver.names) == 3
        offered = {command.name: command for command in RevsearchCommands(driver.search).queries(None)}
        await driver.ask(home / "Pictures" / "shapes-02.png")
        offered["Saved query: beach"].run()
        await driver.press()
        assert asked(driver) == "shapes-01.png" and len(driver.names) == 3


@pytest.mark.drill
async def test_another_query_takes_a_name_only_when_confirmed(home: Path, opened) -> None:
    async with opened() as driver:
        for number in (1, 2):
            await driver.ask(home / "Pictures" / f"shapes-0{number}.png")
            await driver.press("ctrl+s", *"x", "enter")
        assert "another query's name" in driver.screen_text
        await driver.press("enter")
        assert Path(driver.search.keeper.memory.saved["x"].source).name == "shapes-02.png"


@pytest.mark.drill
async def test_queries_and_names_are_forgotten(home: Path, opened) -> None:
    async with opened() as driver:
        await ask_three(driver, home)
        await driver.press("ctrl+s", *"x", "enter", "ctrl+r", "ctrl+x", "ctrl+x")
        known = entries_of(driver.search.keeper.memory)
        assert [(entry.name, Path(entry.query.source).name) for entry in known] == [
            ("", "shapes-02.png"),
            ("", "shapes-01.png"),
        ]


@pytest.mark.drill
async def test_the_palette_begins_with_the_newest_queries(home: Path, opened) -> None:
    async with opened() as driver:
        await ask_three(driver, home)
        hits = [hit async for hit in RevsearchCommands(driver.search).discover()]
        assert "shapes-03.png" in str(hits[0].text) and "shapes-02.png" in str(hits[1].text)
        await driver.press("ctrl+p")
        assert "Ask again" in driver.screen_text


@pytest.mark.drill
async def test_without_queries_there_is_nothing_to_ask_again(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("ctrl+r", "ctrl+s")
        assert driver.app.screen is driver.search


@pytest.mark.drill
async def test_names_in_the_list_are_data(home: Path, opened) -> None:
    async with opened() as driver:
        driver.search.ask("/tmp/[red]x\x1b[31m.png")
        await driver.press()
        await driver.ask(home / "Pictures" / "shapes-01.png")
        from revsearch_tui.tui.memory import PastQuery

        driver.search.keeper.change(lambda memory: memory.ask(PastQuery("/tmp/[red]x\x1b[31m.png")))
        await driver.press("ctrl+r")
        assert "[red]x\\x1b[31m.png" in driver.screen_text
