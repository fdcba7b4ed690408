"""The installed program in a real terminal, with real keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.support.confined import Watch, strace_prefix, strace_violations
from tests.support.terminal import Terminal
from tests.support.texture import draw_many

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A dozen pictures, a crop of one of them among them."""
    folder = tmp_path / "pictures"
    with Image.open(draw_many(folder, 11, side=256)[3]) as whole:
        whole.crop((40, 30, 220, 210)).save(folder / "crop.jpg")
    return folder


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    session = Terminal(tmp_path / "home")
    yield session
    session.close()


def test_a_first_visit_from_welcome_to_quitting(terminal: Terminal, pictures: Path) -> None:
    total = len(list(pictures.iterdir()))
    terminal.wait_for("Welcome to revsearch")

    terminal.type(str(pictures))
    terminal.press("Enter")
    terminal.wait_for("is up to date")
    terminal.wait_for(f"{total} pictures")

    terminal.press("/")
    terminal.type(str(pictures / "crop.jpg"))
    terminal.press("Enter")
    terminal.wait_for(f"Results · {total} of {total}")
    terminal.press("v")
    screen = terminal.wait_for(lambda text: " 1  1.000" in text)
    first = next(line for line in screen.splitlines() if " 1  1.000" in line)
    assert "crop.jpg" in first
    assert "by phash + sift + efficientnet" in screen

    terminal.press("m")
    terminal.wait_for("Compare by")
    terminal.press("Space", "Down", "Down", "Space", "Enter")
    screen = terminal.wait_for(lambda text: "by sift" in text and "inliers" in text)
    first = next(line for line in screen.splitlines() if " 1  1.000" in line)
    assert "crop.jpg" in first

    terminal.press("j", "N")
    terminal.wait_for("1 hit left out as no match")
    terminal.press("F7")
    terminal.wait_for("≠ no match")
    terminal.press("Escape")
    terminal.wait_for(f"Results · {total - 1} of {total}")

    terminal.press("q")
    terminal.wait_until_closed()


@pytest.mark.drill
def test_the_app_stays_offline_and_at_home(tmp_path: Path) -> None:
    user, home = tmp_path / "user", tmp_path / "home"
    user.mkdir()
    query = draw_many(tmp_path / "pictures", 6)[2]
    watch = Watch(tmp_path / "watch")
    log = tmp_path / "strace.log"
    prefix = strace_prefix(log)
    outside = {"HOME": str(user), "XDG_CACHE_HOME": str(user / ".cache"), "TMPDIR": str(tmp_path)}
    terminal = Terminal(home, {**watch.environment, **outside}, prefix)
    try:
        terminal.wait_for("Welcome to revsearch")
        terminal.type(str(tmp_path / "pictures"))
        terminal.press("Enter")
        terminal.wait_for("is up to date")
        terminal.press("/")
        terminal.type(str(query))
        terminal.press("Enter")
        terminal.wait_for("Results · 6 of 6")
        terminal.press("q")
        terminal.wait_until_closed()
    finally:
        terminal.close()
    assert any(kind == "write" and "journal" in what for kind, what in watch.events()), "the watch saw the app"
    assert watch.violations([home]) == []
    if prefix is not None:
        assert strace_violations(log, [home, watch.log.parent], tmp_path) == []
    assert [path for path in user.rglob("*") if path.is_file()] == []
