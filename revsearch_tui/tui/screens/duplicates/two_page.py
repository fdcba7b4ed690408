"""Two files of a group in full size, and which of them stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from revsearch_tui.api import UsageError
from revsearch_tui.tui.duplicate_jobs import is_moving_files
from revsearch_tui.tui.screens.two_files import TwoFilesScreen
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.duplicates.words import SIGNS, facts_text, fate, staying_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from revsearch_tui.core.groups.review import Review, ReviewedGroup
    from revsearch_tui.tui.screens.indexing import IndexingScreen


class TwoScreen(TwoFilesScreen):
    """A file that is kept, or stays for another one, and that other one of its group."""

    def __init__(self, home: IndexingScreen, review: Review, group: ReviewedGroup, number: int) -> None:
        super().__init__(home, "Duplicates", "Compare")
        self.review, self.group = review, group
        stays = group.stays_for(number)
        self.left = group.kept if stays is None or number == group.kept else stays
        self.right = number if number != self.left else self._beside(self.left, 1)

    def files(self) -> tuple[Path, Path]:
        return self.group.entries[self.left].file.path, self.group.entries[self.right].file.path

    def sign(self, side: int) -> str:
        return SIGNS[fate(self.group, (self.left, self.right)[side])][0]

    def foot(self, width: int) -> Content:
        facts = " · ".join(facts_text(self.group.entries[each].file) for each in (self.left, self.right))
        other = self.left if self.right == self.group.kept else self.right
        why = f"{self.group.why(other)}; kept: {self.group.keep_why()}"
        return Content.assemble((clip(facts, width), "$text"), "\n", (clip(shown(why), width), "$foreground-muted"))

    def job_over(self, made: str) -> None:
        if self.review not in self.home.duplicates.reviews.values() and self.is_current:
            self.dismiss(None)  # the groups are others now

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "step":
            return len(self.group.entries) > 2
        return super().check_action(action, parameters)

    def action_step(self, step: int) -> None:
        self.right = self._beside(self.right, step)
        self.changed()

    def _beside(self, number: int, step: int) -> int:
        """The next file of the group that is not the one on the left."""
        total = len(self.group.entries)
        after = ((number + step * way) % total for way in range(1, total + 1))
        return next(each for each in after if each != self.left)

    def action_keep(self) -> None:
        self._decide(
            self.review.keep, (self.left, self.right)[self.shown_number if self.shown_view == "flicker" else 1]
        )

    def action_mark(self) -> None:
        self._decide(self.review.toggle, self.left if self.right == self.group.kept else self.right)

    def _decide(self, decide: Callable[[ReviewedGroup, int], int], number: int) -> None:
        if is_moving_files(self.home.jobs):
            self.home.tell_busy()
            return
        try:
            if staying := decide(self.group, number):
                self.app.notify(staying_text(staying), title="Stays", markup=False)
        except UsageError as error:
            self.app.notify(shown(str(error)), title="Stays", severity="warning", markup=False)
        self.tell()
