"""How the pages about clusters look, at a small and a large size. Layout only; behaviour is tested elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import Driver, settle
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

pytest.importorskip("sklearn")

PAGES = {"themes": ("down",), "outside": ("end",), "bursts": ("tab",), "cluster": ("enter", "right"), "form": ("n",)}


@by_size
@pytest.mark.parametrize("page", PAGES)
def test_page(photos: Path, snap_compare, size: tuple[int, int], page: str) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.press("f6")
        driver.app.clear_notifications()
        await driver.press(*PAGES[page])
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
