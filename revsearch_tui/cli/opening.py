"""Opening the app. Apart from the command line's parser, which bare `revsearch` need not wait for."""

from __future__ import annotations

import sys

from revsearch_tui.api import UsageError


def open_app(collection: str | None) -> int:
    """Open the app, in a terminal only. Gives back its exit status."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the app needs a terminal; without one use a command, see: revsearch --help")
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.app import run as run_app

    return run_app(Workspace(), collection)
