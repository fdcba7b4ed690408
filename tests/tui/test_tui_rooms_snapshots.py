"""How the pages of collections and settings look, at a small and a large size. Layout only; behaviour is tested
elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from revsearch_tui.api import NullControl
from revsearch_tui.core.config.settings import BY_KEY
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.holdings import Holdings
from revsearch_tui.tui.widgets.setting_line import SettingLine
from tests.tui.conftest import Driver, draw_picture, settle, write_pictures
from tests.tui.test_tui_snapshots import by_size, closed, freeze, the_app

COLLECTIONS = {"holds": (), "left": ("tab",), "rename": ("n",), "moved": ("m",), "delete": ("D",)}
SETTINGS = {"first": (), "bad": ("pagedown", "pagedown", *"0000"), "choices": ("pagedown",) * 8}


@pytest.fixture
def rooms(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two collections, files that are no pictures, and a folder that is not there."""
    monkeypatch.setenv("REVSEARCH_HOME", str(new_home / ".revsearch"))
    write_pictures(new_home / "Pictures", 6)
    (new_home / "Pictures" / "cut.png").write_bytes((new_home / "Pictures" / "shapes-00.png").read_bytes()[:200])
    (new_home / "Pictures" / "holiday at the sea.jpg").write_bytes(b"\xff\xd8\xff")
    for folder in ("Scans/2019", "Negatives"):
        (new_home / folder).mkdir(parents=True)
        draw_picture(len(folder)).save(new_home / folder / "scan.png")
    workspace, control = Workspace(), NullControl()
    index_collection(workspace, "pictures", [new_home / "Pictures"], ["phash", "sift"], control=control)
    scans = [new_home / "Scans", new_home / "Negatives"]
    index_collection(workspace, "scans", scans, ["phash"], control=control)
    (new_home / "Negatives").rename(new_home / "elsewhere")
    return new_home


async def show(driver: Driver, *keys: str) -> None:
    """The page of collections, with made-up times and sizes."""
    await driver.press("f9")
    page = driver.app.screen
    await driver.until(lambda: page.contents)  # type: ignore[attr-defined]

    def made_up(at: int) -> dict[str, object]:
        return {"bytes": 1_234_000 * (at + 1), "indexed": f"2026-11-0{at + 2} 21:40"}

    known = page.holdings.collections  # type: ignore[attr-defined]
    page._show(Holdings(tuple(each._replace(**made_up(at)) for at, each in enumerate(known))))  # type: ignore[attr-defined]
    await driver.press()
    contents = page.contents  # type: ignore[attr-defined]
    sizes = tuple(key._replace(bytes=321_000 * (at + 1)) for at, key in enumerate(contents.keys))
    page.contents = contents._replace(keys=sizes)  # type: ignore[attr-defined]
    page._show_one()  # type: ignore[attr-defined]
    await driver.press(*keys)


@by_size
@pytest.mark.parametrize("page", COLLECTIONS)
def test_collections(rooms: Path, snap_compare, size: tuple[int, int], page: str) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await show(driver, *COLLECTIONS[page])
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))


@pytest.mark.drill
@by_size
@pytest.mark.parametrize("page", SETTINGS)
def test_settings(rooms: Path, snap_compare, size: tuple[int, int], page: str) -> None:
    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        driver = Driver(pilot.app, pilot)  # type: ignore[arg-type]
        await driver.press("f10")
        await driver.until(lambda: len(driver.app.screen.query(SettingLine)) == len(BY_KEY))
        await driver.press(*SETTINGS[page])
        await freeze(driver)

    app = the_app()
    assert closed(app, snap_compare(app, terminal_size=size, run_before=prepare))
