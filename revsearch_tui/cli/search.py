"""`revsearch search`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import error_line, note, write
from revsearch_tui.cli.options import (
    CollectionOption,
    FormatOption,
    MethodOption,
    MethodOptionsOption,
    ModelOption,
    NulOption,
    OutputOption,
    QuietOption,
    RegionOption,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.search.results import FUSIONS, Hit, SearchResult
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.collections import Collection
    from revsearch_tui.core.evaluation.record import ThresholdAdvice
    from revsearch_tui.core.methods import MethodChoice

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_COLUMNS = ("rank", "score", "raw", "unit", "verified", "class", "confidence", "search", "path")
_CSV_COLUMNS = ("query", "method", *_COLUMNS[:-1], "orientation", "file", "missing", "path")


@app.command()
def search(
    queries: Annotated[list[str], typer.Argument(help="Pictures: files, URLs, or - for standard input.")],
    collection: CollectionOption = None,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    region: RegionOption = None,
    k: Annotated[int | None, typer.Option("-k", "--top", min=1, max=10_000, help="Hits to give.")] = None,
    min_score: Annotated[float | None, typer.Option("--min-score", help="Leave out hits below this score.")] = None,
    copies: Annotated[
        bool, typer.Option("--copies", help="Only hits that are copies, by the threshold `robustness` advised.")
    ] = False,
    crop: Annotated[str | None, typer.Option("--crop", help="Part of the query: x,y,w,h in pixels or percent.")] = None,
    any_orientation: Annotated[
        bool, typer.Option("--any-orientation", help="Try the query turned and mirrored in all eight ways.")
    ] = False,
    fusion: Annotated[
        str | None,
        typer.Option("--fusion", metavar="RULE", help="How methods are fused: ranks, or verified (those hits first)."),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="METHOD=NUMBER", help="What a method counts in a fusion; 1 where not given."),
    ] = None,
    under: Annotated[
        list[Path] | None, typer.Option("--under", help="Only pictures below this folder; repeatable.")
    ] = None,
    glob: Annotated[
        list[str] | None,
        typer.Option("--glob", help="Only file names like this shell pattern; with a slash, whole paths; repeatable."),
    ] = None,
    exact: Annotated[
        bool | None, typer.Option("--exact/--approximate", help="Search every embedding, or ChromaDB's index.")
    ] = None,
    candidates: Annotated[
        int | None, typer.Option("--candidates", min=1, max=10_000, help="Pictures a local method verifies.")
    ] = None,
    form: FormatOption = Format.table,
    nul: NulOption = False,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Find the pictures like a query. Several methods are fused into one ranking."""
    from revsearch_tui.core.robustness.advice import describe, only_copies

    if fusion is not None and fusion not in FUSIONS:
        raise UsageError(f"there is no rule of fusion '{fusion}'; there are: {', '.join(FUSIONS)}")
    if queries.count("-") > 1:
        raise UsageError("standard input can be one query only; give '-' once")
    workspace = Workspace()
    home = workspace.collection(collection)
    say = (lambda _line: None) if quiet else note
    specs = method or ([model] if model else [])
    choices = workspace.choose_to_search(
        home, specs, model=model if method else None, options=parse_method_options(option, region), note=say
    )
    advice = _advice(home, choices, any_orientation, copies)
    request = workspace.request(
        choices,
        k=k,
        min_score=min_score,
        crop=crop,
        any_orientation=any_orientation,
        under=under or None,
        glob=glob or None,
        exactness=None if exact is None else "exact" if exact else "approximate",
        candidates=candidates,
        fusion=fusion,
        weights=_weights(weight or [], [choice.label for choice in choices]),
        named=bool(specs),
    )
    limits = workspace.fetch_limits()
    results: list[SearchResult] = []
    problems: list[UsageError] = []
    with ProgressBar(quiet=quiet) as control:
        engine = workspace.engine(home, control, say)
        try:
            for done, query in enumerate(queries, start=1):
                try:
                    results += engine.search([engine.read(query, limits, control)], request)
                except UsageError as error:
                    problems.append(error)
                control.progress(done, len(queries), "searching")
        finally:
            engine.close()
    if not results:
        raise problems[0]
    for line in dict.fromkeys(line for result in results for line in result.notes):
        say(line)
    if copies and advice is not None:
        results = [only_copies(result, advice) for result in results]
    if form is Format.table and not nul:
        for result in results:
            for told in result.query_classes:
                say(f"{result.query}: {told.label}, confidence {told.confidence:.2f} ({told.method})")
        if advice is not None:
            say(describe(advice))
    _show(results, form, nul, output)
    for problem in problems:
        error_line(str(problem))
    return problems[0].exit_code if problems else 0 if any(result.hits for result in results) else 1


