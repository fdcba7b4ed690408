"""What pages about records share: the current record can be exported, and tells how it was made."""

from __future__ import annotations

from abc import abstractmethod

from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.tui.screens.page import Page


class RecordPage(Page):
    """A page that has a current record."""

    @abstractmethod
    def current_record(self) -> Record | None:
        """The one that its actions are about."""

    def action_export(self) -> None:
        from revsearch_tui.tui.screens.accuracy.export import export

        record = self.current_record()
        if record is not None:
            export(self, record)

    def action_facts(self) -> None:
        from revsearch_tui.tui.screens.accuracy.facts import FactsDialog

        record = self.current_record()
        if record is not None:
            self.app.push_screen(FactsDialog(record))
