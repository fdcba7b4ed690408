"""How a search that is led and narrowed looks, and the page of judgements, at a small and a large size."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import Driver, settle
from tests.tui.test_tui_judgements import judged
from tests.tui.test_tui_judging import forgetting
from tests.tui.test_tui_refining import go_to, narrow
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

__all__ = ["forgetting", "judged"]


@by_size
@pytest.mark.parametrize("view", ["grid", "list"])
def test_hits_that_were_judged(colours: Path, snap_compare, size: tuple[int, int], view: str) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.ask("~/Pictures/0.png")
        await narrow(driver, glob="[0-4].png", score="0.001")
        await go_to(driver, "2.png")
        await driver.press("plus")
        await go_to(driver, "1.png")
        await driver.press("minus", *(["v"] if view == "list" else []))
        result = driver.search.session.current.result  # type: ignore[union-attr]
        assert result is not None
        driver.search._show_result(replace(result, seconds=0.05), 1)
        driver.app.clear_notifications()
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@by_size
def test_narrowing(colours: Path, snap_compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.ask("~/Pictures/0.png")
        result = driver.search.session.current.result  # type: ignore[union-attr]
        assert result is not None
        driver.search._show_result(replace(result, seconds=0.05), 0)
        driver.app.clear_notifications()
        await driver.press("f")
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@by_size
@pytest.mark.parametrize("keys", [("j",), ("slash", *"no ma"), ("j", "enter")], ids=["pairs", "filter", "compare"])
def test_judgements(
    judged: Path,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
    snap_compare,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.press("f7", *keys)
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
