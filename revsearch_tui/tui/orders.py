"""What can be ordered that takes long: to index, and to keep an index current; `measuring_jobs` and `model_orders` have
the rest. Another process makes the same order of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from revsearch_tui.api import RevsearchError
from revsearch_tui.tui.jobs import Telling
from revsearch_tui.tui.messages import JobDone, JobMessage

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.index_report import IndexReport
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.measuring_jobs import MeasuringOrder
    from revsearch_tui.tui.model_orders import ModelOrder

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


class WatchOrder(NamedTuple):
    """Keep a collection current with its folders, until that is stopped."""

    collection: str

    @property
    def values(self) -> Values:
        return {**self._asdict(), "kind": "watch"}

    @property
    def when_stopped(self) -> str:
        return f"'{self.collection}' is not watched any more; what is done is kept."

    @property
    def kept(self) -> str:
        return "What is done is kept; changes of the folders are not followed any more."

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
        from revsearch_tui.core.indexing.watching import watch_collection

        for number, report in enumerate(watch_collection(workspace, self.collection, control, control.remark)):
            if not report.cancelled:
                text = changes_text(report)
                control.followed(self.collection, text if text or number else "up to date, and watched from now on")
        raise AssertionError("it is watched until it is stopped")


def changes_text(report: IndexReport) -> str:
    """`2 added, 1 removed`: what a run found changed; empty where nothing was."""
    parts = {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "removed": report.removed,
        "skipped": len(report.skipped),
    }
    return ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)


def read_order(values: Values) -> IndexOrder | WatchOrder | MeasuringOrder | ModelOrder:
    """The order that has these values."""
    kind, rest = values["kind"], {name: value for name, value in values.items() if name != "kind"}
    if kind == "index":
        roots, methods = tuple(map(Path, rest.pop("roots"))), tuple(rest.pop("methods"))
        return IndexOrder(**rest, roots=roots, methods=methods)
    if kind == "watch":
        return WatchOrder(**rest)
    from revsearch_tui.tui.model_orders import KINDS

    if kind in KINDS:
        return KINDS[kind](**rest)
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
