"""A record as tables of text, whatever they are written as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.evaluation.record import PROTOCOLS, Outcome, Protocol, Record, change_label
from revsearch_tui.core.evaluation.report.figure_text import (
    NONE,
    cost_text,
    difference_text,
    estimate_text,
    figure_text,
    metric_title,
    p_text,
)

COSTS = {
    "seconds_per_query": "a query",
    "seconds_per_picture": "a picture",
    "memory_mb": "memory",
    "index_bytes": "index",
    "dim": "dim",
}
"""Costs in the order of their columns, with their titles."""
_ABOUT: Mapping[Protocol, str] = {
    "classify": "the class that the method itself names",
    "neighbour": "the class of the nearest pictures",
    "retrieve": "all pictures of the query's class",
    "copies": "copies of the query",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Lines of cells under a title; the first `names` columns hold names, the others figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1


def by_protocol(record: Record) -> dict[Protocol, list[Outcome]]:
    """The outcomes of each protocol, the best first."""
    return {
        protocol: sorted(
            (each for each in record.outcomes if each.protocol == protocol),
            key=lambda each: -each.metrics[each.main].value,
        )
        for protocol in PROTOCOLS
        if any(each.protocol == protocol for each in record.outcomes)
    }


def figure_tables(record: Record) -> list[Table]:
    """A table for each protocol: methods with their figures in percent, and what they cost."""
    found = []
    for protocol, outcomes in by_protocol(record).items():
        metrics = list(dict.fromkeys(name for each in outcomes for name in each.metrics))
        costs = [name for name in COSTS if any(name in each.cost for each in outcomes)]
        rows = [
            [
                each.method,
                *(estimate_text(name, each.metrics[name]) if name in each.metrics else NONE for name in metrics),
                *(cost_text(name, each.cost[name]) if name in each.cost else NONE for name in costs),
            ]
            for each in outcomes
        ]
        columns = ["method", *map(metric_title, metrics), *(COSTS[name] for name in costs)]
        found.append(Table(f"{protocol}: {_ABOUT[protocol]}", columns, rows))
    return found


def comparison_table(record: Record) -> list[Table]:
    """Paired differences of main figures with their p values, corrected for their number; none without several."""
    mains = {(each.protocol, each.method): each.main for each in record.outcomes}
    rows = [
        [
            f"{each.first} - {each.second}",
            each.protocol,
            difference_text(mains[each.protocol, each.first], each.difference),
            p_text(each.p),
            p_text(each.p_corrected),
        ]
        for each in record.comparisons
    ]
    title = "Differences, query by query"
    return [Table(title, ["methods", "protocol", "difference", "p", "p corrected"], rows)] if rows else []


def class_tables(record: Record) -> list[Table]:
    """For each protocol the main figure of every method, class by class."""
    found = []
    for protocol, outcomes in by_protocol(record).items():
        labels = [label for label in record.classes if any(label in each.per_class for each in outcomes)]
        rows = []
        for label in labels:
            queries = max(each.per_class.get(label, {}).get("queries", 0) for each in outcomes)
            cells = [
                figure_text(each.main, each.per_class[label]["main"]) if label in each.per_class else NONE
                for each in outcomes
            ]
            rows.append([label, f"{queries:,.0f}", *cells])
        title = f"{protocol}: {metric_title(outcomes[0].main)} by class"
        if rows:
            found.append(Table(title, ["class", "queries", *(each.method for each in outcomes)], rows))
    return found


def confusion_tables(record: Record, method: str) -> list[Table]:
    """How often pictures of each class (lines) were taken for each class (columns). Raises `UsageError`."""
    methods = list(dict.fromkeys(each.method for each in record.outcomes))
    if method not in methods:
        raise UsageError(f"the evaluation '{record.id}' has no method '{method}'; {instead(method, methods)}")
    found = []
    for each in record.outcomes:
        if each.method == method and each.confusion:
            rows = [
                [label, *(str(count) if count else "." for count in line)]
                for label, line in zip(record.classes, each.confusion, strict=True)
                if any(line)
            ]
            title = f"{each.protocol}: what {method} took the pictures of each class for"
            found.append(Table(title, ["class", *record.classes], rows))
    if not found:
        raise UsageError(f"there is no confusion matrix of '{method}': it answers no class, or there are too many")
    return found


def robustness_tables(record: Record) -> list[Table]:
    """Recall@1 of the originals of changed copies, and the thresholds advised; none for other records.

    `allowed` and `queries shown a wrong one` are shares of queries without a copy in the gallery, in percent; `wrong
    pairs` is the share of pairs of different pictures, of 1.
    """
    found = []
    methods = list(dict.fromkeys(cell.method for cell in record.robustness))
    cells = {(cell.transformation, cell.strength, cell.method): cell for cell in record.robustness}
    changes = list(dict.fromkeys((cell.transformation, cell.strength) for cell in record.robustness))
    if changes:
        rows = [
            [
                change_label(name, strength),
                *(
                    estimate_text("recall@1", cells[name, strength, method].recall)
                    if (name, strength, method) in cells
                    else NONE
                    for method in methods
                ),
            ]
            for name, strength in changes
        ]
        found.append(Table("Recall@1 of the originals of changed copies", ["copy", *methods], rows))
    if record.advice:
        advised = [
            [
                each.method,
                f"{each.threshold:.4f}",
                NONE if each.shown_wrong is None else figure_text("recall@1", each.wrong_rate),
                NONE if each.shown_wrong is None else estimate_text("recall@1", each.shown_wrong),
                f"{each.measured_wrong_rate:.2g}",
                figure_text("recall@1", each.found),
            ]
            for each in record.advice
        ]
        columns = ["method", "score from", "allowed", "queries shown a wrong one", "wrong pairs", "copies found"]
        found.append(Table("From which score on pictures are copies", columns, advised))
    return found


def finding_table(record: Record, most: int = 0) -> list[Table]:
    """The pictures that make figures wrong, of each kind the first `most` where that is not 0; none where there are
    none. What is left out is in the title."""
    kinds = list(dict.fromkeys(each.kind for each in record.findings))
    found = {kind: [each for each in record.findings if each.kind == kind] for kind in kinds}
    shown = [each for kind in kinds for each in found[kind][: most or None]]
    counts = record.data.get("checked", {})
    told = ", ".join(f"{counts.get(kind, len(found[kind])):,} of {kind}" for kind in kinds)
    rows = [
        [
            each.kind,
            " · ".join(each.parts) or NONE,
            each.picture.label,
            each.other.label if each.other else each.instead,
            each.why,
            str(each.picture.path),
            str(each.other.path) if each.other else NONE,
        ]
        for each in shown
    ]
    total = sum(int(counts.get(kind, len(found[kind]))) for kind in kinds)
    few = f"; {len(shown):,} are shown" if len(shown) < total else ""
    columns = ["kind", "parts", "label", "other label", "why", "picture", "other"]
    return [Table(f"Pictures that make figures wrong: {told}{few}", columns, rows, len(columns))] if rows else []


def all_tables(record: Record) -> list[Table]:
    """Everything but confusion matrices."""
    return [
        *figure_tables(record),
        *comparison_table(record),
        *class_tables(record),
        *robustness_tables(record),
        *finding_table(record),
    ]
