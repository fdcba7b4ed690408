"""A record as one file of HTML that needs nothing else: tables, plots as inline SVG, and the answers that were
wrong.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from revsearch_tui.core.evaluation.codec import to_json
from revsearch_tui.core.evaluation.record import Answers, Estimate, Outcome, Record, ReliabilityBin
from revsearch_tui.core.evaluation.report.figure_text import estimate_text, is_share
from revsearch_tui.core.evaluation.report.tables import (
    Table,
    by_protocol,
    class_tables,
    comparison_table,
    figure_tables,
    finding_table,
    robustness_tables,
)
from revsearch_tui.core.evaluation.report.text import summary_lines

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c1f24, #e6e6e6); --paper: light-dark(#fff, #16181d);
 --line: light-dark(#d5d9e0, #3a3f4a); --bar: light-dark(#4477aa, #6699cc); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75em;
 margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25em .7em; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .names th, .names td { text-align: left; }
.wide { overflow-x: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.bar { fill: var(--bar); } .interval { stroke: var(--ink); fill: none; } .frame { fill: none; stroke: var(--line); }
.heat td { padding: .2em .4em; } code, pre { font-size: 13px; white-space: pre-wrap; word-break: break-all; }
"""
_MOST_WRONG = 50

_LEFT, _WIDTH, _ROW = 180, 420, 26
_SIDE, _EDGE = 260, 36


def html_page(record: Record, answers: Answers | None) -> str:
    """The page; with the answers, also the first queries that each method got wrong."""
    parts = [f"<h1>{_shown(record.name)}</h1>", *(f"<p>{_shown(line)}</p>" for line in summary_lines(record))]
    tables = dict(zip(by_protocol(record), figure_tables(record), strict=True))
    for protocol, outcomes in by_protocol(record).items():
        parts += [f"<h2>{_shown(tables[protocol].title)}</h2>", interval_bars(outcomes), _table(tables[protocol])]
        for each in outcomes:
            parts += _plots(each, record.classes)
    others = (comparison_table, class_tables, robustness_tables, finding_table)
    parts += [_titled(table) for made in others for table in made(record)]
    if answers is not None:
        parts += _wrong(answers)
    facts = {"configuration": record.configuration, "data": record.data, "versions": record.versions}
    dumped = json.dumps(to_json({**facts, "figures_sha256": record.figures_sha256}), indent=2)
    parts.append(f"<h2>How to measure it again</h2><pre>{_shown(dumped)}</pre>")
    title = f"<title>{_shown(record.name)}</title><style>{_STYLE}</style>"
    return f'<!doctype html><html lang="en"><meta charset="utf-8">{title}{"".join(parts)}</html>\n'


def _plots(outcome: Outcome, classes: Sequence[str]) -> list[str]:
    parts = []
    if outcome.reliability:
        parts += [f"<h3>Confidence of {_shown(outcome.method)}</h3>", reliability_diagram(outcome.reliability)]
    if outcome.confusion:
        parts += [f"<h3>What {_shown(outcome.method)} took each class for</h3>", _heat(outcome.confusion, classes)]
    return parts


