"""The app in words, as a screen reader reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Offset

from revsearch_tui.core.workspace import Workspace
from revsearch_tui.tui.app import RevsearchApp
from revsearch_tui.tui.messages import JobProgress
from revsearch_tui.tui.pictures.drawing import HalfCells
from revsearch_tui.tui.widgets.frame import JobBar


def drawn(text: str) -> set[str]:
    """Characters that draw frames, bars and pictures."""
    return {char for char in text if 0x2500 <= ord(char) < 0x25A0 or char in "✓✗○≈›·…"}


@pytest.fixture
def words(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The indexed pictures, where the app is set to tell all in words."""
    monkeypatch.setenv("REVSEARCH_TUI_TEXT_ONLY", "true")
    return home / "Pictures"


async def test_hits_are_told_in_sentences_and_nothing_is_drawn(words: Path, opened) -> None:
    async with opened(size=(170, 44)) as driver:
        assert not drawn(driver.screen_text)
        await driver.ask(words / "shapes-03.png")
        lines = [line.strip() for line in driver.screen_text.splitlines()]
        (first,) = [line for line in lines if line.startswith("> 1. shapes-03.png, same file, score 1.00, ")]
        assert "geometry agrees, phash rank 1, sift rank 1, 192 by 128 pixels" in first
        assert driver.search.loader.renderer is None
        await driver.press("space", "down")
        text = driver.screen_text
        assert "  1. shapes-03.png, marked, same file" in text and "> 2. shapes-" in text
        assert "geometry not verified" in text, "what is not sure is said in words, too"
        assert not drawn(text)


async def test_no_line_holds_something_else_beside_a_hit(words: Path, opened) -> None:
    async with opened(size=(80, 24)) as driver:
        await driver.ask(words / "shapes-03.png")
        lines = driver.screen_text.splitlines()
        hits = next(number for number, line in enumerate(lines) if line.startswith(" > 1. shapes-03.png"))
        details = next(number for number, line in enumerate(lines) if line.strip() == "Details")
        assert "geometry agrees, phash rank 1" in lines[hits] and details > hits + 5
        assert lines[details + 1].strip() == "shapes-03.png"


async def test_the_cursor_is_where_the_highlight_is(words: Path, opened) -> None:
    async with opened(size=(100, 30)) as driver:
        await driver.ask(words / "shapes-03.png")
        results = driver.search.results
        for keys, line in (((), 0), (("down", "down"), 2), (("up",), 1)):
            await driver.press(*keys)
            assert driver.app.cursor_position == results.content_region.offset + Offset(0, line)


@pytest.mark.drill
@pytest.mark.parametrize("key", ["question_mark", "p", "m", "c", "f3", "f8", "b", "f"])
async def test_other_places_draw_nothing_either(words: Path, opened, key: str) -> None:
    async with opened(size=(100, 30)) as driver:
        await driver.ask(words / "shapes-03.png")
        await driver.press(key)
        assert not drawn(driver.screen_text)
        assert driver.screen_text.strip()


async def test_how_far_a_job_is_is_told_in_numbers(words: Path, opened) -> None:
    async with opened(size=(100, 30)) as driver:
        bar = driver.app.screen.query_one(JobBar)
        bar.show(JobProgress("Indexing", "decoding", 320, 3000, 12.0, 223.0, ""))
        await driver.until(lambda: "decoding   320/3,000  12/s  3:43 left" in driver.screen_text)
        assert not drawn(driver.screen_text)


async def test_nothing_moves_by_itself(words: Path) -> None:
    app = RevsearchApp(Workspace(), HalfCells(), text_only=True)
    assert app.animation_level == "none"
    app.search.close()
