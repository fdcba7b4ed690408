"""`revsearch eval`."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from revsearch_tui.cli.console import confirm, note, write, write_lines
from revsearch_tui.cli.eval_view import compared, show_record
from revsearch_tui.cli.options import (
    FormatOption,
    MethodOption,
    MethodOptionsOption,
    ModelOption,
    OutputOption,
    QuietOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.evaluation.records import find_record, list_records, read_answers, remove_record
from revsearch_tui.core.evaluation.report.listing import listed
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.api import Control
    from revsearch_tui.core.evaluation.record import Record

eval_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


class PartsChoice(Enum):
    """Which pictures are queries."""

    split = "split"
    all = "all"


class ProtocolChoice(StrEnum):
    """What is measured."""

    classify = "classify"
    neighbour = "neighbour"
    retrieve = "retrieve"
    copies = "copies"


class ExportChoice(StrEnum):
    """What an evaluation is written as."""

    md = "md"
    csv = "csv"
    latex = "latex"
    html = "html"
    json = "json"


def _complete_record(incomplete: str) -> list[str]:
    folder = Workspace().folders.evaluations
    names = sorted((each.name for each in folder.iterdir()), reverse=True) if folder.is_dir() else []
    return [name for name in names if name.startswith(incomplete) and not name.startswith(".")]


RecordArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Evaluation: its id, the beginning of it, or a name.", autocompletion=_complete_record
    ),
]
DataOptionOption = Annotated[
    list[str] | None,
    typer.Option("--data-option", metavar="NAME=VALUE", help="Option of the data set; repeatable."),
]


@eval_app.callback()
def default(ctx: typer.Context) -> None:
    """Measure how good methods are on labelled pictures, and keep, show, compare and export what was measured."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_all())


