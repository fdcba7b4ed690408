"""How the screens look, at a small and a large size. Layout only; behaviour is tested elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.pictures.drawing import HalfCells
from revsearch_tui.tui.widgets.side import PicturePane
from tests.tui.conftest import Driver, settle

SIZES = [(80, 24), pytest.param((160, 48), marks=pytest.mark.drill)]
by_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def the_app() -> RevsearchApp:
    app = RevsearchApp(Workspace(), HalfCells())
    app.animation_level = "none"
    return app


async def freeze(driver: Driver) -> None:
    """Hold still what moves by itself, and have every picture there."""
    for line in driver.app.screen.query("Input"):
        line.cursor_blink = False  # type: ignore[attr-defined]
    await settle(driver.pilot)
    for _ in range(300):
        waiting = [pane for pane in driver.search.query(PicturePane) if lacks_picture(pane) or is_blank(driver, pane)]
        if not waiting:
            break
        for pane in waiting:
            pane.refresh()
        await driver.pilot.pause(0.02)
    await settle(driver.pilot)


def lacks_picture(pane: PicturePane) -> bool:
    """Whether the pane waits for what it is to show."""
    return pane._key() is not None and pane.drawing() is None and not pane._problem


def is_blank(driver: Driver, pane: PicturePane) -> bool:
    """Whether what the pane has to show is not on the screen yet."""
    if pane.drawing() is None or driver.app.screen is not driver.search:
        return False
    region = pane.content_region
    rows = driver.app.screen._compositor.render_strips()[region.y : region.bottom]
    return not any(row.text[region.x : region.right].strip() for row in rows)


async def search(pilot: Pilot[int]) -> Driver:
    """A query with its answer; the seconds it took are made up."""
    await settle(pilot)
    driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
    await driver.ask("~/Pictures/shapes-03.png")
    result = driver.search.session.current.result
    driver.search._show_result(replace(result, seconds=0.05), 0)
    await freeze(driver)
    return driver


def closed(app: RevsearchApp, looks_right: bool) -> bool:
    app.search.close()
    return looks_right


@by_size
def test_welcome(new_home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await freeze(Driver(pilot.app, pilot))  # type: ignore[arg-type]

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@by_size
def test_results_as_a_grid(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await search(pilot)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@pytest.mark.drill
@by_size
def test_results_as_a_list(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        driver = await search(pilot)
        await driver.press("v", "down")
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@by_size
def test_help(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await Driver(pilot.app, pilot).press("question_mark")  # type: ignore[arg-type]

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@pytest.mark.drill
@by_size
def test_choosing_methods(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        driver = await search(pilot)
        await driver.press("d", "m")

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
