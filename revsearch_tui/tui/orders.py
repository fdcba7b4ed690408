"""What can be ordered that takes long: to index, and to measure; what makes models is in `model_orders`. Another
process makes the same order of its values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from revsearch_tui.api import RevsearchError
from revsearch_tui.core.evaluation.request import EvalRequest, configuration_of, request_of
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.tui.jobs import Telling
from revsearch_tui.tui.messages import JobDone, JobMessage, WorkDone
from revsearch_tui.tui.model_orders import KINDS, ModelOrder

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

Values: TypeAlias = Mapping[str, Any]


class IndexOrder(NamedTuple):
    """What to index: folders (none: those the collection has) by methods (none: those it is indexed by)."""

    collection: str | None
    roots: tuple[Path, ...] = ()
    methods: tuple[str, ...] = ()
    sample: bool = False
    """First make the sample pictures and index those."""

    @property
    def values(self) -> Values:
        roots = [str(root) for root in self.roots]
        return {**self._asdict(), "kind": "index", "roots": roots}

    @property
    def when_stopped(self) -> str:
        return "Nothing was indexed."

    @property
    def kept(self) -> str:
        return "What is done is kept; the next run goes on from there."

    def target(self, workspace: Workspace) -> str:
        """The collection that is written. Raises `ConfigError`."""
        return self.collection or workspace.config.text("general.collection")

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
        from revsearch_tui.core.indexing.start_index import index_collection
        from revsearch_tui.core.indexing.while_running import Listener

        roots: Sequence[Path] = (_sample_folder(workspace, control),) if self.sample else self.roots
        listener = Listener(cost=lambda cost: control.remark(cost.sentence("methods: quick")))
        report = index_collection(workspace, self.collection, roots, self.methods, control=control, listener=listener)
        return JobDone(report)


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
    def values(self) -> Values:
        return {"kind": type(self.request).__name__, **configuration_of(self.request)}

    @property
    def when_stopped(self) -> str:
        return "Nothing was recorded."

    @property
    def kept(self) -> str:
        return "Nothing is recorded of what was not measured to its end."

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
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


def read_order(values: Values) -> IndexOrder | MeasuringOrder | ModelOrder:
    """The order that has these values."""
    kind, rest = values["kind"], {name: value for name, value in values.items() if name != "kind"}
    if kind in KINDS:
        return KINDS[kind](**rest)
    if kind == "index":
        roots, methods = tuple(map(Path, rest.pop("roots"))), tuple(rest.pop("methods"))
        return IndexOrder(**rest, roots=roots, methods=methods)
    if kind == EvalRequest.__name__:
        return MeasuringOrder(request_of(EvalRequest, rest))
    return MeasuringOrder(request_of(RobustnessRequest, rest))


def _sample_folder(workspace: Workspace, control: Telling) -> Path:
    try:
        from revsearch_tui.core.indexing.sample import sample_folder
    except ImportError:
        raise RevsearchError("The sample pictures are not part of this installation; index a folder instead.") from None

    def progress(done: int, total: int | None, what: str = "making sample pictures") -> None:
        control.check()
        control.progress(done, total, what)

    return Path(sample_folder(workspace, progress))
