"""Tables as Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from revsearch_tui.core.evaluation.record import Record, change_label
from revsearch_tui.core.evaluation.report.tables import Table, all_tables

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "µ": r"$\mu$",
}
_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#"})


def summary_lines(record: Record) -> list[str]:
    """What was measured, in a few sentences."""
    data = record.data
    lines = [f"{record.queries:,} queries, a gallery of {record.gallery:,} pictures, {len(record.classes):,} classes."]
    if "dataset" in data:
        parts = {
            "split": "the test part against the rest",
            "all": "each against all others",
            "pairs": "against another set",
        }
        how = parts.get(str(data.get("parts")), "")
        lines.append(
            f"Pictures: {data['dataset']} ({how}, seed {data.get('seed', 0)}), sha-256 {data.get('sha256', '')}."
        )
    lines.append(f"Made by revsearch {record.versions.get('revsearch', '')} at {record.started}, kept as {record.id}.")
    lines.append("Shares are in percent, with 95 % bootstrap intervals over queries.")
    return [*lines, *(f"Note: {note}." for note in record.notes)]


def markdown(record: Record) -> str:
    """A page of Markdown."""
    lines = [f"# {_escaped(record.name)}", ""]
    for line in summary_lines(record):
        lines += [_escaped(line), ""]
    for table in all_tables(record):
        lines += [f"## {_escaped(table.title)}", "", *markdown_table(table), ""]
    return "\n".join(lines)


def markdown_table(table: Table) -> list[str]:
    """The lines of a table, without its title."""
    rules = _line(["---"] * table.names + ["--:"] * (_width(table) - table.names))
    return [_line(table.columns), rules, *(_line([_escaped(cell) for cell in row]) for row in table.rows)]


def latex(record: Record) -> str:
    """Tables for a paper that uses the package booktabs."""
    lines = [f"% {line}" for line in summary_lines(record)]
    for table in all_tables(record):
        lines += ["", r"\begin{table}", rf"\caption{{{_tex(table.title)}}}", r"\centering"]
        lines += [
            rf"\begin{{tabular}}{{{'l' * table.names}{'r' * (_width(table) - table.names)}}}",
            r"\toprule",
            _tex_line(table.columns),
            r"\midrule",
        ]
        lines += [_tex_line(row) for row in table.rows]
        lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def figure_rows(record: Record) -> list[dict[str, object]]:
    """Every figure of every method as a row of plain values, class by class too; `class` is empty for all together."""
    rows: list[dict[str, object]] = []
    for each in record.outcomes:
        head: dict[str, object] = {"protocol": each.protocol, "method": each.method}
        for name, figure in each.metrics.items():
            rows.append(
                {**head, "class": "", "metric": name, "value": figure.value, "low": figure.low, "high": figure.high}
            )
        for label, figures in each.per_class.items():
            rows += [
                {**head, "class": label, "metric": name, "value": value, "low": "", "high": ""}
                for name, value in figures.items()
                if name != "main"
            ]
        rows += [
            {**head, "class": "", "metric": name, "value": value, "low": "", "high": ""}
            for name, value in each.cost.items()
        ]
    for cell in record.robustness:
        recall = cell.recall
        rows.append(
            {
                "protocol": change_label(cell.transformation, cell.strength),
                "method": cell.method,
                "class": "",
                "metric": "recall@1",
                "value": recall.value,
                "low": recall.low,
                "high": recall.high,
            }
        )
    for advice in record.advice:
        if advice.shown_wrong is not None:
            head = {"protocol": "copies", "method": advice.method, "class": "", "metric": "shown_wrong"}
            wrong = advice.shown_wrong
            rows.append({**head, "value": wrong.value, "low": wrong.low, "high": wrong.high})
    return rows


def comma_separated(record: Record) -> str:
    """Every figure, one a line."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text, ["protocol", "method", "class", "metric", "value", "low", "high"], lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(figure_rows(record))
    return text.getvalue()


def _width(table: Table) -> int:
    return len(table.columns)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_MARKDOWN)


def _tex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))


def _tex_line(cells: Sequence[str]) -> str:
    return " & ".join(map(_tex, cells)) + r" \\"
