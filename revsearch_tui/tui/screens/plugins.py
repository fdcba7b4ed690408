"""What is installed and in what state, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from revsearch_tui.tui.screens.dialog import ReadingDialog
from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.registry import PluginRow
    from revsearch_tui.core.workspace import Workspace

_STYLES = {"available": "$text-success", "needs-model": "$text-warning", "shadowed": "$foreground-muted"}


class RowsRead(Message):
    """The registry was asked."""

    bubble = False

    def __init__(self, rows: Sequence[PluginRow]) -> None:
        super().__init__()
        self.rows = rows


class PluginsDialog(ReadingDialog):
    """All rows of the registry, which is asked in the background."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("Plugins", "loading …")
        self._workspace = workspace

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(partial(self._read), thread=True)

    def _read(self) -> None:
        self.post_message(RowsRead(self._workspace.registry.rows()))

    def on_rows_read(self, message: RowsRead) -> None:
        self.query_one(Static).update(plugins_content(message.rows))


def plugins_content(rows: Sequence[PluginRow]) -> Content:
    """One paragraph a row, methods first."""
    parts: list[tuple[str, str] | str] = []
    for row in sorted(rows, key=lambda row: (row.kind != "method", row.kind, row.name)):
        parts += [
            (f"{shown(row.name):<16} ", "bold"),
            (f"{row.kind:<9} ", "$foreground-muted"),
            (row.state, _STYLES.get(row.state, "$text-error")),
            (f"   {shown(row.distribution)} {shown(row.version)}\n", "$foreground-muted"),
        ]
        text = row.reason or row.summary
        parts += [(f"{'':17}{shown(text)}\n\n", "$text" if row.reason else "$foreground-muted")]
    return Content.assemble(*parts) if parts else Content("No plugins are installed.")
