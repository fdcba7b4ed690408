"""The line that names the views of a page."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from revsearch_tui.tui.text import shown


class Views(Static):
    """Names side by side, the current one marked; a click on one changes to it."""

    def __init__(self) -> None:
        super().__init__("", classes="page-line", markup=False)

    def show(self, views: Sequence[str], current: str) -> None:
        """Name the views of the page."""
        parts: list[Content] = []
        for number, view in enumerate(views):
            name = f" {shown(view)} "
            if view == current:
                parts.append(Content.styled(f"[{shown(view)}]", "$block-cursor-foreground on $primary bold"))
            else:
                parts.append(Content(name).stylize(f"@click=screen.view_at({number})"))
        self.update(Content(" ").join(parts))
