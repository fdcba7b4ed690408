"""`revsearch demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from revsearch_tui.cli.console import note
from revsearch_tui.cli.opening import hindrance, open_app
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.indexing.sample import COLLECTION, sample_copies, sample_folder
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SHOWN = "crop"


@app.command()
def demo(
    no_app: Annotated[bool, typer.Option("--no-app", help="Print a search result, do not open the app.")] = False,
) -> int:
    """Make the sample collection, index it, and search it: in the app, or printed where the app cannot be shown."""
    workspace = Workspace()
    with ProgressBar() as control:
        folder = sample_folder(workspace, lambda done, total: control.progress(done, total, "drawing sample pictures"))
        report = index_collection(workspace, COLLECTION, [folder], ["phash", "sift"], control=control)
    if report.cancelled:
        note("interrupted; run the command again to go on")
        return 130
    note(f"the collection '{COLLECTION}' has {report.pictures} pictures, in {folder}")
    if not no_app and not hindrance():
        return open_app(COLLECTION)
    from revsearch_tui.cli.search import search

    example = next(copy for copy in sample_copies(folder) if copy.transformation == _SHOWN)
    note(f"which pictures are like {example.copy.name}?")
    return search([str(example.copy)], collection=COLLECTION, method=["sift"], k=5, quiet=True)
