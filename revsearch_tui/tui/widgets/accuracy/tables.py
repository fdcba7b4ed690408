"""Columns and lines of the tables about records, and who is best in them: made from the records alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

from revsearch_tui.core.evaluation.record import Comparison, Outcome, Protocol, Record
from revsearch_tui.core.evaluation.report.figure_text import NONE, cost_text, estimate_text, figure_text, metric_title
from revsearch_tui.core.evaluation.report.tables import COSTS
from revsearch_tui.tui.text import shown, shown_path, when_text
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row

LEVEL = 0.05
"""p values below this, after the correction, count as significant."""
BEST, WORSE = "★", "▼"
LEGEND = f"{BEST} best · {WORSE} significantly worse than the best (paired test, Holm's correction, p < {LEVEL})"
Standing: TypeAlias = Literal["best", "worse", ""]


def protocols_of(record: Record) -> tuple[Protocol, ...]:
    """The protocols measured, in the order in which they first appear."""
    return tuple(dict.fromkeys(outcome.protocol for outcome in record.outcomes))


def outcomes_under(record: Record, protocol: Protocol) -> list[Outcome]:
    """The outcomes under a protocol, the best first."""
    return sorted((each for each in record.outcomes if each.protocol == protocol), key=_order)


def best_outcome(record: Record, protocol: Protocol) -> Outcome | None:
    """The best outcome under a protocol by its main metric; of equals the one that the record names first."""
    return next(iter(outcomes_under(record, protocol)), None)


def standing(record: Record, outcome: Outcome) -> Standing:
    """How an outcome stands beside the best one under its protocol; empty where no test tells them apart."""
    best = best_outcome(record, outcome.protocol)
    if best is None or best.method == outcome.method:
        return "best" if best is not None and len(outcomes_under(record, outcome.protocol)) > 1 else ""
    found = comparison(record.comparisons, outcome.protocol, best.method, outcome.method)
    return "worse" if found is not None and found.p_corrected < LEVEL else ""


def comparison(comparisons: Sequence[Comparison], protocol: Protocol, first: str, second: str) -> Comparison | None:
    """The comparison of two methods under a protocol, whichever of them it names first."""
    for each in comparisons:
        if each.protocol == protocol and {each.first, each.second} == {first, second}:
            return each
    return None


def main_value(outcome: Outcome) -> float:
    """The figure of the main metric; NaN where it is missing."""
    estimate = outcome.metrics.get(outcome.main)
    return estimate.value if estimate is not None else math.nan


def _order(outcome: Outcome) -> float:
    value = main_value(outcome)
    return math.inf if math.isnan(value) else -value


_TITLES = {**COSTS, "dim": "numbers"}
_ROOM_FOR_DATA = 100
_SIGNS = {"best": (BEST, "good"), "worse": (WORSE, "bad"), "": (" ", "")}

LIST_COLUMNS = (
    Column("name", "name", most=16),
    Column("kind", "kind"),
    Column("queries", "queries", right=True),
    Column("gallery", "gallery", right=True),
    Column("when", "when"),
    Column("best", "best", most=28),
)
DATA_COLUMN = Column("data", "data", most=60)
"""Where there is room for it."""


def list_table(records: Sequence[Record], width: int) -> tuple[list[Column], list[Row]]:
    """A line for each record, in a table of that many cells."""
    columns = [*LIST_COLUMNS, DATA_COLUMN] if width >= _ROOM_FOR_DATA else list(LIST_COLUMNS)
    rows = []
    for record in records:
        cells = (
            Cell(record.name),
            Cell("robust" if record.kind == "robustness" else record.kind, kind="faint"),
            Cell(f"{record.queries:,}"),
            Cell(f"{record.gallery:,}"),
            Cell(when_text(record.started), kind="faint"),
            Cell(best_text(record), kind="good"),
            Cell(shown_path(data_text(record)), kind="faint"),
        )
        rows.append(Row(record.id, cells[: len(columns)]))
    return columns, rows


def data_text(record: Record) -> str:
    """Which data a record is about, as the user named it."""
    for values in (record.configuration, record.data):
        for key in ("data", "name", "collection"):
            if values.get(key):
                value = values[key]
                return value if isinstance(value, str) else ", ".join(map(str, value))
    return ""


def best_text(record: Record) -> str:
    """The best method with its figure; of a robustness record the one recommended."""
    protocols = protocols_of(record)
    best = best_outcome(record, protocols[0]) if protocols else None
    if best is not None:
        return f"{best.method} {figure_text(best.main, main_value(best))} {metric_title(best.main)}"
    if record.recommended:
        return record.recommended
    recalls: dict[str, list[float]] = {}
    for cell in record.robustness:
        recalls.setdefault(cell.method, []).append(cell.recall.value)
    if not recalls:
        return NONE
    method, values = max(recalls.items(), key=lambda entry: sum(entry[1]) / len(entry[1]))
    return f"{method} {100 * sum(values) / len(values):.1f} recall@1"


# Methods by protocol


def overview(record: Record) -> tuple[list[Column], list[Row]]:
    """Methods by protocol: the main figure of each with its interval and sign."""
    protocols = protocols_of(record)
    by_place = {(outcome.method, outcome.protocol): outcome for outcome in record.outcomes}
    columns = [Column("method", "method")]
    for protocol in protocols:
        main = next(outcome.main for outcome in record.outcomes if outcome.protocol == protocol)
        columns.append(Column(protocol, f"{protocol} {metric_title(main)}"))
    first = [outcome.method for outcome in outcomes_under(record, protocols[0])] if protocols else []
    methods = dict.fromkeys([*first, *(outcome.method for outcome in record.outcomes)])
    rows = [
        Row(method, [Cell(method, method), *(_main_cell(record, by_place.get((method, each))) for each in protocols)])
        for method in methods
    ]
    return columns, rows


def protocol_table(record: Record, protocol: Protocol) -> tuple[list[Column], list[Row]]:
    """Methods by metric under one protocol, the main metric first, costs last."""
    outcomes = outcomes_under(record, protocol)
    mains = [outcome.main for outcome in outcomes]
    metrics = list(dict.fromkeys([*mains, *(name for outcome in outcomes for name in outcome.metrics)]))
    costs = [name for name in COSTS if any(name in outcome.cost for outcome in outcomes)]
    columns = [Column("method", "method"), *(Column(name, metric_title(name)) for name in metrics)]
    columns += [Column(name, _TITLES[name], right=True) for name in costs]
    rows = []
    for outcome in outcomes:
        cells = [Cell(outcome.method, outcome.method)]
        for name in metrics:
            estimate = outcome.metrics.get(name)
            if name == outcome.main:
                cells.append(_main_cell(record, outcome))
            else:
                cells.append(Cell(estimate_text(name, estimate), estimate.value) if estimate else Cell(NONE))
        for name in costs:
            cost = outcome.cost.get(name)
            cells.append(Cell(NONE) if cost is None else Cell(cost_text(name, cost), cost, "faint"))
        rows.append(Row(outcome.method, cells))
    return columns, rows


def _main_cell(record: Record, outcome: Outcome | None) -> Cell:
    if outcome is None or outcome.main not in outcome.metrics:
        return Cell(NONE)
    sign, kind = _SIGNS[standing(record, outcome)]
    text = estimate_text(outcome.main, outcome.metrics[outcome.main])
    return Cell(f"{text} {sign}", main_value(outcome), kind)


# One outcome


def class_table(record: Record, outcome: Outcome) -> tuple[list[Column], list[Row]]:
    """A line for each class, the worst first, with what it is most often taken for."""
    names = list(dict.fromkeys(key for row in outcome.per_class.values() for key in row))
    if "main" in names:
        names = [name for name in names if name != outcome.main]  # the same figure again
    names = sorted(names, key=lambda name: (name != "queries", name not in ("main", outcome.main)))
    titles = {"main": metric_title(outcome.main)}
    taken = _taken_for(record, outcome)
    columns = [Column("class", "class", most=24)]
    columns += [Column(name, titles.get(name, metric_title(name)), right=True) for name in names]
    if taken:
        columns.append(Column("taken", "most often taken for", most=34))
    rows = []
    for label, figures in outcome.per_class.items():
        cells = [Cell(label, label)]
        cells += [_class_cell(outcome, name, figures.get(name)) for name in names]
        if taken:
            other, number = taken.get(label, ("", 0))
            cells.append(Cell(f"{shown(other)} ×{number}" if number else NONE, number or None, "faint"))
        rows.append(Row(label, cells))

    def order(row: Row) -> float:
        figures = outcome.per_class[row.key]
        return figures.get("main", figures.get(outcome.main, math.inf))

    return columns, sorted(rows, key=order)


def _class_cell(outcome: Outcome, name: str, value: float | None) -> Cell:
    if value is None:
        return Cell(NONE)
    if name == "queries":
        return Cell(f"{value:,.0f}", value, "faint")
    return Cell(figure_text(outcome.main if name == "main" else name, value), value)


def _taken_for(record: Record, outcome: Outcome) -> dict[str, tuple[str, int]]:
    """Class -> the other class most often answered, and how often."""
    taken = {}
    for at, (label, counts) in enumerate(zip(record.classes, outcome.confusion, strict=False)):
        others = [*counts[:at], -1, *counts[at + 1 :]]  # of hundreds of classes, this is most of the table's time
        number = max(others)
        taken[label] = (record.classes[others.index(number)], number) if number >= 0 else ("", 0)
    return taken


def calibration_table(outcome: Outcome) -> tuple[list[Column], list[Row]]:
    """A line for each range of confidence that occurs."""
    columns = [
        Column("range", "confidence"),
        Column("queries", "queries", right=True),
        Column("confidence", "mean confidence", right=True),
        Column("accuracy", "right", right=True),
        Column("gap", "gap", right=True),
    ]
    rows = []
    for number, each in enumerate(outcome.reliability):
        if not each.queries:
            continue
        gap = each.accuracy - each.confidence
        is_far = abs(gap) >= 0.05
        cells = [
            Cell(f"{100 * each.low:.0f}–{100 * each.high:.0f}", each.low),
            Cell(f"{each.queries:,}", each.queries, "faint"),
            Cell(f"{100 * each.confidence:.1f}", each.confidence),
            Cell(f"{100 * each.accuracy:.1f}", each.accuracy),
            Cell(f"{100 * gap:+.1f} {'!' if is_far else ' '}", gap, "bad" if is_far else "faint"),
        ]
        rows.append(Row(str(number), cells))
    return columns, rows
