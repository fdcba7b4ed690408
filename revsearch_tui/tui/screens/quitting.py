"""Ask before the app is left while a job runs."""

from __future__ import annotations

from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import JobOver
from revsearch_tui.tui.screens.confirm import ConfirmDialog


class QuitDialog(ConfirmDialog):
    """Answers True where the user leaves all the same, else None. The keys that quit, once more, do."""

    BINDINGS = keymap.bindings(keymap.QUIT)

    def __init__(self, job: str, kept: str) -> None:
        super().__init__("Quit?", f"{job} is under way. {kept}", "Quit", "y quits · n goes back")
        self._job = job

    def on_job_over(self, _message: JobOver) -> None:
        self.query_one(Static).update(f"{self._job} has ended meanwhile.")

    def action_quit(self) -> None:
        self.dismiss(True)
