"""How marked hits, and the dialogs for queries asked before, look at a small and a large size."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.tui.memory import PastQuery
from revsearch_tui.tui.refinement import Refinement
from tests.tui.conftest import Driver
from tests.tui.test_tui_snapshots import by_size, closed, freeze, search, the_app


async def marked(pilot: Pilot[int], *keys: str) -> Driver:
    """An answer two hits of which are marked, one of them highlighted."""
    driver = await search(pilot)
    await driver.press("right", "space", "right", "space", *keys)
    driver.app.clear_notifications()
    await freeze(driver)
    return driver


@by_size
@pytest.mark.parametrize("keys", [(), ("v",), ("s",)], ids=["grid", "list", "sheet"])
def test_marked_hits(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap_compare, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    monkeypatch.chdir("/")

    async def prepare(pilot: Pilot[int]) -> None:
        await marked(pilot, *keys)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@pytest.mark.drill
@by_size
@pytest.mark.parametrize("keys", [("ctrl+r",), ("ctrl+s",)], ids=["history", "save"])
def test_queries_asked_before(home: Path, snap_compare, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        driver = await search(pilot)
        known = PastQuery('"red bus"', refinement=Refinement(least_score=0.5, k=40))
        driver.search.keeper.change(lambda memory: memory.save("all shapes", memory.recent[0]))
        driver.search.keeper.change(lambda memory: memory.recent.append(known))
        await driver.press(*keys)
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@pytest.mark.drill
@by_size
def test_the_palette(home: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        driver = await search(pilot)
        await driver.press("ctrl+p")
        await pilot.pause(0.3)
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
