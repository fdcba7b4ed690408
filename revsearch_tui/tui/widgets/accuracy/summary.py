"""A record in two lines, and all that is known of how it was made."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

from textual.content import Content

from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.tui.text import count, duration_text, shown, shown_path, when_text
from revsearch_tui.tui.widgets.accuracy.tables import data_text

_INDENT, _VALUE_WIDTH = 18, 50


def summary_content(record: Record) -> Content:
    """Data, size and time, and the first note."""
    facts = [
        shown_path(data_text(record)),
        f"{count(record.queries, 'query', 'queries')} against {count(record.gallery, 'picture')}",
        when_text(record.started),
        f"in {duration_text(record.seconds)}",
    ]
    text = " · ".join(fact for fact in facts if fact)
    if record.notes:
        more = f" (+{len(record.notes) - 1} in i)" if len(record.notes) > 1 else ""
        return Content.assemble((text, "$foreground-muted"), "\n", (shown(record.notes[0]) + more, "$text-warning"))
    return Content.styled(text, "$foreground-muted")


def facts_content(record: Record) -> Content:
    """Everything that a record tells about itself but its figures."""
    parts: list[tuple[str, str] | str] = []
    about: dict[str, object] = {
        "id": record.id,
        "started": record.started,
        "seconds": f"{record.seconds:.1f}",
        "queries": f"{record.queries:,}",
        "gallery": f"{record.gallery:,}",
        "classes": f"{len(record.classes):,}",
        "figures": record.figures_sha256 or "–",
    }
    sections: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("Record", about),
        ("Data", record.data),
        ("Settings", record.configuration),
        ("Versions", record.versions),
    )
    for note in record.notes:
        parts += [("! ", "$text-warning bold"), (shown(note), "$text-warning"), "\n"]
    for heading, values in sections:
        parts += ["\n" if parts else "", (heading, "$primary bold"), "\n"]
        for name, value in values.items():
            text = ("\n" + " " * _INDENT).join(textwrap.wrap(shown(_value_text(value)), _VALUE_WIDTH)) or "–"
            parts += [(f"  {shown(name):<{_INDENT - 2}}", "$foreground-muted"), (text, "$text"), "\n"]
    return Content.assemble(*parts)


def _value_text(value: object) -> str:
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 400 else text[:400] + " …"
