"""`revsearch plugins`."""

from __future__ import annotations

import typer

from revsearch_tui.cli.options import FormatOption, OutputOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.workspace import Workspace

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def plugins(form: FormatOption = Format.table, output: OutputOption = None) -> int:
    """List what plugins offer and what state each is in. A plugin that fails is a row with a reason."""
    rows = [
        {
            "kind": row.kind,
            "name": row.name,
            "state": row.state,
            "plugin": row.plugin,
            "distribution": f"{row.distribution} {row.version}".strip(),
            "about": row.reason or row.summary,
            "reason": row.reason,
        }
        for row in Workspace().registry.rows()
    ]
    emit(
        rows, form, columns=("kind", "name", "state", "plugin", "distribution", "about"), path_key="name", output=output
    )
    return 0 if rows else 1
