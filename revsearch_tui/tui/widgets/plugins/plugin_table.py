"""What plugins offer as a table, and all that is known of one of them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from textual.content import Content

from revsearch_tui.api import DatasetInfo, MethodInfo, OptionSpec, ReaderInfo
from revsearch_tui.core.plugins.registry import PluginRow
from revsearch_tui.tui.text import shown, size_text
from revsearch_tui.tui.widgets.accuracy.table import Cell, Column, Row, cells_of
from revsearch_tui.tui.widgets.training.run_detail import Parts, labelled_lines, value_text

SIGNS: Mapping[str, tuple[str, str, str]] = {
    "available": ("✓", "good", "$text-success"),
    "needs-model": ("!", "accent", "$text-warning"),
    "shadowed": ("·", "faint", "$foreground-muted"),
    "disabled": ("–", "faint", "$foreground-muted"),
}
"""State -> its sign, and how it is coloured in the table and in text."""
_FAILED = ("✗", "bad", "$text-error")
_KINDS = {"region provider": "region"}
_COLUMNS = (
    Column("name", "name", most=20),
    Column("kind", "kind"),
    Column("state", "state"),
    Column("distribution", "distribution", most=18),
    Column("version", "version", most=8),
    Column("does", "can also", most=26),
)
_LEAVING = ("does", "version", "distribution", "kind")
"""Columns that give way where the room is small, the first one first."""


_HERE = {
    "needs-model": "Here, the page of models (F12) does the same, and downloads those that are published.",
    "disabled": "Here, e does the same.",
}
"""What the app has for the command that a reason names."""


def row_key(row: PluginRow) -> str:
    """Tells a row from all others."""
    return "\n".join((row.kind, row.name, row.plugin, row.distribution))


def sorted_rows(rows: Sequence[PluginRow]) -> list[PluginRow]:
    """What does not work as a whole first, then methods, then the rest by kind."""
    order = {"plugin": 0, "method": 1}
    return sorted(rows, key=lambda row: (order.get(row.kind, 2), row.kind, row.name))


def listing(rows: Sequence[PluginRow], width: int) -> tuple[list[Column], list[Row]]:
    """The table in so many cells."""
    cells = [_cells(row) for row in rows]
    for number in range(len(_LEAVING) + 1):
        columns = [column for column in _COLUMNS if column.key not in _LEAVING[:number]]
        if sum(cells_of(each, [row[each.key] for row in cells]) for each in columns) <= width:
            break
    return columns, [
        Row(row_key(row), [told[column.key] for column in columns]) for row, told in zip(rows, cells, strict=True)
    ]


def _cells(row: PluginRow) -> dict[str, Cell]:
    sign, kind, _ = SIGNS.get(row.state, _FAILED)
    return {
        "name": Cell(row.name),
        "kind": Cell(_KINDS.get(row.kind, row.kind), kind="faint"),
        "state": Cell(f"{sign} {row.state}", kind=kind),
        "distribution": Cell(row.distribution, kind="faint"),
        "version": Cell(row.version, kind="faint"),
        "does": Cell(", ".join(capabilities(row)), kind="faint"),
    }


def capabilities(row: PluginRow) -> list[str]:
    """What a method can do besides comparing pictures."""
    if not isinstance(row.info, MethodInfo):
        return []
    found = sorted(row.info.capabilities)
    return [*found, *(["train"] if row.info.trainer else []), *(["fit"] if row.info.fit == "unsupervised" else [])]


def card_content(row: PluginRow, specs: Sequence[OptionSpec], configured: Mapping[str, object], width: int) -> Content:
    """The text for a row, in lines of `width` cells; `specs` are the options it has, `configured` those that are
    set."""
    sign, _, style = SIGNS.get(row.state, _FAILED)
    parts: Parts = [(shown(row.title or row.name), "$text bold"), "\n", (f"{sign} {shown(row.state)}", style), "\n"]
    here = _HERE.get(row.state, "")
    for text, how in ((row.reason, style), (here, style), (row.summary, "$text")):
        if text:
            parts += [("\n".join(textwrap.wrap(shown(text), width)), how), "\n"]
    parts += ["\n", *labelled_lines(_facts(row), width)]
    if specs:
        parts += ["\n", ("Options", "$primary bold"), "\n"]
        for spec in specs:
            parts += _option(spec, configured, width)
    downloads = row.info.downloads if isinstance(row.info, MethodInfo) else ()
    if downloads:
        parts += ["\n", ("Models to download", "$primary bold"), "\n"]
        for item in downloads:
            size = f", {size_text(item.download.bytes)}" if item.download.bytes else ""
            told = f"{item.name}{size}: {item.summary}."
            parts += [("\n".join(textwrap.wrap(shown(told), width, subsequent_indent="  ")), "$text"), "\n"]
    return Content.assemble(*parts)


def _option(spec: OptionSpec, configured: Mapping[str, object], width: int) -> Parts:
    is_set = spec.name in configured
    value = value_text(configured[spec.name] if is_set else spec.default)
    wrapped = textwrap.wrap(spec.help, width - 2)
    return [
        (f"{shown(spec.name)} ", "$text"),
        (f"= {shown(value) or '–'}", "$text-accent bold" if is_set else "$foreground-muted"),
        (" set by you" if is_set else " by default", "$foreground-muted"),
        "\n",
        ("\n".join(f"  {line}" for line in wrapped), "$foreground-muted"),
        "\n",
    ]


def _facts(row: PluginRow) -> dict[str, str]:
    info = row.info
    lines = {
        "kind": row.kind,
        "name": shown(row.name),
        "plugin": shown(row.plugin),
        "distribution": shown(f"{row.distribution} {row.version}".strip()) or "unknown",
    }
    if isinstance(info, MethodInfo):
        lines["compares by"] = info.metric
        lines["gives"] = {"vector": "a vector", "local": "points", "classifier": "classes"}[info.shape]
        if info.dim:
            lines["numbers"] = f"{info.dim:,}"
        lines["can also"] = ", ".join(capabilities(row)) or "nothing more"
        lines["models"] = {"none": "takes none", "optional": "may have one", "required": "needs one"}[info.models]
    if isinstance(info, ReaderInfo):
        lines["endings"] = shown(", ".join(info.suffixes))
    if isinstance(info, MethodInfo | DatasetInfo | ReaderInfo) and info.requires:
        lines["needs"] = shown(", ".join(info.requires))
    return lines
