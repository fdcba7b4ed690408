"""What can be done with a hit outside the app. Every outcome is a notification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import RevsearchError
from revsearch_tui.tui.messages import Note
from revsearch_tui.tui.session import own_path
from revsearch_tui.tui.text import shown, shown_path

if TYPE_CHECKING:
    from textual.screen import Screen

    from revsearch_tui.core.search.results import Hit


def open_hit(screen: Screen[None], hit: Hit, viewer: str) -> None:
    """Open the hit's picture in a viewer."""
    from revsearch_tui.tui.viewer import open_in_viewer

    try:
        open_in_viewer(Path(own_path(hit)), viewer, lambda text: screen.post_message(Note(text)))
    except (RevsearchError, OSError) as error:
        screen.app.notify(shown(str(error)), title="Cannot open", severity="error", markup=False)
    else:
        screen.app.notify(f"Opening {shown(hit.path.name)}", timeout=2, markup=False)


def copy_hit_path(screen: Screen[None], hit: Hit) -> None:
    """Copy the hit's path to the clipboard."""
    path = str(hit.path)
    try:
        path.encode()
    except UnicodeEncodeError:
        screen.app.copy_to_clipboard(shown(path))
        screen.app.notify("The name is not UTF-8; it was copied with escapes.", severity="warning", markup=False)
    else:
        screen.app.copy_to_clipboard(path)
        screen.app.notify(f"Copied {shown_path(path)}", timeout=2, markup=False)
