"""Pictures take no more memory than they may."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from revsearch_tui.tui.pictures.drawing import HalfCells
from revsearch_tui.tui.pictures.kept import Kept
from revsearch_tui.tui.pictures.loader import BUDGET_BYTES, PictureKey, PictureLoader
from revsearch_tui.tui.widgets.side import PicturePane
from tests.tui.test_tui_snapshots import is_blank


def test_what_was_not_wanted_for_longest_goes_first() -> None:
    kept = Kept[str, bytes](10, len)
    kept.put("a", b"1234")
    kept.put("b", b"1234")
    assert kept.get("a") == b"1234"
    kept.put("c", b"1234")
    assert (kept.get("a"), kept.get("b"), kept.get("c"), kept.taken) == (b"1234", None, b"1234", 8)
    kept.put("c", b"12")
    assert kept.taken == 6
    kept.put("whole", bytes(50))
    assert kept.get("whole") is not None and kept.get("c") is None and kept.taken == 50


def test_pictures_that_were_looked_at_are_kept_within_the_budget(tmp_path: Path) -> None:
    loader = PictureLoader(HalfCells(), tmp_path / "thumbnails", lambda: ())
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        Image.effect_noise((320, 320), 40 + number).convert("RGB").save(path)
    keys = [PictureKey("", path, 300 + number, 90) for path in paths for number in range(2)]
    for key in keys:
        loader.request(key, lambda drawn: None)
    while not loader.is_idle:
        pass
    try:
        assert loader.drawing(keys[-1]) is not None
        assert loader.drawing(keys[0]) is None, "so many of this size are more than drawings may take"
        assert loader.taken_bytes <= BUDGET_BYTES
    finally:
        loader.close()


async def test_a_picture_that_others_pushed_out_of_memory_is_there_again(home: Path, opened) -> None:
    async with opened(size=(160, 48)) as driver:
        await driver.ask(home / "Pictures" / "shapes-03.png")
        pane = driver.search.query_one("#query-picture", PicturePane)
        assert pane.drawing() is not None
        driver.search.loader._drawings = Kept(10**6, lambda drawing: 1)
        pane.refresh()
        await driver.until(lambda: pane.drawing() is not None)
        await driver.pilot.pause()
        assert not is_blank(driver, pane)
