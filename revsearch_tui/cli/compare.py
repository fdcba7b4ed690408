"""`revsearch compare`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import (
    FormatOption,
    MethodOption,
    MethodOptionsOption,
    ModelOption,
    OutputOption,
    QuietOption,
    RegionOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.search.explanation_values import score_values
from revsearch_tui.core.search.pair import SAME, PairResult, PairScore, compare_pair
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import fetch_limits
from revsearch_tui.core.workspace import Workspace

FirstArgument = Annotated[str, typer.Argument(help="Picture: a file, a URL, or - for standard input.")]
SecondArgument = Annotated[str, typer.Argument(help="The other picture.")]
FirstTurnedOption = Annotated[
    bool, typer.Option("--any-orientation", help="Try the first turned and mirrored in all eight ways.")
]

compare_app = typer.Typer(add_completion=False, rich_markup_mode=None)

_COLUMNS = ("method", "score", "raw", "unit", "verified", "inliers", "class_1", "class_2", "orientation")
_PIXELS = "pixels"


@compare_app.command()
def compare(
    first: FirstArgument,
    second: SecondArgument,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    region: RegionOption = None,
    any_orientation: FirstTurnedOption = False,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Tell how alike two pictures are; no collection is needed. The exit code is 0 where they show the same, else 1."""
    if form is Format.paths:
        raise UsageError("comparing has no paths to give; use the format table, json, jsonl or csv")
    if first == second == "-":
        raise UsageError("standard input can be one picture only; give '-' once")
    workspace = Workspace()
    specs = method or ([model] if model else [])
    choices = workspace.choose_to_compare(
        specs,
        model=model if method else None,
        options=parse_method_options(option, region),
        note=lambda line: None if quiet else note(line),
    )
    limits = fetch_limits(workspace)
    with ProgressBar(quiet=quiet) as control:
        with control.ending_at_once():
            one, other = read_query(first, limits), read_query(second, limits)
        result = compare_pair(
            one,
            other,
            choices,
            workspace.registry.readers(),
            control,
            any_orientation=any_orientation,
            named=bool(specs),
            note=lambda line: None if quiet else note(line),
            timeout_s=workspace.config.real("index.method_timeout_s"),
        )
    _show(first, second, result, form, output)
    if not quiet:
        note(f"{result.tier}: {result.why}")
    return 0 if result.tier in SAME else 1


def _show(first: str, second: str, result: PairResult, form: Format, output: Any) -> None:
    pixels = PairScore(
        _PIXELS, max(0.0, result.pixels.correlation), result.pixels.mean, "of 255", orientation=result.orientation
    )
    rows = [score_values(score) for score in (pixels, *result.scores)]
    columns: tuple[str, ...] = ("tier", *_COLUMNS)
    if form is Format.table:
        columns = tuple(name for name in _COLUMNS if any(row[name] not in (None, "") for row in rows))
    document = {"first": first, "second": second, "tier": result.tier, "why": result.why, "methods": rows}
    named = [{"first": first, "second": second, "tier": result.tier, **row} for row in rows]
    emit(named, form, columns=columns, output=output, document=document)
