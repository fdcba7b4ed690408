"""`revsearch search`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from revsearch_tui.api import QueryHits, UsageError
from revsearch_tui.cli.console import error_line, note, stdout_is_terminal
from revsearch_tui.cli.doing import DoOption, asked_actions, do_all
from revsearch_tui.cli.folder_search import folder_to_search, search_folder
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
    complete_fusion,
    parse_method_options,
)
from revsearch_tui.cli.output import Format, streamed
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.cli.search_view import ONLY_ALIKE, Notes, add_result
from revsearch_tui.cli.word_queries import asked_questions, said_of_words
from revsearch_tui.core.search.question import Question, feedback, read_question
from revsearch_tui.core.search.result_actions import query_hits
from revsearch_tui.core.search.results import SearchRequest, SearchResult
from revsearch_tui.core.search.start_search import fetch_limits, open_engine, search_request
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.record import ThresholdAdvice
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.search.sources import FetchLimits
    from revsearch_tui.core.storage.collections import Collection

_NO_COPIES_OF_WORDS = "--copies goes by how alike pictures are, which words cannot tell; leave out one of both"

search_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@search_app.command()
def search(
    queries: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pictures: files, URLs, or - for standard input; words in quotes; or several with + and - between "
            "them: 'a.jpg + \"at night\" - b.jpg'; and, last, a folder to search."
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="WORDS", help="Search for words; with pictures, for each together with them."),
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option("--like", metavar="PICTURE", help="A hit that is right: rank anew, towards it; repeatable."),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option("--unlike", metavar="PICTURE", help="A hit that is wrong: rank anew, away from it; repeatable."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Search for all that a file, or - for standard input, lists: a name a line, or each ended by NUL.",
        ),
    ] = None,
    collection: CollectionOption = None,
    method: MethodOption = None,
    model: ModelOption = None,
    option: MethodOptionsOption = None,
    region: RegionOption = None,
    k: Annotated[int | None, typer.Option("-k", "--top", min=1, max=10_000, help="Hits to give.")] = None,
    min_score: Annotated[float | None, typer.Option("--min-score", help="Leave out hits below this score.")] = None,
    copies: Annotated[
        bool,
        typer.Option(
            "--copies", help="Only hits that are the same picture, by the score `robustness` advised if it was run."
        ),
    ] = False,
    crop: Annotated[str | None, typer.Option("--crop", help="Part of the query: x,y,w,h in pixels or percent.")] = None,
    any_orientation: Annotated[
        bool, typer.Option("--any-orientation", help="Try the query turned and mirrored in all eight ways.")
    ] = False,
    fusion: Annotated[
        str | None,
        typer.Option(
            "--fusion",
            metavar="RULE",
            help="How methods make one ranking: evidence (what scores are worth; the default), ranks, verified, or the "
            "rule of a plugin.",
            autocompletion=complete_fusion,
        ),
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
    do: DoOption = None,
    form: FormatOption = Format.table,
    nul: NulOption = False,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Find the pictures like a query. Several methods are fused into one ranking.

    With a folder as the last argument the pictures in it are searched, and indexed first where they are not.
    """
    given = dict(locals())
    from revsearch_tui.core.evaluation.robustness.advice import describe, only_copies
    from revsearch_tui.core.images.crop import parse_crop
    from revsearch_tui.core.search.fusion_rules import fusion_named

    if not queries and source is None and text is None:
        raise UsageError(
            "give the pictures to search for: files, URLs, - for standard input, or a list with --from; or words with "
            "--text"
        )
    if [*(queries or []), source, *(like or []), *(unlike or [])].count("-") > 1:
        raise UsageError("standard input can be one query only, or the list of --from; give '-' once")
    if crop is not None:
        parse_crop(crop)
    if copies and text is not None:
        raise UsageError(_NO_COPIES_OF_WORDS)
    if copies and (like or unlike):
        raise UsageError("--copies finds the same picture, --like and --unlike others of its kind; leave out one")
    workspace = Workspace()
    asked = asked_actions(workspace, do)
    rule = fusion_named(workspace.registry, fusion) if fusion is not None else None
    if folder := folder_to_search(queries or [], source, text):
        return search_folder(folder, given, search)
    home = workspace.collection(collection)
    bar = ProgressBar(quiet=quiet)
    say = bar.note
    specs = method or ([model] if model else [])
    choices = workspace.choose_to_search(
        home, specs, model=model if method else None, options=parse_method_options(option, region), note=say
    )
    by_evidence = fusion in (None, "evidence") and not weight
    advice = _advice(home, choices, any_orientation, by_evidence, copies)
    request = search_request(
        workspace,
        choices,
        k=k,
        min_score=min_score,
        crop=crop,
        any_orientation=any_orientation,
        under=under or None,
        glob=glob or None,
        exactness=None if exact is None else "exact" if exact else "approximate",
        candidates=candidates,
        fusion=rule,
        weights=_weights(weight or [], [choice.label for choice in choices]),
        named=bool(specs),
    )
    judged = feedback([*(like or ())], [*(unlike or ())])
    questions, total = asked_questions(queries or (), source, text, judged)
    is_table, notes = form is Format.table and not nul, Notes(say)
    answered, found, status = 0, False, 0
    to_do: list[QueryHits] = []
    with bar as control, streamed(form, nul=nul, output=output) as stream:
        engine = open_engine(workspace, home, control, say, wanted=choices)
        try:
            for outcome in _answers(engine, questions, request, fetch_limits(workspace), control, total, copies):
                if isinstance(outcome, UsageError):
                    bar.clear()
                    error_line(str(outcome))
                    status = status or outcome.exit_code
                    continue
                result = only_copies(outcome, advice) if copies else outcome
                notes.add(result.notes)
                if is_table:
                    for told in result.likely_classes:
                        sure = f", confidence {told.confidence:.2f}" if told.confidence is not None else ""
                        say(f"{result.query}: {told.label}{sure} ({told.method})")
                    if result.only_alike:
                        say(f"{result.query}: {ONLY_ALIKE}")
                    for line in said_of_words(result):
                        say(line)
                    if advice is not None and not answered and text is None:
                        say(describe(advice))
                if stdout_is_terminal():
                    bar.clear()
                if is_table and output is None and total != 1:
                    note(f"{result.query}: {len(result.hits)} hit{'' if len(result.hits) == 1 else 's'}")
                add_result(stream, result, names_query=output is not None and total != 1)
                answered, found = answered + 1, found or bool(result.hits)
                if asked:
                    to_do.append(query_hits(result))
        finally:
            engine.close()
        notes.close()
        if status and not answered:
            raise typer.Exit(status)  # within, so that no file is written
    if not answered and not status:
        say("the list names no pictures")
    status = status or do_all(workspace, asked, to_do, quiet=quiet)
    return status or (0 if found else 1)


