"""`revsearch pick`: the app as a chooser of pictures, for scripts and file managers."""

from __future__ import annotations

from typing import Annotated

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.doing import DoOption, asked_actions, do_all
from revsearch_tui.cli.opening import hindrance, on_the_terminal
from revsearch_tui.cli.options import CollectionOption, NulOption
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.workspace import Workspace

pick_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@pick_app.command()
def pick(
    query: Annotated[
        str | None, typer.Argument(help="A picture or URL to search for at once; words in quotes; or both, with +.")
    ] = None,
    collection: CollectionOption = None,
    do: DoOption = None,
    nul: NulOption = False,
) -> int:
    """Choose pictures in the app, and print their paths: Enter takes those marked with space, or the highlighted one.

    The app is drawn on the terminal also where stdout, stdin and stderr lead elsewhere. Exit status 0: chosen; 1: left
    with q, nothing chosen; 130: Ctrl-C.
    """
    workspace = Workspace()
    if collection is not None or not workspace.collections():
        workspace.collection(collection)
    asked = asked_actions(workspace, do)
    with on_the_terminal():
        problem = hindrance(prints=True)
        if not problem:
            from revsearch_tui.tui.app import pick as pick_in_app

            chosen = pick_in_app(workspace, collection, query or "")
    if problem:
        raise UsageError(f"{problem}; elsewhere: revsearch search PICTURE --format paths")
    if chosen is None:
        raise KeyboardInterrupt
    emit([{"path": str(found.path)} for found in chosen.hits], Format.paths, nul=nul)
    return do_all(workspace, asked, [chosen], quiet=False) if chosen.hits else 1
