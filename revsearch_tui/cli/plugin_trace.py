"""`revsearch plugins trace`: what was asked of plugins, as rows."""

from __future__ import annotations

from collections.abc import Sequence

from revsearch_tui.core.plugins import tracing
from revsearch_tui.core.plugins.registry import PluginRow, Registry
from revsearch_tui.core.workspace import Workspace

Row = dict[str, object]


def trace_describing(plugin: str | None) -> list[Row]:
    """Describe all plugins anew, whatever is kept; the steps of that plugin, or of all."""
    workspace = Workspace()
    tracing.begin()
    try:
        rows = Registry(tables=lambda: workspace.config.plugins).rows()
    finally:
        steps = tracing.end()
    wanted = {row.plugin for row in rows if plugin in (None, row.plugin, row.name)}
    return [row for row in _told(steps, rows) if row["plugin"] in wanted]


def trace_command(words: Sequence[str]) -> tuple[int, list[Row]]:
    """Run a command; its exit status, and the steps of all plugins."""
    from revsearch_tui.cli.app import run

    tracing.begin()
    try:
        status = run(words)
    finally:
        steps = tracing.end()
    return status, _told(steps, Workspace().registry.rows())


def _told(steps: Sequence[tracing.Step], rows: Sequence[PluginRow]) -> list[Row]:
    """Steps as rows, those of objects with the plugin that offers them; then the plugins that were not asked."""
    plugins = {f"import {row.info.factory}": row.plugin for row in rows if row.info is not None}
    told: list[Row] = [
        {
            "at_ms": round(step.at_ms, 1),
            "plugin": step.plugin or plugins.get(step.what, ""),
            "what": step.what,
            "ms": round(step.ms, 2),
            "imported": list(step.imported),
            "caller": step.caller,
        }
        for step in steps
    ]
    asked = {row["plugin"] for row in told}
    for row in {row.plugin: row for row in rows if row.plugin not in asked}.values():
        why = f"nothing: {row.state}, {row.reason}" if row.state == "disabled" else "nothing"
        told.append({"at_ms": None, "plugin": row.plugin, "what": why, "ms": None, "imported": [], "caller": ""})
    return told