def _answers(
    engine: SearchEngine,
    questions: Iterator[Question | UsageError],
    request: SearchRequest,
    limits: FetchLimits,
    control: ProgressBar,
    total: int | None,
    copies: bool,
) -> Iterator[SearchResult | UsageError]:
    """The answer to each query, or why there is none."""
    from revsearch_tui.core.search.word_search import search_any

    for done in count(1):
        with control.ending_at_once():  # whoever gives names or pictures may have us wait
            question = next(questions, None)
        if question is None:
            return
        outcome: SearchResult | UsageError
        try:
            if isinstance(question, UsageError):
                raise question
            if copies and (len(question) > 1 or question[0].text):
                raise UsageError(_NO_COPIES_OF_WORDS)
            with control.ending_at_once():
                query = read_question(question, lambda source: engine.read(source, limits, control))
            outcome = search_any(engine, query, request)
        except UsageError as error:
            outcome = error
        yield outcome
        control.progress(done, total, "searching")


def _advice(
    home: Collection, choices: Sequence[MethodChoice], any_orientation: bool, by_evidence: bool, needed: bool
) -> ThresholdAdvice | None:
    """What was measured on this collection of a single method, or of several as a search that names no rule ranks by
    them. Raises `UsageError` where it is needed and missing."""
    from revsearch_tui.core.evaluation.robustness.advice import advice_for, advice_for_copies

    if len(choices) > 1 and not by_evidence:
        if needed:
            raise UsageError(
                "--copies does not go with --fusion or --weight; leave these out, or name one method with -m"
            )
        return None
    return (advice_for_copies if needed else advice_for)(home, choices, any_orientation)


def _weights(given: Sequence[str], labels: Sequence[str]) -> dict[str, float]:
    """Method -> weight. Raises `UsageError`."""
    from revsearch_tui.core.search.fusion import weight_of

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
