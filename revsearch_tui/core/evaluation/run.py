"""Run an evaluation from what was asked to the record that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revsearch_tui.api import Control
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.request import EvalRequest

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace


def run_evaluation(workspace: Workspace, request: EvalRequest, control: Control) -> Record:
    """Measure methods on labelled pictures; the record is kept in the folder of evaluations."""
    raise NotImplementedError
