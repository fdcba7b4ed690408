"""`revsearch robustness`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import (
    CollectionOption,
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
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.record import Record

robustness_app = typer.Typer(add_completion=False, rich_markup_mode=None)

_CSV_COLUMNS = ("transformation", "strength", "method", "recall@1", "low", "high", "queries")


@robustness_app.command()
def robustness(
    collection: CollectionOption = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", "-d", help="Folder of pictures instead of a collection; repeatable."),
    ] = None,
    distractors: Annotated[
        list[Path] | None,
        typer.Option("--distractors", help="Folder of more pictures to search among; repeatable."),
    ] = None,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    transform: Annotated[
        list[str] | None,
        typer.Option(
            "--transform",
            "-t",
            metavar="NAME[=V1,V2]",
            help="Only these changes, at these strengths; repeatable. Everyday ones, which are made without it: crop, "
            "rotation, mirror, flip, scale, jpeg, blur, noise, brightness, contrast, hue, grey, text, sticker, border, "
            "screenshot, perspective. Hard ones: screen, collage, page, story, caption, watermark, emoji, invert, "
            "mirror-crop, turn-crop, thumbnail, tiny. 'hard' stands for these with crops to 10 and 5 % of the area and "
            "turns by 180 degrees, 'all' for everything.",
        ),
    ] = None,
    sample: Annotated[int, typer.Option("--sample", help="Pictures to make copies of.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides which pictures, and all that is random.")] = 0,
    any_orientation: Annotated[
        bool, typer.Option("--any-orientation", help="Measure each method with the query in all eight ways too.")
    ] = False,
    fuse: Annotated[
        list[str] | None,
        typer.Option(
            "--fuse",
            metavar="A,B*0.1",
            help="Methods to fuse by their ranks, with weights, or all; by a plugin's rule with @RULE behind; "
            "repeatable. A row 'default' tells what a "
            "search by all of them finds, as it ranks without being told how.",
        ),
    ] = None,
    wrong_rate: Annotated[
        float,
        typer.Option(
            "--wrong-rate",
            help="What you accept: of queries without a copy in the gallery, at most this share is shown anything at "
            "or above an advised score.",
        ),
    ] = 0.01,
    candidates: Annotated[
        int | None, typer.Option("--candidates", min=1, max=10_000, help="Pictures a local method verifies.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the record.")] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Change copies of your pictures and see which methods still find the originals. Needs no labels.

    It also advises from which score on hits are copies; `search --copies` goes by that. The advice is a promise about
    whole searches: of those for a picture that you do not have, hardly any (`--wrong-rate`) shows anything.
    """
    from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest

    if form is Format.paths:
        raise UsageError("this command has no paths to give; use the format table, json, jsonl or csv")
    request = RobustnessRequest(
        collection=collection or "",
        data=[str(folder) for folder in data or []],
        distractors=[str(folder) for folder in distractors or []],
        methods=method or ([model] if model else []),
        model=(model or "") if method else "",
        options=parse_method_options(option),
        transformations=transform or [],
        sample=sample,
        seed=seed,
        any_orientation=any_orientation,
        fuse=fuse or [],
        wrong_rate=wrong_rate,
        candidates=candidates or 0,
        name=name or "",
    )
    say = (lambda _line: None) if quiet else note
    from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness

    with ProgressBar(quiet=quiet) as control:
        record = run_robustness(Workspace(), request, control, say)
    _show(record, form, output)
    for line in _summary(record):
        say(line)
    return 0


def _show(record: Record, form: Format, output: Path | None) -> None:
    if form is Format.table:
        emit(_table(record), form, output=output)
        return
    rows = [
        {
            "transformation": cell.transformation,
            "strength": cell.strength,
            "method": cell.method,
            "recall@1": cell.recall.value,
            "low": cell.recall.low,
            "high": cell.recall.high,
            "queries": cell.queries,
        }
        for cell in record.robustness
    ]
    document = None
    if form is Format.json:
        from revsearch_tui.core.evaluation.codec import to_json

        document = to_json(record)
    emit(rows, form, columns=_CSV_COLUMNS, output=output, document=document)


def _table(record: Record) -> list[dict[str, Any]]:
    """A line for each change, a column for each method, and the mean of all as the last line."""
    from revsearch_tui.core.evaluation.record import change_label

    rows: dict[str, dict[str, Any]] = {}
    for cell in record.robustness:
        label = change_label(cell.transformation, cell.strength)
        rows.setdefault(label, {"copy": label})[cell.method] = cell.recall.value
    means = {outcome.method: outcome.metrics[outcome.main].value for outcome in record.outcomes}
    return [*rows.values(), {"copy": "mean", **means}]


def _summary(record: Record) -> list[str]:
    from revsearch_tui.core.evaluation.report.figure_text import percent_text
    from revsearch_tui.core.evaluation.robustness.advice import describe

    cells = len({(cell.transformation, cell.strength) for cell in record.robustness})
    best = next(outcome for outcome in record.outcomes if outcome.method == record.recommended)
    figure = best.metrics[best.main]
    lines = [
        f"recall@1 of {record.queries // cells:,} originals among {record.gallery:,} pictures, {cells} kinds of copies",
        f"recommended: {record.recommended}, mean {figure.value:.4f} "
        f"(95 % interval {figure.low:.4f} to {figure.high:.4f})",
    ]
    lines += [
        f"{describe(advice)}; {percent_text(advice.measured_wrong_rate)} of pairs of different pictures pass"
        for advice in record.advice
    ]
    return [*lines, *record.notes, *([f"kept as {record.id}"] if record.id else [])]
