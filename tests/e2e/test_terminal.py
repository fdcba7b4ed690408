"""The installed program in a real terminal, with real keys."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from revsearch_data.sample_collection import make_sample_collection

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]

_PATIENCE_S = 60.0


class Terminal:
    """A tmux session of 80 x 24 that runs the program."""

    def __init__(self, home: Path) -> None:
        self.name = f"revsearch-{uuid.uuid4().hex[:8]}"
        program = Path(sys.executable).with_name("revsearch")
        command = f"REVSEARCH_HOME={shlex.quote(str(home))} {shlex.quote(str(program))}"
        self._tmux("new-session", "-d", "-s", self.name, "-x", "80", "-y", "24", command)

    def type(self, text: str) -> None:
        """Literal characters."""
        self._tmux("send-keys", "-t", self.name, "-l", text)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names, one after the other as a hand would."""
        for key in keys:
            self._tmux("send-keys", "-t", self.name, key)
            time.sleep(0.3)

    def wait_for(self, what: str | Callable[[str], bool]) -> str:
        """The screen, once it shows a text or passes a check."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            screen = self.screen()
            if what in screen if isinstance(what, str) else what(screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"the screen never showed {what!r}; it shows:\n{self.screen()}")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", self.name)

    def is_running(self) -> bool:
        return (
            subprocess.run(["tmux", "has-session", "-t", self.name], capture_output=True, check=False).returncode == 0
        )

    def close(self) -> None:
        subprocess.run(["tmux", "kill-session", "-t", self.name], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        return subprocess.run(
            ["tmux", *arguments], capture_output=True, check=True, env=environment, encoding="utf-8"
        ).stdout


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A dozen sample pictures, a crop of one of them among them."""
    whole = make_sample_collection(tmp_path / "all").folder
    folder = tmp_path / "pictures"
    folder.mkdir()
    for path in [*sorted(whole.glob("balloons/*.jpg"))[:6], *sorted(whole.glob("skylines/*.jpg"))[:5]]:
        shutil.copy(path, folder)
    shutil.copy(next(whole.glob("copies/* crop.jpg")), folder / "crop.jpg")
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
    screen = terminal.wait_for(lambda text: "measured" in text and "0 bits" in text)
    first = next(line for line in screen.splitlines() if " 1  1.000" in line)
    assert "crop.jpg" in first and "0 bits" in first
    assert "by phash" in screen

    terminal.press("m")
    terminal.wait_for("Compare by")
    terminal.press("Space", "Down", "Space", "Enter")
    screen = terminal.wait_for(lambda text: "by sift" in text and "inliers" in text)
    first = next(line for line in screen.splitlines() if " 1  1.000" in line)
    assert "crop.jpg" in first

    terminal.press("q")
    deadline = time.monotonic() + _PATIENCE_S
    while terminal.is_running() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not terminal.is_running(), "q did not quit"
