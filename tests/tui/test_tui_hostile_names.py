"""File names are data: whatever they hold, they are shown escaped and never interpreted."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path

import pytest

from revsearch_tui.api import NullControl
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.memory import PastQuery
from revsearch_tui.tui.text import clip, clip_name, shown, shown_path
from tests.tui.conftest import draw_picture

NAMES = [
    b"[red]markup[bold].png",
    b"[@click=app.quit]click[].png",
    b"escape\x1b[31mcode.png",
    b"line\nbreak.png",
    b"not-utf8-\xff\xfe.png",
    "right-to-left\u202egnp.png".encode(),
    "wide-漢字.png".encode(),
    b"$accent.png",
]


def content(seed: int) -> bytes:
    buffer = BytesIO()
    draw_picture(seed).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def hostile(new_home: Path) -> Path:
    folder = new_home / "Pictures"
    folder.mkdir()
    for seed, name in enumerate(NAMES):
        try:
            (folder / os.fsdecode(name)).write_bytes(content(seed))
        except OSError as error:
            pytest.skip(f"this file system takes no such names: {error}")
    index_collection(Workspace(), "pictures", [folder], ["phash"], control=NullControl())
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 48), marks=pytest.mark.drill)])
async def test_hostile_names_are_shown_as_they_are(hostile: Path, opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as driver:
        for number, name in enumerate(NAMES):
            await driver.ask(hostile / os.fsdecode(name))
            assert driver.search.results.hits[0].path.name == os.fsdecode(name)
            text = driver.screen_text
            assert "\x1b" not in text and "\u202e" not in text
            assert shown(os.fsdecode(name))[:12] in text
            await driver.press("v" if number % 2 else "d", "y")
        await driver.press("b", "down", "down", "down", "down", "down", "escape")
        await driver.press("slash", "end", "backspace", "backspace", "escape", "escape")
        assert driver.app.is_running


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
async def test_a_name_that_is_not_utf8_can_be_completed_and_searched(hostile: Path, opened) -> None:
    async with opened() as driver:
        await driver.press("slash")
        driver.search.query_line.input.value = "~/Pictures/not-utf"
        await driver.press()
        await driver.press("down", "enter")
        assert driver.search.results.hits[0].path.name == os.fsdecode(b"not-utf8-\xff\xfe.png")


@pytest.mark.parametrize("name", ["[/red] [@click=app.quit]q.png", "[$accent].png"])
async def test_the_palette_shows_the_file_of_a_saved_query_as_it_is(home: Path, opened, name: str) -> None:
    async with opened() as driver:
        driver.search.keeper.memory.save("beach", PastQuery(str(home / name)))
        await driver.press("ctrl+p", *"beach")
        assert f"~{os.sep}{name}".replace("/", os.sep) in driver.screen_text


def test_controls_and_undecodable_bytes_are_written_as_escapes() -> None:
    assert shown("a\x1bb\nc\u202ed\udcff") == "a\\x1bb\\x0ac\\u202ed\\xff"
    assert shown("Ünïcode 漢字.png") == "Ünïcode 漢字.png"


def test_the_home_folder_is_a_tilde(new_home: Path) -> None:
    assert shown_path(new_home / "a.png") == f"~{os.sep}a.png"
    assert shown_path(f"{new_home}-other") == f"{new_home}-other"


@pytest.mark.parametrize("width", [1, 5, 8, 12, 20])
def test_clipped_names_fit_and_keep_their_suffix(width: int) -> None:
    from rich.cells import cell_len

    for name in ("a-very-long-name-of-a-picture.jpeg", "漢字漢字漢字漢字漢字漢字.png", "short.png"):
        assert cell_len(clip_name(name, width)) <= width
        assert cell_len(clip(name, width)) <= width
    assert clip_name("a-very-long-name-of-a-picture.jpeg", 20).endswith(".jpeg")