def _heat(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    head = "".join(f"<th>{_shown(label)}</th>" for label in ("true", *classes))
    lines = []
    for label, row in zip(classes, counts, strict=True):
        total = sum(row)
        cells = "".join(
            f'<td style="background:rgb(68 119 170 / {count / total:.2f})">{count or ""}</td>' for count in row if total
        )
        lines.append(f"<tr><td>{_shown(label)}</td>{cells}</tr>" if total else "")
    return f'<div class="wide"><table class="heat"><tr>{head}</tr>{"".join(lines)}</table></div>'


def _table(table: Table) -> str:
    head = "".join(f"<th>{_shown(cell)}</th>" for cell in table.columns)
    lines = ("".join(f"<td>{_shown(cell)}</td>" for cell in row) for row in table.rows)
    kind = ' class="names"' if table.names == len(table.columns) else ""
    return (
        f'<div class="wide"><table{kind}><tr>{head}</tr>{"".join(f"<tr>{line}</tr>" for line in lines)}</table></div>'
    )


def _titled(table: Table) -> str:
    return f"<h2>{_shown(table.title)}</h2>{_table(table)}"


def _wrong(answers: Answers) -> list[str]:
    """The first queries of each method that a class was answered for, and the wrong one."""
    parts = []
    for each in answers.methods:
        wrong = [
            (query, given)
            for query, given, value in zip(answers.queries, each.answered, each.value, strict=False)
            if value == 0
        ]
        if wrong:
            rows = [[query.path, query.label, given] for query, given in wrong[:_MOST_WRONG]]
            title = f"{each.protocol}: {len(wrong):,} queries that {each.method} got wrong"
            title += f", the first {_MOST_WRONG}" if len(wrong) > _MOST_WRONG else ""
            parts.append(_titled(Table(title, ["picture", "true", "answered"], rows)))
    return parts


def _shown(text: str) -> str:
    """Text that cannot be mistaken for markup; bytes of file names that are no text are shown escaped."""
    plain = "".join(character if character.isprintable() or character == "\n" else " " for character in _as_text(text))
    return escape(plain)


def _as_text(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def interval_bars(outcomes: Sequence[Outcome]) -> str:
    """A bar for each method's main figure, from 0 to 100 % where that is a share, with its interval."""
    figures = [(each.method, each.main, each.metrics[each.main]) for each in outcomes]
    top = max((figure.high for _, _, figure in figures), default=1.0) or 1.0
    full = 1.0 if all(is_share(main) for _, main, _ in figures) else top
    lines = [_bar(place, *figure, full) for place, figure in enumerate(figures)]
    return _svg(_LEFT + _WIDTH + 190, _ROW * len(figures) + 8, lines, "main figures with their intervals")


def _bar(place: int, method: str, metric: str, figure: Estimate, full: float) -> str:
    y, middle = place * _ROW + 6, place * _ROW + 6 + _ROW / 2 - 4
    value, low, high = (_LEFT + _WIDTH * min(1, part / full) for part in (figure.value, figure.low, figure.high))
    return (
        f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(method)}</text>'
        f'<rect class="bar" x="{_LEFT}" y="{y}" width="{value - _LEFT:.1f}" height="{_ROW - 8}"/>'
        f'<path class="interval" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8'
        f'M{high:.1f} {middle - 4}v8"/>'
        f'<text x="{_LEFT + _WIDTH + 8}" y="{middle + 4}">{escape(estimate_text(metric, figure))}</text>'
    )


def reliability_diagram(bins: Sequence[ReliabilityBin]) -> str:
    """Accuracy by confidence: bars on the diagonal are honest. Bars are as dark as they hold many queries."""
    most = max((each.queries for each in bins), default=1) or 1
    lines = []
    for each in bins:
        if each.queries:
            x, wide, high = _EDGE + _SIDE * each.low, _SIDE * (each.high - each.low), _SIDE * each.accuracy
            shade = 0.25 + 0.75 * each.queries / most
            told = f"{each.queries} queries, confidence {each.confidence:.2f}, accuracy {each.accuracy:.2f}"
            lines.append(
                f'<rect class="bar" x="{x:.1f}" y="{8 + _SIDE - high:.1f}" width="{wide - 1:.1f}" height="{high:.1f}" '
                f'opacity="{shade:.2f}"><title>{told}</title></rect>'
            )
    lines.append(f'<path class="interval" d="M{_EDGE} {8 + _SIDE}L{_EDGE + _SIDE} 8"/>')
    lines.append(f'<rect class="frame" x="{_EDGE}" y="8" width="{_SIDE}" height="{_SIDE}"/>')
    lines.append(f'<text x="{_EDGE + _SIDE / 2}" y="{_SIDE + 30}" text-anchor="middle">confidence</text>')
    middle = 8 + _SIDE / 2
    lines.append(f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">accuracy</text>')
    return _svg(_SIDE + _EDGE + 12, _SIDE + 40, lines, "accuracy by confidence")


def _svg(width: float, height: float, lines: Sequence[str], label: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
    return f'{head}height="{height:g}" role="img" aria-label="{escape(label)}">{"".join(lines)}</svg>'
