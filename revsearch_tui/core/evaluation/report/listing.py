"""Evaluations in a list."""

from __future__ import annotations

from typing import Any

from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.report.figure_text import figure_text
from revsearch_tui.core.evaluation.report.tables import by_protocol


def listed(record: Record) -> dict[str, Any]:
    """A record as a line of a list; `best` is the best method under each protocol."""
    best = {protocol: outcomes[0] for protocol, outcomes in by_protocol(record).items()}
    return {
        "id": record.id,
        "kind": record.kind,
        "name": record.name,
        "queries": record.queries,
        "gallery": record.gallery,
        "methods": list(dict.fromkeys(each.method for each in record.outcomes)),
        "best": [
            f"{protocol} {each.method} {figure_text(each.main, each.metrics[each.main].value)}"
            for protocol, each in best.items()
        ],
        "started": record.started,
    }
