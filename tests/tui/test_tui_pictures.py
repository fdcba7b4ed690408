"""Drawing pictures with cells and with terminal graphics."""

from __future__ import annotations

import base64
import queue
import re
import threading
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len

from revsearch_tui.api import ReaderInfo
from revsearch_tui.tui.messages import PictureDrawn
from revsearch_tui.tui.part_box import PartBox
from revsearch_tui.tui.pictures.choice import choose_renderer, may_have_graphics
from revsearch_tui.tui.pictures.drawing import HalfCells, Kitty, fit
from revsearch_tui.tui.pictures.loader import PictureKey, PictureLoader


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (1, 1), (5000, 3), (3, 5000)])
@pytest.mark.parametrize("renderer", [HalfCells(), Kitty((10, 20))], ids=lambda renderer: renderer.name)
def test_a_drawing_fits_and_its_rows_have_its_width(size: tuple[int, int], renderer) -> None:
    drawing = renderer.draw(Image.new("RGB", size, "teal"), 24, 9)
    assert drawing.width <= 24 and drawing.height == len(drawing.rows) <= 9
    for row in drawing.rows:
        assert sum(cell_len(segment.text) for segment in row) == drawing.width


def test_the_aspect_is_kept() -> None:
    assert fit((300, 200), 30, 30, (1, 2)) == (30, 10)
    assert fit((200, 300), 30, 9, (1, 2)) == (12, 9)


def test_a_flat_picture_keeps_its_colour() -> None:
    drawing = HalfCells().draw(Image.new("RGB", (40, 40), (10, 120, 200)), 8, 4)
    for row in drawing.rows:
        for segment in row:
            assert segment.style.color.triplet == segment.style.bgcolor.triplet == (10, 120, 200)


def test_upper_and_lower_half_become_a_half_block() -> None:
    image = Image.new("RGB", (20, 2), "black")
    image.paste((255, 0, 0), (0, 0, 20, 1))
    (row,) = HalfCells().rows(image, 10, 1)
    assert {segment.text for segment in row} == {"▀"}
    assert row[0].style.color.triplet.red > 240 and row[0].style.bgcolor.triplet.red < 15


def test_left_and_right_become_a_quarter_split() -> None:
    image = Image.new("RGB", (2, 2), "black")
    image.paste((0, 255, 0), (0, 0, 1, 2))
    ((segment,),) = HalfCells().rows(image, 1, 1)
    assert segment.text == "▌"


def test_kitty_sends_the_picture_once_and_places_it_with_characters() -> None:
    image = Image.effect_noise((200, 100), 80).convert("RGB")
    drawing = Kitty((10, 20)).draw(image, 20, 10)
    chunks = re.findall(r"\x1b_G(?:f=100,i=\d+,)?q=2,m=[01];([^\x1b]*)\x1b\\", drawing.prelude)
    with Image.open(BytesIO(base64.b64decode("".join(chunks)))) as sent:
        assert sent.size == (200, 100)
    assert all(len(chunk) <= 4096 for chunk in chunks)
    assert "m=0" in drawing.prelude.rsplit("m=", 1)[0] + "m=0"
    assert f"c={drawing.width},r={drawing.height}" in drawing.prelude
    assert drawing.rows[0][0].text.startswith("\U0010eeee")


def test_graphics_are_looked_for_only_where_they_may_be() -> None:
    assert may_have_graphics({"TERM": "xterm-kitty"})
    assert may_have_graphics({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"})
    assert not may_have_graphics({"TERM": "xterm-256color"})
    assert not may_have_graphics({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/tmux"})


def test_without_a_terminal_half_cells_are_drawn() -> None:
    assert isinstance(choose_renderer("auto"), HalfCells)
    assert isinstance(choose_renderer("kitty"), HalfCells)
    assert choose_renderer("none") is None


def test_a_picture_is_drawn_where_its_thumbnail_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    Image.new("RGB", (40, 40), "teal").save(tmp_path / "picture.png")
    posted: queue.Queue[PictureDrawn] = queue.Queue()
    loader = PictureLoader(HalfCells(), tmp_path / "cache" / "thumbnails", list)
    try:
        loader.request(PictureKey("", tmp_path / "picture.png", 8, 4), posted.put)
        drawn = posted.get(timeout=60)
        assert drawn.drawing is not None
    finally:
        loader.close()


def test_whoever_asks_for_a_picture_that_is_on_its_way_is_told_too(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "a.png")
    key, begun, told = PictureKey("", tmp_path / "a.png", 8, 4), threading.Event(), queue.Queue[PictureDrawn]()

    def readers() -> list[ReaderInfo]:
        assert begun.wait(60)
        return []

    loader = PictureLoader(HalfCells(), tmp_path / "thumbnails", readers)
    loader.request(key, told.put)
    loader.request(key, told.put_nowait)
    loader.keep_only(set(), {key})  # the first one does not want it any more
    begun.set()
    assert [told.get(timeout=60).drawing is not None for _ in range(2)] == [True, True]
    loader.close()


def test_a_box_is_seen_by_a_line_and_by_light(tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), (100, 150, 200)).save(tmp_path / "a.png")
    loader, told = PictureLoader(HalfCells(), tmp_path / "thumbnails", list), queue.Queue[PictureDrawn]()
    loader.request(PictureKey("", tmp_path / "a.png", 40, 15, PartBox(25, 20, 50, 60)), told.put)
    rows = told.get(timeout=60).drawing.rows
    loader.close()
    assert rows[0][0].style.color.triplet == (40, 60, 80), "what is outside is dark"
    assert abs(rows[7][20].style.color.triplet.green - 150) < 3
    assert max(min(segment.style.color.triplet) for segment in rows[7]) > 240, "a white line is about it"
