"""`revsearch index`, and `revsearch demo`, which indexes the sample collection."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from revsearch_tui.api import Cancelled, MethodUnavailableError, UsageError
from revsearch_tui.cli.console import flush, note
from revsearch_tui.cli.opening import hindrance, open_app
from revsearch_tui.cli.options import (
    CollectionOption,
    FormatOption,
    MethodOption,
    MethodOptionsOption,
    ModelOption,
    QuietOption,
    RegionOption,
    complete_store,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.indexing.index_report import IndexReport
from revsearch_tui.core.indexing.sample import COLLECTION, sample_copies, sample_folder
from revsearch_tui.core.indexing.start_index import index_collection, index_settings
from revsearch_tui.core.indexing.while_running import Cost, Listener
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.indexer import Feed


class Engine(StrEnum):
    """What reads and embeds pictures."""

    here = "here"
    daft = "daft"


index_app = typer.Typer(add_completion=False, rich_markup_mode=None)
_SHOWN_SKIPPED = 10
demo_app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SHOWN = "crop"


@index_app.command()
def index(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of pictures; none: those indexed before.")
    ] = None,
    collection: CollectionOption = None,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    region: RegionOption = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="One more pattern to ignore; repeatable.")
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Let go of folders that are missing or empty.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Look at every file's bytes, whatever its size and times say.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try methods again on the pictures they failed on before.")
    ] = False,
    workers: Annotated[int | None, typer.Option("--workers", min=1, max=64, help="Pictures decoded at once.")] = None,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="NAME",
            help="Where a new collection has its vectors: chroma, or the store of a plugin; default: store.name.",
            autocompletion=complete_store,
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option("--engine", help="What reads and embeds: this program, or workers of Daft.")
    ] = Engine.here,
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="ADDRESS", help="With daft: the Ray cluster of the workers, or local."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and index what changes in the folders, until Ctrl-C.")
    ] = False,
    form: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> int:
    """Index folders of pictures into a collection; run it again to bring it up to date."""
    if form is Format.paths:
        raise UsageError("indexing has no paths to give; use the format table, json, jsonl or csv")
    workspace = Workspace()
    settings = index_settings(workspace)
    changes: dict[str, object] = {"prune": prune, "check": check, "retry_failed": retry_failed}
    if ignore:
        changes["ignore"] = [*settings.ignore, *ignore]
    if workers:
        changes["workers"] = workers
    with ProgressBar(quiet=quiet) as control:
        report = index_collection(
            workspace,
            collection,
            folders or [],
            method or [],
            control=control,
            options=parse_method_options(option, region),
            model=model,
            changes=changes,
            listener=Listener(cost=cost_note(control)),
            store=store,
            feed=_feed(workspace, engine, ray),
        )
    _tell(report, form, quiet=quiet)
    if report.cancelled:
        note("interrupted; what was done so far is kept, run the command again to go on")
        return 130
    if watch:
        flush()
        return _watch(workspace, report.collection, form, quiet=quiet)
    if not report.pictures:
        note(_nothing_found(report))
        return 1
    return MethodUnavailableError.exit_code if report.left_out else 0


def _feed(workspace: Workspace, engine: Engine, ray: str | None) -> Feed | None:
    """What does the work in place of this process, where something else is to."""
    if engine is Engine.here:
        if ray is not None:
            raise UsageError("--ray goes with --engine daft")
        return None
    from revsearch_tui.core.distributed.feeding import DaftFeed, check_daft

    check_daft(ray=ray is not None)
    return DaftFeed(workspace.folders, ray)


def _watch(workspace: Workspace, collection: str, form: Format, *, quiet: bool) -> int:
    """Index what changes, and tell of each run that found something, until Ctrl-C."""
    from revsearch_tui.core.indexing.watching import watch_collection

    if not quiet:
        note(f"watching the folders of '{collection}'; Ctrl-C ends it")
    with ProgressBar(quiet=quiet) as control, contextlib.suppress(Cancelled):
        for report in watch_collection(workspace, collection, control, note):
            control.clear()
            if report.added or report.changed or report.moved or report.removed:
                _tell(report, form, quiet=quiet)
                flush()
    return 0


def _tell(report: IndexReport, form: Format, *, quiet: bool) -> None:
    if not quiet:
        for line in report.notes:
            note(line)
        for path, reason in report.skipped[:_SHOWN_SKIPPED]:
            note(f"skipped {path}: {reason}")
        if len(report.skipped) > _SHOWN_SKIPPED:
            more = len(report.skipped) - _SHOWN_SKIPPED
            note(f"... and {more} more, see: revsearch collections skipped {report.collection}")
    row = {
        "collection": report.collection,
        "pictures": report.pictures,
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "skipped": len(report.skipped),
        "others": report.others,
        "read": report.read,
        "decoded": report.decoded,
        **{f"embedded {label}": count for label, count in report.embedded.items()},
        **{f"failed {label}": count for label, count in report.failed.items()},
        "seconds": round(report.seconds, 2),
    }
    emit([row], form, document=asdict(report))


def cost_note(bar: ProgressBar) -> Callable[[Cost], None]:
    """Says what a run will take, above the bar."""

    def say(cost: Cost) -> None:
        bar.note(cost.sentence("--methods quick"))

    return say


def _nothing_found(report: IndexReport) -> str:
    found = f"{report.others:,} other files" if report.others else "nothing else either"
    if report.skipped:
        found = f"{len(report.skipped):,} files that could not be read"
        found += f", see: revsearch collections skipped {report.collection}"
    return f"the collection '{report.collection}' has no pictures: its folders hold {found}; give a folder of pictures"


@demo_app.command()
def demo(
    no_app: Annotated[bool, typer.Option("--no-app", help="Print a search result, do not open the app.")] = False,
) -> int:
    """Make the sample collection, index it, and search it: in the app, or printed where the app cannot be shown."""
    workspace = Workspace()
    with ProgressBar() as control:
        folder = sample_folder(workspace, lambda done, total: control.progress(done, total, "drawing sample pictures"))
        report = index_collection(workspace, COLLECTION, [folder], control=control)
    if report.cancelled:
        note("interrupted; run the command again to go on")
        return 130
    note(f"the collection '{COLLECTION}' has {report.pictures} pictures, in {folder}")
    if not no_app and not hindrance():
        return open_app(COLLECTION)
    from revsearch_tui.cli.search import search

    example = next(copy for copy in sample_copies(folder) if copy.transformation == _SHOWN)
    note(f"which pictures are like {example.copy.name}?")
    return search([str(example.copy)], collection=COLLECTION, k=5, quiet=True)
