"""Duplicates found, compared, let go and brought back in a real terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.groups import contents
from tests.support.terminal import Terminal
from tests.support.twins import write_twins

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "user").mkdir()
    variables = {"REVSEARCH_GENERAL_METHODS": "phash", "HOME": str(tmp_path / "user")}
    session = Terminal(tmp_path / "home", {**variables, "XDG_DATA_HOME": str(tmp_path / "user" / "share")})
    yield session
    session.close()


@pytest.mark.drill
def test_duplicates_are_found_compared_and_let_go_and_come_back(terminal: Terminal, tmp_path: Path) -> None:
    pictures = write_twins(tmp_path / "pictures")
    before = contents(pictures)
    terminal.wait_for("Welcome to revsearch")
    terminal.type(str(pictures))
    terminal.press("Enter")
    terminal.wait_for("is up to date")

    terminal.press("F5")
    screen = terminal.wait_for("1 of 2 groups")
    assert "kept: most pixels, 480x360" in screen and "✓ kept" in screen

    terminal.press("c")
    terminal.wait_for("side by side")
    terminal.press("Space", "Space")
    terminal.wait_for(lambda text: "flicker" in text and "smaller.png" in text and "scene-02.png" not in text)
    terminal.press("d")
    terminal.wait_for("of 255 in the mean")
    terminal.press("s", "k")
    terminal.wait_for("kept: you chose it")
    terminal.press("m")
    terminal.wait_for("✗ goes · scene-02.png")
    terminal.press("Escape")
    terminal.wait_for("1 go, ")

    terminal.press("p")
    screen = terminal.wait_for("1 file of 1 group")
    assert "free once the trash is empty" in screen
    terminal.press("Escape", "Enter")
    terminal.wait_for("Let 1 file go?")
    assert contents(pictures) == before
    terminal.press("Enter")
    terminal.wait_for("1 of 1 group ")
    assert set(before) - set(contents(pictures)) == {"scene-02.png"}

    terminal.press("u")
    terminal.wait_for("of 2 groups")
    assert contents(pictures) == before
    terminal.press("C-q")
    terminal.wait_until_closed()
