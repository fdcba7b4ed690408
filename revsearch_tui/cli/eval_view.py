"""What `revsearch eval` prints of records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import data as standard_output
from revsearch_tui.cli.console import held, note, printable
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.report.figure_text import difference_text, estimate_text, figure_text, p_text
from revsearch_tui.core.evaluation.report.tables import (
    Table,
    class_tables,
    comparison_table,
    confusion_tables,
    figure_tables,
    finding_table,
    robustness_tables,
)

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.compare import Pairing


_FEW = 5
"""Findings of a kind that are printed; an export has more."""


def show_record(
    record: Record,
    form: Format,
    output: Path | None,
    *,
    per_class: bool = False,
    confusion: str | None = None,
    quiet: bool = False,
) -> None:
    """Print the figures: tables for people, everything as JSON, a figure a line as CSV. Raises `UsageError`."""
    from revsearch_tui.core.evaluation.codec import to_json
    from revsearch_tui.core.evaluation.report.text import figure_rows

    tables = [*figure_tables(record), *comparison_table(record), *robustness_tables(record)]
    tables += finding_table(record, _FEW)
    tables += class_tables(record) if per_class else []
    tables += confusion_tables(record, confusion) if confusion else []
    if form is Format.paths:
        raise UsageError("an evaluation has no paths to give; use the format table, json, jsonl or csv")
    rows = figure_rows(record) if form in (Format.csv, Format.jsonl) else []
    if not per_class:
        rows = [row for row in rows if not row["class"]]
    emit(rows, form, output=output, document=to_json(record), table=tables_text(tables, output is not None))
    if not quiet:
        note(f"{record.queries:,} queries, a gallery of {record.gallery:,}; shares in percent, with 95 % intervals")
        for line in record.notes:
            note(f"note: {line}")


def tables_text(tables: Sequence[Table], to_file: bool) -> str:
    """Tables under their titles, in columns."""
    stream = None if to_file else standard_output()
    return "\n".join(f"{printable(table.title)}\n{_aligned(table, stream)}" for table in tables)


def _aligned(table: Table, stream: TextIO | None) -> str:
    lines = [[held(printable(cell), stream) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.columns))]
    text = ""
    for line in lines:
        cells = [
            cell.ljust(width) if column < table.names else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text += "  ".join(cells).rstrip() + "\n"
    return text


def compared(
    pairings: Sequence[Pairing], record: Record, methods: tuple[str, str], form: Format, output: Path | None
) -> None:
    """Print how two methods compare."""
    from revsearch_tui.core.evaluation.codec import to_json

    first, second = methods
    mains = {each.protocol: each.main for each in record.outcomes}
    columns = [first, second, "difference", "p", "both right", f"only {first}", f"only {second}", "neither", "queries"]
    rows = []
    for each in pairings:
        main = mains.get(each.protocol, "accuracy")
        figures = [figure_text(main, each.first), figure_text(main, each.second)]
        counts = (each.both, each.only_first, each.only_second, each.neither, each.queries)
        rows.append(
            [
                each.protocol,
                *figures,
                difference_text(main, each.difference),
                p_text(each.p),
                *map("{:,}".format, counts),
            ]
        )
    tables = [Table(f"{first} against {second}", ["protocol", *columns], rows)]
    for each in pairings:
        examples = [[path, f"{one:.3f}", f"{other:.3f}"] for path, one, other in each.examples]
        if examples:
            tables.append(Table(f"{each.protocol}: where they differ most", ["picture", first, second], examples))
    plain = [{name: value for name, value in to_json(each).items() if name != "examples"} for each in pairings]
    flat = [
        {**row, "difference": each.difference.value, "low": each.difference.low, "high": each.difference.high}
        for row, each in zip(plain, pairings, strict=True)
    ]
    emit(
        flat,
        form,
        path_key="protocol",
        output=output,
        document=to_json(pairings),
        table=tables_text(tables, output is not None),
    )


def differences(before: Record, now: Record) -> list[str]:
    """What is not the same in two records of one request, the first few figures of it."""
    keys = [
        {each["label"]: each["key"] for each in record.configuration.get("choices", ())} for record in (before, now)
    ]
    lines = [
        f"'{label}' has changed since: its options, version or model are others"
        for label, key in keys[1].items()
        if keys[0].get(label) not in (None, key)
    ]
    if before.data.get("sha256") != now.data.get("sha256"):
        lines.append("the pictures are others than before")
    old = {(each.protocol, each.method): each for each in before.outcomes}
    for each in now.outcomes:
        earlier = old.get((each.protocol, each.method))
        for name, figure in each.metrics.items():
            known = earlier.metrics.get(name) if earlier else None
            if known is not None and known != figure:
                texts = (estimate_text(name, known), estimate_text(name, figure))
                lines.append(f"{each.protocol} {each.method} {name}: {texts[0]} before, {texts[1]} now")
    lines += [
        f"{name} was {version}, is {now.versions.get(name, 'absent')}"
        for name, version in before.versions.items()
        if now.versions.get(name) != version
    ]
    return lines[:20]
