"""The list of all records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revsearch_tui.tui.screens.page import Page

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen


class AccuracyScreen(Page):
    """Every evaluation and robustness record, the newest first."""

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Accuracy")
