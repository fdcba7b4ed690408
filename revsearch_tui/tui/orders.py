"""What can be ordered that takes long: to index; `measuring_jobs` has the rest. Another process makes the same order of
its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from revsearch_tui.api import Control, RevsearchError
from revsearch_tui.tui.messages import JobDone, JobMessage

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.measuring_jobs import MeasuringOrder

Values: TypeAlias = Mapping[str, Any]


class Telling(Control, Protocol):
    """A control that takes remarks beside the progress."""

    def remark(self, text: str) -> None:
        """Have a line seen for a while."""


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


def read_order(values: Values) -> IndexOrder | MeasuringOrder:
    """The order that has these values."""
    kind, rest = values["kind"], {name: value for name, value in values.items() if name != "kind"}
    if kind == "index":
        roots, methods = tuple(map(Path, rest.pop("roots"))), tuple(rest.pop("methods"))
        return IndexOrder(**rest, roots=roots, methods=methods)
    from revsearch_tui.tui.measuring_jobs import read_measuring

    return read_measuring(kind, rest)


def _sample_folder(workspace: Workspace, control: Telling) -> Path:
    try:
        from revsearch_tui.core.indexing.sample import sample_folder
    except ImportError:
        raise RevsearchError("The sample pictures are not part of this installation; index a folder instead.") from None

    def progress(done: int, total: int | None, what: str = "making sample pictures") -> None:
        control.check()
        control.progress(done, total, what)

    return Path(sample_folder(workspace, progress))
