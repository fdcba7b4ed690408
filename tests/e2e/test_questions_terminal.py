"""What one does with a query, in a real terminal of 80 x 24: words, why, side by side, a part, judging."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.support.drawn import draw_folder
from tests.support.program import revsearch
from tests.support.terminal import Terminal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    folder = tmp_path / "pictures"
    draw_folder(folder, range(7))
    with Image.open(folder / "p03.png") as whole:
        width, height = whole.size
        whole.crop((width // 6, height // 6, width, height)).save(folder / "part.png")
        whole.resize((width * 3 // 4, height * 3 // 4)).save(folder / "sunset at sea.png")
    methods = [word for name in ("phash", "sift", "efficientnet") for word in ("-m", name)]
    assert revsearch(tmp_path / "home", "index", folder, *methods).returncode == 0
    session = Terminal(tmp_path / "home")
    yield session
    session.close()


def test_a_query_is_looked_at_from_all_sides(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for("9 pictures")
    terminal.press("/")
    terminal.type('"sunset"')
    terminal.press("Enter")
    terminal.wait_for("Results")
    terminal.wait_for("sunset at sea.png")
    terminal.press("v")

    terminal.press("/")
    terminal.type(str(tmp_path / "pictures" / "part.png"))
    terminal.press("Enter")
    terminal.wait_for(lambda screen: re.search(r" 1  1\.000.*part\.png", screen))
    terminal.wait_for(lambda screen: "1 of 9" in screen and "verifying" not in screen)

    terminal.press("j", "w")
    terminal.wait_for("agree on one geometry")
    terminal.press("Escape")
    terminal.press("C")
    terminal.wait_for(lambda screen: re.search(r"RBO \d\.\d\d", screen))
    terminal.press("Escape")
    terminal.press("R")
    terminal.wait_for("step")
    terminal.press("Escape")
    terminal.wait_for("Results")

    terminal.press("j", "M")
    terminal.press("F7")
    terminal.wait_for("= match")
    terminal.press("Escape")
    terminal.wait_for("Results")
    terminal.press("C-q")
    terminal.wait_until_closed()
