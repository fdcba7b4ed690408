"""Rankings of one query side by side: what each finds, how far they agree, where the highlighted picture is."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.search.rank_agreement import in_common, rank_biased_overlap
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.screens.columns import ColumnsScreen
from revsearch_tui.tui.screens.explain import ExplainScreen
from tests.tui.conftest import Driver, settle, write_pictures
from tests.tui.pausing import PausingWorkspace
from tests.tui.test_tui_refining import line, narrow
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

QUERY = "~/Pictures/shapes-03.png"


def page(driver: Driver) -> ColumnsScreen:
    assert isinstance(driver.app.screen, ColumnsScreen)
    return driver.app.screen


async def beside(driver: Driver, query: Path | str = QUERY) -> ColumnsScreen:
    await driver.ask(query)
    await driver.press("C")
    return page(driver)


async def test_each_column_has_the_hits_of_its_own_search(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await beside(driver)
        found = {column.title: [(hit.path, hit.score) for hit in column.hits or ()] for column in shown.columns}
        assert list(found) == ["default ranking", "phash", "sift"]
        ids = {column.title: column.ids() for column in shown.columns}
        for title in ("phash", "sift"):
            overlap = rank_biased_overlap(ids["default ranking"], ids[title])
            common = in_common(ids["default ranking"], ids[title], 10)
            assert f"RBO {overlap:.2f} · {common} of top 10" in driver.screen_text
        await driver.press("escape")
        for methods, title in (((), "default ranking"), (("phash",), "phash"), (("sift",), "sift")):
            driver.search.use_methods(methods)
            await driver.press()
            assert [(hit.path, hit.score) for hit in driver.search.results.hits] == found[title]


@pytest.mark.drill
async def test_the_highlighted_picture_is_marked_in_every_column(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await beside(driver)
        await driver.press("down", "right")
        image_id = shown.view.hit.image_id
        assert shown.view.column.title == "phash" and shown.view.at == 1
        ranks = {column.title: column.rank_of(image_id) for column in shown.columns}
        assert ranks["phash"] == 2 and "2◆" in driver.screen_text
        for rank in ranks.values():
            assert f"◆ rank {rank}" in driver.screen_text
        told = " · ".join(f"{title} {rank}" for title, rank in ranks.items())
        assert f"◆ {shown.view.hit.path.name} · {told}" in driver.screen_text
        assert "Pictures/" not in driver.screen_text, "a file is not told from itself"


@pytest.mark.drill
async def test_a_small_screen_shows_two_columns_and_goes_on_to_others(home: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        shown = await beside(driver)
        assert "Columns 1-2 of 3" in driver.screen_text and "sift " not in driver.screen_text.splitlines()[1]
        await driver.press("G", "right", "right")
        assert "Columns 2-3 of 3" in driver.screen_text and "› sift" in driver.screen_text
        assert shown.view.at == 11 and "12 of 12" in driver.screen_text


@pytest.mark.drill
async def test_from_a_column_one_goes_where_hits_lead(home: Path, opened) -> None:
    async with opened() as driver:
        shown = await beside(driver)
        await driver.press("right", "right", "down", "w")
        why = driver.app.screen
        assert isinstance(why, ExplainScreen) and why.views == ("sift",)
        await driver.press("escape")
        name = shown.view.hit.path.name
        await driver.press("enter")
        assert driver.app.screen is driver.search and driver.names[0] == name


@pytest.mark.drill
async def test_two_to_four_columns_are_chosen(home: Path, opened) -> None:
    async with opened() as driver:
        shown = await beside(driver)
        await driver.press("m", "space", "down", "space", "enter")
        assert "Mark 2 to 4 columns, not 1." in driver.notes
        await driver.press("space", "enter")
        assert driver.app.screen is shown
        assert [column.title for column in shown.columns] == ["phash", "sift"]
        assert "RBO" in driver.screen_text and "default ranking" not in driver.screen_text


@pytest.mark.drill
async def test_columns_are_of_what_the_query_is_narrowed_to(home: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask(QUERY)
        await narrow(driver, glob="*-0[0-4].png")
        await driver.press("R", "enter")
        assert line(driver).startswith("part 50x50 % at 25,25 · *-0[0-4].png;")
        await driver.press("C")
        default = page(driver).columns[0].hits
        assert [(hit.path, hit.score) for hit in default] == [
            (hit.path, hit.score) for hit in driver.search.results.hits
        ]
        assert all(len(column.hits) == 5 for column in page(driver).columns)
        assert "of top 5" in driver.screen_text


@pytest.mark.drill
async def test_a_method_that_cannot_answer_says_so_in_its_column(colours: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await beside(driver, '"red"')
        assert [column.hits is None for column in shown.columns] == [False, False, True]
        assert "'phash' does not search for words" in driver.screen_text


@pytest.mark.drill
async def test_leaving_gives_up_what_is_under_way(home: Path, opened) -> None:
    async with opened(workspace=PausingWorkspace()) as driver:
        await driver.ask(QUERY)
        pause = driver.search.workspace.searches
        pause.on()
        await driver.pilot.press("C")
        await driver.until(pause.reached.is_set)
        shown = page(driver)
        assert "asking …" in driver.screen_text
        await driver.pilot.press("escape")
        pause.off()
        await driver.press()
        assert driver.app.screen is driver.search and not driver.notes
        assert all(column.hits is None for column in shown.columns[1:])


@pytest.mark.drill
async def test_one_method_alone_is_held_beside_nothing(new_home: Path, opened) -> None:
    write_pictures(new_home / "Pictures", 2)
    index_collection(Workspace(), "pictures", [new_home / "Pictures"], ["phash"], control=NullControl())
    async with opened() as driver:
        await driver.ask(new_home / "Pictures" / "shapes-00.png")
        await driver.press("C")
        assert driver.app.screen is driver.search and "two methods or more" in driver.notes[-1]


@pytest.mark.drill
@by_size
def test_how_columns_look(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await beside(driver)
        await driver.press("down", "right")
        driver.app.clear_notifications()
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
