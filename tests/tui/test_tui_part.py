"""A part of the query picture that is searched by: drawn, moved, proposed, told, remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.api import UsageError
from revsearch_tui.tui.part_box import MIDDLE, WHOLE, PartBox
from revsearch_tui.tui.refinement import JudgedHit, Refinement
from revsearch_tui.tui.screens.part import PartScreen
from tests.support.program import revsearch_json
from tests.support.served import served
from tests.tui.conftest import Driver, settle
from tests.tui.test_tui_refining import line
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

QUERY = "~/Pictures/shapes-03.png"


def page(driver: Driver) -> PartScreen:
    assert isinstance(driver.app.screen, PartScreen)
    return driver.app.screen


def is_answered(shown: PartScreen) -> bool:
    """Whether the hits beside the box are those of what is in it now."""
    return shown._asking is not None and "searching" not in str(shown.hits.border_subtitle)


async def part(driver: Driver, query: Path | str = QUERY) -> PartScreen:
    """The page over a query, with the first hits of the box."""
    await driver.ask(query)
    await driver.press("R")
    shown = page(driver)
    await driver.until(lambda: shown.hits.hits)
    await driver.press()
    return shown


def test_a_box_stays_within_the_picture() -> None:
    assert MIDDLE.moved(-40, 90) == PartBox(0, 50, 50, 50)
    assert MIDDLE.resized(90, -70) == PartBox(0, 25, 100, 1), "it makes room on the left where there is none"
    assert MIDDLE.resized(0.25, 0).crop.box(200, 100) == (50, 25, 150, 75)
    assert WHOLE.moved(10, 10) == WHOLE and WHOLE.is_whole


def test_a_part_is_one_with_neither_likes_nor_the_next_query() -> None:
    narrowed = Refinement(crop=PartBox(10, 20, 30, 40).crop, glob=("*.png",))
    assert narrowed.told() == ["part 30x40 % at 10,20", "*.png"]
    assert narrowed.for_next(is_picture=True) == Refinement(glob=("*.png",))
    with pytest.raises(UsageError, match="a part is looked for without liked hits"):
        replace(narrowed, likes=(JudgedHit("00", "a.png"),))


async def test_the_hits_are_those_of_the_command_line(home: Path, opened) -> None:
    async with opened() as driver:
        whole = (await part(driver)).home.results.hits
        await driver.press("left", "K", "L", "enter")
        assert driver.app.screen is driver.search
        assert line(driver) == "part 55x45 % at 20,25; 0 clears"
        found = driver.search.results.hits
        arguments = ("search", QUERY.replace("~", str(home)), "--crop", "20%,25%,55%,45%", "-c", "pictures")
        (answer,) = revsearch_json(home.parent / "revsearch", *arguments)
        told = [(hit["path"], round(hit["score"], 6)) for hit in answer["hits"]]
        assert told == [(str(hit.path), round(hit.score, 6)) for hit in found]
        assert [hit.score for hit in found] != [hit.score for hit in whole]


@pytest.mark.drill
async def test_the_box_is_part_of_the_history(home: Path, opened) -> None:
    async with opened() as driver:
        await part(driver)
        await driver.press("enter")
        assert driver.search.results.highlighted == 0 and driver.names[0] != "shapes-03.png", (
            "the best hit, not the last"
        )
        scores = [hit.score for hit in driver.search.results.hits]
        await driver.press("down", "n")
        assert line(driver) == "", "the next query is another picture"
        await driver.press("backspace")
        assert line(driver) == "part 50x50 % at 25,25; 0 clears"
        assert [hit.score for hit in driver.search.results.hits] == scores
        await driver.press("R")
        assert page(driver).box == MIDDLE
        await driver.press("0", "enter")
        assert line(driver) == "" and driver.search.results.hits[0].score == 1
        await driver.press("u")
        assert "part 50x50 %" in line(driver)


@pytest.mark.drill
async def test_the_box_is_seen_in_the_query_picture_beside_the_hits(home: Path, opened) -> None:
    async with opened() as driver:
        await part(driver)
        pane = driver.search.query_one("#query-picture")
        before = pane.drawing().rows
        await driver.press("enter")
        rows = pane.drawing().rows
        assert rows != before
        y, x = len(rows) // 2, pane.drawing().width // 2
        assert rows[y][x] == before[y][x], "what is in the box is as it was"
        assert rows[0][0] != before[0][0]
        await driver.press("0")
        assert pane.drawing().rows == before


@pytest.mark.drill
async def test_hits_of_the_box_stand_beside_it(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await part(driver)
        first = [hit.score for hit in shown.hits.hits]
        await driver.pilot.press("minus", "minus", "H", "down")
        await driver.until(lambda: is_answered(shown))
        assert [hit.score for hit in shown.hits.hits] != first
        assert shown.box == PartBox(25, 26, 49, 50)
        assert "49 x 50 % at 25, 26 · 94 x 64 of 192 x 128 pixels at 48, 33 · step 1 %" in driver.screen_text
        beside = [(hit.path, hit.score) for hit in shown.hits.hits]
        await driver.press("enter")
        assert [(hit.path, hit.score) for hit in driver.search.results.hits] == beside


@pytest.mark.drill
async def test_plugins_propose_parts(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await part(driver)
        await driver.press("p")
        assert shown.proposals and "sift-salient 1 of" in driver.screen_text
        assert shown.box not in (MIDDLE, WHOLE)
        first = shown.box
        await driver.press(*["p"] * len(shown.proposals))
        assert shown.box == first, "behind the last one comes the first again"


@pytest.mark.drill
async def test_the_mouse_draws_and_moves_the_box(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await part(driver)
        drawing, pane = shown.pane.drawing(), shown.pane
        left, top = (pane.content_size.width - drawing.width) // 2 + 1, (pane.content_size.height - drawing.height) // 2

        async def drag(start: tuple[int, int], end: tuple[int, int]) -> None:
            for send, (x, y) in ((driver.pilot.mouse_down, start), (driver.pilot.hover, end)):
                await send(pane, offset=(left + x, top + 1 + y))
            await driver.pilot.mouse_up(pane, offset=(left + end[0], top + 1 + end[1]))
            await driver.press()

        await drag((0, 0), (drawing.width // 2 - 1, drawing.height // 2 - 1))
        assert shown.box.left == shown.box.top == 0
        assert shown.box.wide == pytest.approx(50, abs=1.5) and shown.box.high == pytest.approx(50, abs=3)
        drawn = shown.box
        await drag((4, 4), (14, 8))
        assert (shown.box.wide, shown.box.high) == (drawn.wide, drawn.high)
        assert shown.box.left == pytest.approx(1000 / drawing.width, abs=0.1)
        await driver.press("escape")
        assert driver.app.screen is driver.search and line(driver) == ""


@pytest.mark.drill
async def test_a_part_of_a_picture_from_the_web(home: Path, opened) -> None:
    with served(home / "Pictures") as url:
        async with opened() as driver:
            await part(driver, f"{url}/shapes-05.png")
            await driver.press("enter")
            assert line(driver).startswith("part 50x50 %") and driver.search.results.hits


@pytest.mark.drill
async def test_words_and_queries_of_several_parts_have_no_part(colours: Path, opened) -> None:
    async with opened() as driver:
        for query in ('"red"', f"{colours / '0.png'} + {colours / '2.png'}"):
            await driver.ask(query)
            await driver.press("R")
            assert driver.app.screen is driver.search
            assert "not of words or of several pictures." in driver.notes[-1]
        await driver.ask(colours / "0.png")
        await driver.press("plus", "R")
        assert driver.app.screen is driver.search and "without liked hits" in driver.notes[-1]


@pytest.mark.drill
async def test_what_is_said_of_a_pair_is_said_of_whole_pictures(home: Path, opened) -> None:
    async with opened() as driver:
        await part(driver)
        await driver.press("enter", "down", "N")
        assert "What matches is said of whole pictures" in driver.notes[-1]
        await driver.press("plus")
        assert "without liked hits" in driver.notes[-1]


@pytest.mark.drill
@by_size
def test_how_a_part_looks(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        shown = await part(driver)
        await driver.press("K", "L")
        await driver.until(lambda: is_answered(shown))
        driver.app.clear_notifications()
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