@eval_app.command()
def run(
    data: Annotated[
        str, typer.Argument(help="Labelled pictures: a folder with a folder a class, a CSV, or NAME:PATH.")
    ],
    method: MethodOption = None,
    gallery: Annotated[
        str | None,
        typer.Option("--gallery", "-g", help="Search these pictures for all of DATA, instead of dividing DATA."),
    ] = None,
    parts: Annotated[
        PartsChoice,
        typer.Option("--parts", help="split: a fixed tenth against the rest; all: each against all others."),
    ] = PartsChoice.split,
    queries: Annotated[int, typer.Option("--queries", min=0, help="Only so many queries, drawn by seed; 0: all.")] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides the split and which queries are drawn.")] = 0,
    protocol: Annotated[
        list[ProtocolChoice] | None, typer.Option("--protocol", "-p", help="What to measure; repeatable.")
    ] = None,
    fuse: Annotated[
        list[str] | None,
        typer.Option(
            "--fuse",
            metavar="A,B*0.1",
            help="Methods to fuse as well, with weights, or all; by a plugin's rule with @RULE behind; repeatable.",
        ),
    ] = None,
    option: MethodOptionsOption = None,
    model: ModelOption = None,
    data_option: DataOptionOption = None,
    gallery_option: Annotated[
        list[str] | None,
        typer.Option("--gallery-option", metavar="NAME=VALUE", help="The same of the gallery; default: those of DATA."),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Nearest pictures that vote on the class.")] = 5,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Returned pictures to keep for each query.")] = 10,
    candidates: Annotated[
        int, typer.Option("--candidates", min=0, help="Pictures a local method verifies; 0: search.candidates.")
    ] = 0,
    name: Annotated[str, typer.Option("--name", "-n", help="Name of the record; default: that of the data.")] = "",
    drop_leaks: Annotated[
        bool, typer.Option("--drop-leaks", help="Leave near-duplicates of a query out of its gallery.")
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Embed every picture anew, and keep nothing of it.")
    ] = False,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Measure methods on labelled pictures, exactly, with 95 % intervals, and keep the record."""
    from revsearch_tui.core.evaluation.request import EvalRequest

    workspace = Workspace()
    request = EvalRequest(
        data=data,
        methods=method or ([model] if model else []),
        data_options=parse_method_options(data_option),
        gallery=gallery or "",
        gallery_options=parse_method_options(gallery_option),
        parts=parts.value,
        queries=queries,
        seed=seed,
        options=parse_method_options(option),
        model=(model or "") if method else "",
        fuse=fuse or (),
        protocols=[each.value for each in protocol or []],
        k=k,
        depth=depth,
        candidates=candidates,
        name=name,
        cache=not no_cache,
        drop_leaks=drop_leaks,
    )
    from revsearch_tui.core.evaluation.run import run_evaluation

    with ProgressBar(quiet=quiet) as control:
        record = run_evaluation(workspace, request, control)
    show_record(record, form, output, quiet=quiet)
    if not quiet and record.id:
        note(f"kept as {record.id}; see more with: revsearch eval show {record.id} --per-class")
    return 0


@eval_app.command("list")
def list_all(form: FormatOption = Format.table, output: OutputOption = None) -> int:
    """All evaluations, the newest first."""
    rows = [listed(record) for record in list_records(Workspace().folders, note)]
    if not rows:
        note("nothing was measured yet; start with: revsearch eval run FOLDER -m phash")
    emit(rows, form, path_key="id", output=output)
    return 0 if rows else 1


@eval_app.command()
def show(
    record_id: RecordArgument,
    per_class: Annotated[bool, typer.Option("--per-class", help="Figures of each class too.")] = False,
    confusion: Annotated[
        str | None, typer.Option("--confusion", metavar="METHOD", help="What a method took each class for.")
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> int:
    """The figures of one evaluation with their 95 % intervals."""
    record = find_record(Workspace().folders, record_id)
    show_record(record, form, output, per_class=per_class, confusion=confusion)
    return 0


@eval_app.command()
def compare(
    record_id: RecordArgument,
    first: Annotated[str, typer.Argument(help="Method.")],
    second: Annotated[str, typer.Argument(help="Other method, of the same evaluation or that of --with.")],
    other: Annotated[
        str | None,
        typer.Option("--with", metavar="ID", help="Evaluation of the other method.", autocompletion=_complete_record),
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> int:
    """Compare two methods query by query, with a paired test."""
    from revsearch_tui.core.evaluation.compare import compare_answers

    folders = Workspace().folders
    record = find_record(folders, record_id)
    answers = read_answers(folders, record)
    theirs = read_answers(folders, find_record(folders, other)) if other else answers
    pairings = compare_answers(answers, theirs, (first, second), int(record.data.get("seed", 0)))
    compared(pairings, record, (first, second), form, output)
    return 0


@eval_app.command()
def export(
    record_id: RecordArgument,
    form: Annotated[
        ExportChoice | None, typer.Option("--format", "-f", help="Default: what the file's ending asks for, or md.")
    ] = None,
    output: OutputOption = None,
) -> int:
    """Write one evaluation as Markdown, CSV, LaTeX, JSON, or one HTML file with plots."""
    from revsearch_tui.core.evaluation.report.export import WITH_ANSWERS, export_file, export_text, form_of

    folders = Workspace().folders
    record = find_record(folders, record_id)
    wanted = form.value if form else form_of(output) if output else "md"
    answers = read_answers(folders, record) if wanted in WITH_ANSWERS else None
    if output is None:
        write_lines(export_text(record, answers, wanted))
    else:
        export_file(record, answers, output, wanted)
        note(f"wrote {output}")
    return 0


@eval_app.command()
def again(
    record_id: RecordArgument,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Embed every picture anew.")] = False,
    quiet: QuietOption = False,
) -> int:
    """Measure the same again, and tell whether every figure is the same; exit status 1 where one is not."""
    workspace = Workspace()
    record = find_record(workspace.folders, record_id)
    with ProgressBar(quiet=quiet) as control:
        now = _measured_again(workspace, record, control, no_cache=no_cache)
    if now.figures_sha256 == record.figures_sha256:
        write(f"all figures of {record.id} are the same\n")
        return 0
    from revsearch_tui.cli.eval_view import differences

    write(f"not all figures of {record.id} are the same\n")
    for line in differences(record, now):
        write_lines(f"{line}\n")
    return 1


def _measured_again(workspace: Workspace, record: Record, control: Control, *, no_cache: bool) -> Record:
    """What the same request gives now; nothing is kept."""
    from dataclasses import replace

    from revsearch_tui.core.evaluation.request import request_of

    if record.kind == "robustness":
        from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
        from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
        from revsearch_tui.core.storage.renaming import current_name

        robustness = request_of(RobustnessRequest, record.configuration)
        if robustness.collection:
            now = current_name(workspace.folders.collections, robustness.collection)
            robustness = replace(robustness, collection=now)
        return run_robustness(workspace, robustness, control, note, keep=False)
    from revsearch_tui.core.evaluation.request import EvalRequest
    from revsearch_tui.core.evaluation.run import measure

    request = request_of(EvalRequest, record.configuration)
    return measure(workspace, replace(request, cache=request.cache and not no_cache), control)[0]


@eval_app.command()
def remove(
    record_id: RecordArgument, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> int:
    """Delete one evaluation."""
    folders = Workspace().folders
    record = find_record(folders, record_id)
    if not yes and not confirm(f"Delete the evaluation '{record.id}'?"):
        note("nothing was deleted")
        return 1
    remove_record(folders, record)
    note(f"deleted the evaluation '{record.id}'")
    return 0
