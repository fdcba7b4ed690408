"""`revsearch explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.compare import FirstArgument, FirstTurnedOption, SecondArgument
from revsearch_tui.cli.console import note, printable
from revsearch_tui.cli.options import (
    CollectionOption,
    FormatOption,
    MethodOption,
    MethodOptionsOption,
    ModelOption,
    QuietOption,
    RegionOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.base.files import new_file
from revsearch_tui.core.search.explaining import Explained, explain_pair, explaining, verdict
from revsearch_tui.core.search.explanation_values import explanation_values, shown_values, told_and_silent
from revsearch_tui.core.search.explanation_words import figure, sentences
from revsearch_tui.core.search.pair import PairResult
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import fetch_limits
from revsearch_tui.core.workspace import Workspace

explain_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@explain_app.command()
def explain(
    first: FirstArgument,
    second: SecondArgument,
    collection: CollectionOption = None,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    region: RegionOption = None,
    any_orientation: FirstTurnedOption = False,
    crop: Annotated[
        str | None, typer.Option("--crop", help="Part of the first picture: x,y,w,h in pixels or percent.")
    ] = None,
    form: FormatOption = Format.table,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.png", help="Draw it into a PNG file.")
    ] = None,
    quiet: QuietOption = False,
) -> int:
    """Show why two pictures match: what agrees, where, and how much. The exit code is 1 where nothing speaks for it."""
    _check(first, second, form, output)
    workspace = Workspace()
    specs = method or ([model] if model else [])
    given = parse_method_options(option, region)
    only = model if method else None

    def told(line: str) -> None:
        if not quiet:
            note(line)

    if collection is None:
        choices = workspace.choose_to_compare(specs, model=only, options=given, note=told)
    else:
        indexed = workspace.collection(collection)
        choices = workspace.choose_to_search(indexed, specs, model=only, options=given, note=told)
    choices = explaining(choices, named=bool(specs))
    limits = fetch_limits(workspace)
    parts: list[Explained] = []
    with ProgressBar(quiet=quiet) as control:
        with control.ending_at_once():
            one, other = read_query(first, limits), read_query(second, limits)
        result = explain_pair(
            one,
            other,
            choices,
            workspace.registry.readers(),
            control,
            any_orientation=any_orientation,
            crop=crop,
            named=bool(specs),
            note=told,
            told=parts.append,
            timeout_s=workspace.config.real("index.method_timeout_s"),
        )
    shown, silent = told_and_silent(parts, named=bool(specs))
    if output is not None and shown:
        _draw(output, shown, (first, second), verdict(result, parts))
    if output is None or form is not Format.table:
        _emit(first, second, result, shown, silent, form)
    if not quiet:
        if output is not None and not shown:
            note(f"nothing was drawn: no method has anything to say for the two ({', '.join(silent)})")
        note(verdict(result, parts))
    return 0 if any(each.says_something for each in parts) else 1


def _check(first: str, second: str, form: Format, output: Path | None) -> None:
    if form not in (Format.table, Format.json):
        raise UsageError(f"an explanation is no list, so not {form.value}; use the format table or json")
    if first == second == "-":
        raise UsageError("standard input can be one picture only; give '-' once")
    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"'{output}' is no name of a PNG file; give -o one that ends with .png")


def _draw(output: Path, shown: list[Explained], names: tuple[str, str], said: str) -> None:
    from revsearch_tui.core.search.explanation_drawing import page

    picture = page(shown, names, said)
    with new_file(output) as file:
        picture.save(file, "PNG")


def _emit(first: str, second: str, result: PairResult, shown: list[Explained], silent: list[str], form: Format) -> None:
    document = explanation_values((first, second), result, shown, silent)
    emit(shown_values(shown), form, document=document, table=_text(shown, silent))


def _text(shown: list[Explained], silent: list[str]) -> str:
    lines = []
    for each in shown:
        lines.append(each.score.method + (f" ({each.score.orientation})" if each.score.orientation else ""))
        lines += [f"  {sentence}" for sentence in sentences(each)]
        drawn = figure(each.data)
        lines += ["", *(f"    {line}".rstrip() for line in drawn)] if drawn else []
        lines.append("")
    if silent:
        lines.append(f"nothing to say: {', '.join(silent)}")
    return "\n".join(printable(line) for line in lines).rstrip() + "\n"
