"""What there is, listed: plugins, collections, models. Nothing of the command line's parser is needed for that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import MethodUnavailableError
from revsearch_tui.api.deprecations import deprecations
from revsearch_tui.cli.console import note
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.registry import PluginRow


def list_plugins(form: Format = Format.table, output: Path | None = None, *, strict: bool = False) -> int:
    """What plugins offer and what state each is in. `strict` raises `MethodUnavailableError` where something is broken,
    incompatible or shadowed."""
    rows = Workspace().registry.rows()
    emit(
        [told(row) for row in rows],
        form,
        columns=("kind", "name", "state", "plugin", "distribution", "about"),
        path_key="name",
        output=output,
    )
    for row in rows:
        for told_of in deprecations(row.info) if row.info is not None else ():
            note(f"the plugin '{row.plugin}' of {row.distribution or 'nobody'}: {told_of}")
    wrong = [row for row in rows if row.state in ("broken", "incompatible", "shadowed")]
    if strict and wrong:
        raise MethodUnavailableError(f"{wrong[0].name} is {wrong[0].state}: {wrong[0].reason}")
    return 0 if rows else 1


def told(row: PluginRow) -> dict[str, object]:
    """A row of the registry as data."""
    return {
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "plugin": row.plugin,
        "distribution": f"{row.distribution} {row.version}".strip(),
        "about": row.reason or row.summary,
        "reason": row.reason,
    }


def list_collections(form: Format = Format.table, output: Path | None = None, *, nul: bool = False) -> int:
    """All collections."""
    from revsearch_tui.core.storage.adoption import lost_collections
    from revsearch_tui.core.storage.collections import DESCRIPTION
    from revsearch_tui.core.storage.summary import summary_of

    workspace = Workspace()
    rows = [summary_of(collection, note) for collection in workspace.collections()]
    lost = lost_collections(workspace.folders.collections)
    for name in lost:
        note(
            f"the index '{name}' has no {DESCRIPTION} that can be read; take it up: revsearch collections adopt {name}"
        )
    if not rows and not lost:
        note("there are no collections; make one with: revsearch index FOLDER")
    columns = ("name", "pictures", "files", "skipped", "methods", "folders")
    emit(rows, form, columns=columns, path_key="home", nul=nul, output=output)
    return 0 if rows else 1


def list_models(form: Format = Format.table, output: Path | None = None) -> int:
    """All models: your own, and those that come with plugins."""
    rows = [
        {
            "name": record.name,
            "method": record.method,
            "origin": record.origin,
            "dim": record.facts.get("dim") or record.settings.get("dim", ""),
            "bytes": record.bytes,
            "added": record.added,
            "sha256": record.sha256[:16],
            "problem": record.problem,
        }
        for record in Workspace().models()
    ]
    if not rows:
        note("no models are registered; add one with: revsearch models add FILE")
    columns = ["name", "method", "origin", "dim", "bytes", "added", "sha256"]
    if any(row["problem"] for row in rows):
        columns.append("problem")
    emit(rows, form, columns=columns, path_key="name", output=output)
    return 0 if rows else 1
