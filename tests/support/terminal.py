"""The installed program in a tmux session of 80 x 24, driven by keys and read from the screen."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PATIENCE_S = 60.0


class Terminal:
    """A tmux session of 80 x 24 that runs the program."""

    def __init__(
        self, home: Path, environment: Mapping[str, str] | None = None, prefix: list[str] | None = None
    ) -> None:
        self.name = "revsearch"
        # A server of its own: a shared one ends with its last session, which may be another test's.
        self._folder = tempfile.TemporaryDirectory(prefix="tests-tmux-")
        self._client = ["tmux", "-S", f"{self._folder.name}/socket", "-f", "/dev/null"]
        variables = {"REVSEARCH_HOME": str(home), **(environment or {})}
        program = Path(sys.executable).with_name("revsearch")
        settings = [f"{name}={value}" for name, value in variables.items()]
        command = shlex.join(["env", *settings, *(prefix or []), str(program)])
        size = ["-x", "80", "-y", "24"]
        # The terminal outlives the program, so that a program that fell over can be read.
        self._tmux("new-session", "-d", "-s", self.name, *size, command, ";", "set", "remain-on-exit", "on")

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
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            screen, ended = self.screen(), not self.is_running()
            screen = self.screen() if ended else screen
            if what in screen if isinstance(what, str) else what(screen):
                return screen
            assert not ended, f"the program ended before it showed {what!r}; its last words:\n{self._all_of_it()}"
            time.sleep(0.1)
        raise AssertionError(f"the screen never showed {what!r}; it shows:\n{self.screen()}")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", self.name)

    def _all_of_it(self) -> str:
        """The screen and what has been scrolled out of it."""
        return self._tmux("capture-pane", "-p", "-S", "-", "-t", self.name)

    def is_running(self) -> bool:
        return self._tmux("display-message", "-p", "-t", self.name, "#{pane_dead}").strip() == "0"

    def close(self) -> None:
        subprocess.run([*self._client, "kill-server"], capture_output=True, check=False)
        self._folder.cleanup()

    def _tmux(self, *arguments: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        return subprocess.run(
            [*self._client, *arguments], capture_output=True, check=True, env=environment, encoding="utf-8"
        ).stdout

    def wait_until_closed(self) -> None:
        """Until the program has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while self.is_running():
            assert time.monotonic() < deadline, f"the program did not end; the screen shows:\n{self.screen()}"
            time.sleep(0.1)
