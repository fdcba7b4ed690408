"""A collection watched from the app, in a real terminal, and a setting changed there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from revsearch_tui.core.config.settings import load_config
from tests.support.drawn import draw_folder
from tests.support.program import revsearch
from tests.support.terminal import Terminal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    draw_folder(tmp_path / "pictures", range(4))
    assert revsearch(tmp_path / "home", "index", tmp_path / "pictures", "-m", "phash").returncode == 0
    session = Terminal(tmp_path / "home")
    yield session
    session.close()


def test_a_picture_that_is_added_is_found_while_its_folder_is_watched(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for("4 pictures")
    terminal.press("F9")
    terminal.wait_for("What it holds")
    terminal.press("w")
    terminal.wait_for("open, watched")
    terminal.press("F8")
    terminal.wait_for("up to date, and watched from now on")
    drawn = draw_folder(tmp_path / "drawn", range(40, 41)) / "p40.png"
    late = drawn.rename(tmp_path / "pictures" / "late.png")
    terminal.wait_for("1 added")
    terminal.wait_for("◉ watching")
    terminal.press("F9")
    terminal.wait_for(lambda screen: re.search(r"›pictures +5 ", screen))
    terminal.press("Escape")
    terminal.wait_for("by phash")
    terminal.press("/")
    terminal.type(str(late))
    terminal.press("Enter")
    terminal.wait_for(lambda screen: re.search(r"1.*late\.png", screen))
    terminal.press("C-q")
    terminal.wait_for("Watched: pictures.")
    terminal.press("y")
    terminal.wait_until_closed()


@pytest.mark.drill
def test_a_setting_is_changed_by_keys(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for("4 pictures")
    terminal.press("F10")
    terminal.wait_for("The collection used where none is named")
    terminal.press("PageDown", "PageDown")
    terminal.wait_for("Hits to give")
    terminal.press("BSpace", "BSpace")
    terminal.type("99999")
    terminal.wait_for("! Is at most 10000, not 99999.")
    terminal.press("BSpace", "BSpace", "BSpace", "BSpace", "Enter")
    terminal.wait_for("✓ written")
    assert load_config(tmp_path / "home" / "config" / "config.toml", {}).number("search.k") == 9
    terminal.press("Escape", "C-q")
    terminal.wait_until_closed()
