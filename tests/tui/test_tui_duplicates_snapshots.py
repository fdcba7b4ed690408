"""How the pages about duplicates look, at a small and a large size. Layout only; behaviour is tested elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import Driver, settle
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

PAGES = {
    "groups": ("a", "down"),
    "plan": ("a", "p"),
    "apply": ("a", "enter"),
    "form": ("n",),
    "beside": ("a", "down", "c"),
    "difference": ("c", "d"),
    "overlay": ("a", "down", "c", "o", "plus", "full_stop"),
}


@by_size
@pytest.mark.parametrize("page", PAGES)
def test_page(twins: Path, monkeypatch: pytest.MonkeyPatch, snap_compare, size: tuple[int, int], page: str) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.press("f5")
        driver.app.clear_notifications()
        await driver.press(*PAGES[page])
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
