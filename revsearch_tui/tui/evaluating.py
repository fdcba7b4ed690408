"""An evaluation as a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.tui.messages import JobMessage, WorkDone

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.request import EvalRequest
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.jobs import JobControl


class EvaluationOrder(NamedTuple):
    """Measure methods on labelled pictures and keep the record."""

    request: EvalRequest

    @property
    def when_stopped(self) -> str:
        return "Nothing was recorded."

    @property
    def kept(self) -> str:
        return "Nothing is recorded of what was not measured to its end."

    def run(self, workspace: Workspace, control: JobControl) -> JobMessage:
        from revsearch_tui.tui.widgets.accuracy.tables import best_text

        record = workspace.evaluate(self.request, control)
        where = "F3 shows the tables." if record.id else f"{record.notes[-1].capitalize()}."
        return WorkDone(f"'{record.name}' is measured", f"Best: {best_text(record)}. {where}", record.id)
