"""`revsearch datasets`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from revsearch_tui.api import DatasetInfo
from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import (
    FormatOption,
    MethodOption,
    NulOption,
    OutputOption,
    QuietOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.groups.finding import Finding

datasets_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)

DataArgument = Annotated[str, typer.Argument(help="A folder, a .csv file, or NAME:PLACE.")]
DataOption = Annotated[
    list[str] | None,
    typer.Option("--option", "-O", metavar="NAME=VALUE", help="Option of the data set; repeatable."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Decides which pictures go where.")]


def _complete_pulled(incomplete: str) -> list[str]:
    infos = [row.info for row in Workspace().registry.rows()]
    return [info.name for info in infos if isinstance(info, DatasetInfo) and info.unpack]


@datasets_app.callback()
def default(ctx: typer.Context) -> None:
    """Labelled pictures to train with: kinds, contents, downloads."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_all())


@datasets_app.command("list")
def list_all(form: FormatOption = Format.table, output: OutputOption = None) -> int:
    """All kinds of labelled pictures."""
    from revsearch_tui.core.labelled.open import dataset_options

    rows = [
        {
            "name": row.name,
            "state": row.state,
            "options": [option.name for option in dataset_options(row.info)],
            "downloads": [item.url for item in row.info.downloads],
            "about": row.reason or row.summary,
        }
        for row in Workspace().registry.rows()
        if isinstance(row.info, DatasetInfo)
    ]
    emit(rows, form, columns=("name", "state", "options", "about"), path_key="name", output=output)
    return 0 if rows else 1


@datasets_app.command()
def show(
    data: DataArgument,
    option: DataOption = None,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """How many pictures of each class go to which part, and what is left out and why."""
    from revsearch_tui.cli.progress import ProgressBar
    from revsearch_tui.core.labelled.open import open_labelled

    workspace = Workspace()
    with (
        ProgressBar(quiet=quiet) as control,
        open_labelled(workspace, data, options=parse_method_options(option), seed=seed, control=control) as opened,
    ):
        control.clear()
        described, counts = opened.describe(), opened.counts()
    rows = [{"class": label, **parts, "all": sum(parts.values())} for label, parts in counts.items()]
    emit(rows, form, path_key="class", output=output, document={**described, "per_class": counts})
    if not quiet:
        totals = described["counts"]
        note(
            f"{described['dataset']}: {len(rows)} classes; {totals['train']:,} pictures to train with, "
            f"{totals['validation']:,} for validation, {totals['test']:,} for the test"
        )
        for reason, number in sorted(opened.dropped.items()):
            note(f"left out: {number:,} ({reason})")
    return 0


@datasets_app.command()
def check(
    data: DataArgument,
    method: MethodOption = None,
    option: DataOption = None,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
    nul: NulOption = False,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Find what makes figures wrong: copies in several parts, or under several labels, and labels to doubt.

    The exit code is 0 where there is nothing of that, else 1. `paths` gives the files to leave out or to look at.
    """
    from revsearch_tui.cli.progress import ProgressBar
    from revsearch_tui.core.groups.dataset_check import check_dataset
    from revsearch_tui.core.groups.finding import by_kind
    from revsearch_tui.core.groups.opening_sides import Methods
    from revsearch_tui.core.labelled.open import open_labelled, open_whole

    workspace, options = Workspace(), parse_method_options(option)
    with (
        ProgressBar(quiet=quiet) as control,
        open_whole(workspace, data, options=options, control=control) as whole,
        open_labelled(workspace, data, options=options, seed=seed, control=control) as split,
    ):
        found = check_dataset(workspace, whole, split, Methods(method or ()), control, control.note)
    rows = [_finding(each) for each in found.findings]
    if form is Format.paths or nul:
        rows = [{"path": path} for path in dict.fromkeys(row["path"] for row in rows)]
    emit(rows, form, columns=_FINDING if form is Format.table else (), nul=nul, output=output)
    if not quiet:
        counts = [f"{number:,} of {kind}" for kind, number in by_kind(found.findings).items()]
        note(f"{found.pictures:,} pictures checked: {', '.join(counts)}")
        if not found.by:
            note("no label was doubted, for none of the methods tells kinds of things; efficientnet does")
    return int(bool(rows))


_FINDING = ("kind", "part", "label", "other_part", "other_label", "why", "path", "other")


def _finding(finding: Finding) -> dict[str, Any]:
    other = finding.other
    return {
        "kind": finding.kind,
        "part": finding.picture.part,
        "label": finding.picture.label,
        "other_part": other.part if other else None,
        "other_label": other.label if other else finding.instead,
        "why": finding.why,
        "path": str(finding.picture.path),
        "other": str(other.path) if other else None,
    }


@datasets_app.command()
def pull(
    name: Annotated[str, typer.Argument(help="Data set.", autocompletion=_complete_pulled)],
    to: Annotated[Path, typer.Option("--to", help="New folder for the pictures.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="What was downloaded already, instead of downloading it.")
    ] = None,
    quiet: QuietOption = False,
) -> int:
    """Download a data set, check it, and unpack it. An interrupted download goes on where it stopped."""
    from revsearch_tui.cli.progress import ProgressBar
    from revsearch_tui.core.labelled.dataset_pulling import pull_dataset

    with ProgressBar(quiet=quiet) as control:
        pull_dataset(Workspace(), name, to, control, file=file)
    if not quiet:
        note(f"unpacked '{name}' into {to}; look at it with: revsearch datasets show {name}:{to}")
    return 0
