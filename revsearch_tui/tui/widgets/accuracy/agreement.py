"""Where two methods agree: counts, the test between them, and the queries as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from revsearch_tui.core.evaluation.record import Answers, MethodAnswers, Protocol, Record
from revsearch_tui.core.evaluation.report.figure_text import difference_text, metric_title, p_text
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.accuracy.answers import Agreement, answer_text, is_right
from revsearch_tui.tui.widgets.accuracy.standing import LEVEL, comparison
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row

VIEWS = ("disagree", "only first", "only second", "both wrong", "both right")


def queries_of(found: Agreement, view: str) -> list[int]:
    """The queries of one of `VIEWS`."""
    return {
        "disagree": sorted([*found.only_first, *found.only_second]),
        "only first": found.only_first,
        "only second": found.only_second,
        "both wrong": found.neither,
        "both right": found.both,
    }[view]


def agreement_content(record: Record, protocol: Protocol, first: str, second: str, found: Agreement) -> Content:
    """Counts of right and wrong answers, and the difference of the main figure with its test."""
    total = max(1, sum(len(queries) for queries in found))
    counts = (
        ("both right", found.both, "$text-success"),
        (f"only {shown(first)}", found.only_first, "$text"),
        (f"only {shown(second)}", found.only_second, "$text"),
        ("both wrong", found.neither, "$text-error"),
    )
    parts: list[tuple[str, str] | str] = []
    for name, queries, style in counts:
        parts += ["  " if parts else "", (f"{name} ", "$foreground-muted"), (f"{len(queries):,}", f"{style} bold")]
        parts.append((f" ({100 * len(queries) / total:.0f}%)", "$foreground-muted"))
    tested = comparison(record.comparisons, protocol, first, second)
    if tested is not None:
        main = next((each.main for each in record.outcomes if each.protocol == protocol), "accuracy")
        is_sure = tested.p_corrected < LEVEL
        told = f"{'significant' if is_sure else 'not significant'}, p {_equals(p_text(tested.p_corrected))}"
        parts += [
            "\n",
            (f"{shown(tested.first)} − {shown(tested.second)}: ", "$foreground-muted"),
            (difference_text(main, tested.difference), "bold"),
            (f" {metric_title(main)} · ", "$foreground-muted"),
            (told, "$text-success" if is_sure else "$text-warning"),
            (" (Holm)", "$foreground-muted"),
        ]
    return Content.assemble(*parts)


def query_table(
    answers: Answers, given: Sequence[MethodAnswers], queries: Sequence[int], with_file: bool
) -> tuple[list[Column], list[Row]]:
    """Queries with what two methods made of them, and the file's name where there is room."""
    columns = [Column("class", "class", most=16)]
    columns += [
        Column(place, shown(each.method), most=22) for place, each in zip(("first", "second"), given, strict=False)
    ]
    if with_file:
        columns.append(Column("file", "file", most=30))
    rows = []
    for query in queries:
        picture = answers.queries[query]
        name = Path(picture.path).name
        cells = [Cell(picture.label, picture.label)]
        for each in given:
            right = is_right(each, query)
            text = answer_text(answers, each, query)
            cells.append(Cell(f"{'✓' if right else '✗'} {text}", text, "good" if right else "bad"))
        rows.append(Row(str(query), [*cells, Cell(name, name, "faint")] if with_file else cells))
    return columns, rows


def _equals(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"
