"""Measuring in the background: methods on labelled pictures, or on changed copies of a collection's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from revsearch_tui.api import Control
from revsearch_tui.core.evaluation.request import EvalRequest, configuration_of, request_of
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.tui.messages import JobMessage, WorkDone

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace


class MeasuringOrder(NamedTuple):
    """Measure methods on labelled pictures, or on changed copies of a collection's, and keep the record."""

    request: EvalRequest | RobustnessRequest

    @property
    def title(self) -> str:
        """What the job is called."""
        if isinstance(self.request, EvalRequest):
            return f"Measuring {self.request.name or Path(self.request.data.rpartition(':')[2]).name}"
        return f"Measuring copies of {self.request.collection}"

    @property
    def values(self) -> Mapping[str, Any]:
        return {"kind": type(self.request).__name__, **configuration_of(self.request)}

    @property
    def when_stopped(self) -> str:
        return "Nothing was recorded."

    @property
    def kept(self) -> str:
        return "Nothing is recorded of what was not measured to its end."

    def run(self, workspace: Workspace, control: Control) -> JobMessage:
        from revsearch_tui.tui.widgets.accuracy.tables import best_text

        notes: list[str] = []
        if isinstance(self.request, EvalRequest):
            from revsearch_tui.core.evaluation.run import run_evaluation

            record = run_evaluation(workspace, self.request, control)
        else:
            from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness

            record = run_robustness(workspace, self.request, control, notes.append)
        where = "F3 shows the tables." if record.id else f"{record.notes[-1].capitalize()}."
        told = " ".join([f"Best: {best_text(record)}. {where}", *notes])
        return WorkDone(f"'{record.name}' is measured", told, record.id)


def read_measuring(kind: str, values: Mapping[str, Any]) -> MeasuringOrder:
    """The order that has these values, of this kind of request."""
    if kind == EvalRequest.__name__:
        return MeasuringOrder(request_of(EvalRequest, values))
    return MeasuringOrder(request_of(RobustnessRequest, values))