def _advice(
    home: Collection, choices: Sequence[MethodChoice], any_orientation: bool, needed: bool
) -> ThresholdAdvice | None:
    """What was measured of a single method on this collection. Raises `UsageError` where it is needed and missing."""
    from revsearch_tui.core.robustness.advice import advice_for

    if needed and len(choices) > 1:
        raise UsageError("--copies goes by one method's threshold; name the method with -m")
    advice = advice_for(home, choices[0], any_orientation) if len(choices) == 1 else None
    if needed and advice is None:
        ways = " --any-orientation" if any_orientation else ""
        raise UsageError(
            f"no threshold for copies was measured yet for '{choices[0].label}' with these options; "
            f"run: revsearch robustness -c {home.name} -m {choices[0].label}{ways}"
        )
    return advice


def _show(results: list[SearchResult], form: Format, nul: bool, output: Path | None) -> None:
    if form is Format.table and not nul and output is None and len(results) > 1:
        for number, result in enumerate(results):
            note(f"{result.query}: {len(result.hits)} hits")
            write("\n" if number else "")
            emit([_table_row(result, hit) for hit in result.hits], form, columns=_columns(result.hits))
        return
    pairs = [(result, hit) for result in results for hit in result.hits]
    if nul or form in (Format.csv, Format.paths):
        rows = [row for result, hit in pairs for row in _file_rows(result, hit)]
    else:
        rows = [(_table_row if form is Format.table else _row)(result, hit) for result, hit in pairs]
    columns = _CSV_COLUMNS if form is Format.csv else _columns([hit for result in results for hit in result.hits])
    if len(results) > 1 and form is Format.table:
        columns = ("query", *columns)
    emit(rows, form, columns=columns, nul=nul, output=output, document=[_document(result) for result in results])


def _columns(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The columns of a table for people: those that tell something."""
    columns: tuple[str, ...] = _COLUMNS
    if all(hit.verified is None for hit in hits):
        columns = tuple(name for name in columns if name != "verified")
    if not any(hit.label for hit in hits):
        columns = tuple(name for name in columns if name not in ("class", "confidence"))
    if any(hit.orientation for hit in hits):
        columns = (*columns[:-1], "orientation", "path")
    return columns


def _row(result: SearchResult, hit: Hit) -> dict[str, Any]:
    row: dict[str, Any] = {
        "query": result.query,
        "method": hit.method,
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "raw": round(hit.raw, 6),
        "unit": hit.unit,
        "verified": hit.verified,
        "class": hit.label or None,
        "confidence": None if hit.confidence is None else round(hit.confidence, 4),
        "search": "exact" if hit.exact else "approximate",
        "path": str(hit.path),
        "copies": [str(path) for path in hit.copies],
        "links": [str(path) for path in hit.links],
        "missing": [str(path) for path in hit.missing],
        "image_id": hit.image_id,
        "width": hit.width,
        "height": hit.height,
        "orientation": hit.orientation,
    }
    if hit.fused:
        row["methods"] = {part.method: {"rank": part.rank, "score": round(part.score, 6)} for part in hit.fused}
    return row


def _table_row(result: SearchResult, hit: Hit) -> dict[str, Any]:
    """A row whose path says as well whether it is there, and how many more there are."""
    told = " (missing)" if hit.path in hit.missing else ""
    told += f" +{len(hit.copies)} more" if hit.copies else ""
    told += f" +{len(hit.links)} linked" if hit.links else ""
    return {**_row(result, hit), "path": f"{hit.path}{told}"}


def _file_rows(result: SearchResult, hit: Hit) -> list[dict[str, Any]]:
    """A row for each of the hit's files."""
    row = _row(result, hit)
    return [
        {
            **row,
            "path": str(path),
            "file": "link" if path in hit.links else "copy" if number else "first",
            "missing": path in hit.missing,
        }
        for number, path in enumerate(hit.paths)
    ]


def _document(result: SearchResult) -> dict[str, Any]:
    return {
        "query": result.query,
        "method": result.method,
        "gallery": result.gallery,
        "seconds": round(result.seconds, 4),
        "query_classes": [
            {"method": told.method, "class": told.label, "confidence": round(told.confidence, 4)}
            for told in result.query_classes
        ],
        "hits": [{name: value for name, value in _row(result, hit).items() if name != "query"} for hit in result.hits],
    }


def _weights(given: Sequence[str], labels: Sequence[str]) -> dict[str, float]:
    """Method -> weight. Raises `UsageError`."""
    from revsearch_tui.core.search.fusion_names import weight_of

    found = {}
    for text in given:
        label, _, number = text.rpartition("=")
        weight = weight_of(number)
        if weight is None:
            raise UsageError(f"'{text}' is no weight; give METHOD=NUMBER with a number above 0, as in sift=0.1")
        if label not in labels:
            raise UsageError(f"'{label}' cannot be weighed, for it is not among the methods: {', '.join(labels)}")
        found[label] = weight
    return found
