"""How the pages about duplicates look, at a small and a large size. Layout only; behaviour is tested elsewhere."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from tests.support.twins import write_twins
from tests.tui.conftest import Driver, _use_home, settle
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

PAGES = {
    "groups": ("a", "down"),
    "plan": ("a", "p"),
    "apply": ("a", "enter"),
    "form": ("n",),
    "beside": ("a", "down", "c"),
    "difference": ("c", "d"),
}


@pytest.fixture(scope="module")
def twins_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with pictures some of which are the same, indexed. Not to be changed."""
    base = Path(os.path.realpath(tmp_path_factory.mktemp("twins")))
    with pytest.MonkeyPatch.context() as patch:
        home = _use_home(patch, base)
        write_twins(home / "Pictures")
        index_collection(Workspace(), "pictures", [home / "Pictures"], ["phash", "sift"], control=NullControl())
    return base


@by_size
@pytest.mark.parametrize("page", PAGES)
def test_page(
    twins_base: Path, monkeypatch: pytest.MonkeyPatch, snap_compare, size: tuple[int, int], page: str
) -> None:
    _use_home(monkeypatch, twins_base)
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
