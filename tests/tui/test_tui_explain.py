"""Why the query and a hit match, on a page of the app."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.screens.explain import ExplainScreen
from tests.support.drawn import draw, drawn_page
from tests.tui.conftest import Driver, _use_home, settle
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app


@pytest.fixture(scope="session")
def parts_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a picture, a part of it, and others, indexed by three kinds of methods. Not to be changed."""
    base = Path(os.path.realpath(tmp_path_factory.mktemp("parts")))
    with pytest.MonkeyPatch.context() as patch:
        folder = _use_home(patch, base) / "Pictures"
        folder.mkdir()
        whole = draw(3, (480, 360))
        whole.save(folder / "whole.png")
        whole.crop((90, 40, 480, 330)).save(folder / "part.png")
        whole.resize((240, 180)).save(folder / "small.png")
        for seed in (4, 5):
            draw(seed, (300, 220)).save(folder / f"other-{seed}.png")
        index_collection(Workspace(), "pictures", [folder], ["phash", "sift", "cnn"], control=NullControl())
    return base


@pytest.fixture
def parts(parts_base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return _use_home(monkeypatch, parts_base) / "Pictures"


def page(driver: Driver) -> ExplainScreen:
    assert isinstance(driver.app.screen, ExplainScreen)
    return driver.app.screen


async def why(driver: Driver, hit: str = "whole.png", query: str = "~/Pictures/part.png") -> ExplainScreen:
    """Open the page for a hit."""
    await driver.ask(query)
    await driver.press(*["right"] * driver.names.index(hit), "w")
    return page(driver)


async def test_each_method_shows_why_a_hit_matches(parts: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        shown = await why(driver)
        text = driver.screen_text
        assert shown.views[0] == "sift" == shown.shown_view, "what points at places comes first"
        assert "agree on one geometry" in text and "of the query is seen in the" in text
        assert "same thing" in text and "by sift" in text
        await driver.press("tab")
        assert "bits differ" in driver.screen_text
        await driver.press("right")
        assert "cosine" in driver.screen_text and "hit    " in driver.screen_text
        await driver.press("left", "left")
        assert shown.shown_view == "sift"
        await driver.press("escape")
        assert driver.app.screen is driver.search


async def test_a_hit_that_a_part_of_the_query_found_is_explained_by_that(parts: Path, tmp_path: Path, opened) -> None:
    sheet = drawn_page((Image.open(parts / "whole.png").resize((240, 180)), (900, 1400)))
    sheet.save(tmp_path / "sheet.png")
    async with opened(size=(160, 48)) as driver:
        shown = await why(driver, query=str(tmp_path / "sheet.png"))
        hit = driver.search.results.hit
        assert hit is not None and hit.part is not None and hit.tier == "same thing"
        assert "agree on one geometry" in driver.screen_text and shown.shown_view == "sift"


@pytest.mark.drill
async def test_the_work_is_not_done_where_the_screen_is_drawn(
    parts: Path, opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from revsearch_tui.core.search import explaining

    threads: list[str] = []
    asked = explaining.explain_pair

    def watched(*arguments, **named):
        threads.append(threading.current_thread().name)
        return asked(*arguments, **named)

    monkeypatch.setattr(explaining, "explain_pair", watched)
    async with opened() as driver:
        await why(driver)
        assert threads and all(name.startswith("engine") for name in threads)


@pytest.mark.drill
async def test_pixels_are_another_way_to_look(parts: Path, opened) -> None:
    async with opened() as driver:
        shown = await why(driver)
        await driver.press("space")
        assert "The query" in driver.screen_text and shown.pixels == "query"
        await driver.press("space")
        assert "The hit" in driver.screen_text
        await driver.press("d")
        assert "of 255 in the mean" in driver.screen_text
        await driver.press("tab")
        assert not shown.pixels and "bits differ" in driver.screen_text


@pytest.mark.drill
async def test_a_hit_that_nothing_speaks_for_says_so(parts: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await why(driver, "other-4.png")
        assert "Nothing speaks for it by" in driver.screen_text


@pytest.mark.drill
async def test_without_pictures_the_text_says_it_all(parts: Path) -> None:
    app = RevsearchApp(Workspace(), None)
    async with app.run_test(size=(160, 60)) as pilot:
        await settle(pilot)
        driver = Driver(app, pilot)
        await why(driver)
        assert "no pictures in this terminal" in driver.screen_text
        assert "Flicker" not in driver.screen_text
        await driver.press("tab")
        row = r"([.#x] ){15}[.#x]"
        assert len(re.findall(row, driver.screen_text)) == 16, "a line for each row of the hash"
    app.search.close()


@pytest.mark.drill
async def test_a_page_that_is_left_gives_up_its_work(parts: Path, opened) -> None:
    async with opened() as driver:
        await driver.ask("~/Pictures/part.png")
        for key in ("w", "escape"):
            await driver.pilot.press(key)
        await driver.ask("~/Pictures/other-4.png")
        assert driver.names[0] == "other-4.png" and not driver.notes


@pytest.mark.drill
async def test_a_query_whose_file_is_gone_is_told(parts: Path, tmp_path: Path, opened) -> None:
    async with opened() as driver:
        away = tmp_path / "away.png"
        Image.open(parts / "part.png").save(away)
        await driver.ask(away)
        away.unlink()
        await driver.press("w")
        assert "does not exist" in driver.screen_text


@pytest.mark.drill
@by_size
def test_how_it_looks(parts: Path, snap_compare, size: tuple[int, int]) -> None:
    """By what is the same on every processor, which keypoints and networks are not."""

    async def prepare(pilot) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)
        shown = await why(driver, query="~/Pictures/small.png")
        await driver.press(*["tab"] * shown.views.index("phash"))
        driver.app.clear_notifications()
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
