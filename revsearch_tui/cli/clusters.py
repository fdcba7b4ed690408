"""`revsearch clusters`: the pictures of a collection by theme, bursts, and what is like nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from revsearch_tui.api import UsageError
from revsearch_tui.cli.console import note
from revsearch_tui.cli.options import (
    CollectionOption,
    FormatOption,
    MethodOption,
    ModelOption,
    NulOption,
    OutputOption,
    QuietOption,
)
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.groups.clusters import Cluster

clusters_app = typer.Typer(add_completion=False, rich_markup_mode=None)
_TABLE = ("cluster", "kind", "pictures", "name", "path")
_CSV = ("cluster", "kind", "pictures", "name", "place", "image_id", "path")


@clusters_app.command()
def clusters(
    folders: Annotated[
        list[str] | None, typer.Argument(help="Folders, or the name of a collection; none: the collection.")
    ] = None,
    collection: CollectionOption = None,
    method: MethodOption = None,
    model: ModelOption = None,
    under: Annotated[
        list[Path] | None, typer.Option("--under", help="Only files below this folder; repeatable.")
    ] = None,
    smallest: Annotated[
        int | None, typer.Option("--smallest", min=2, max=10_000, help="Pictures that make a theme; default: 5 to 10.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only theme, burst or outliers; repeatable.")] = None,
    bursts: Annotated[bool, typer.Option("--bursts/--no-bursts", help="Read when pictures were taken.")] = True,
    form: FormatOption = Format.table,
    nul: NulOption = False,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> int:
    """Sort pictures by what they show. The table has a row for each cluster, other formats one for each picture.

    The exit code is 0 where there are any themes or bursts, else 1.
    """
    from revsearch_tui.core.base.wording import instead
    from revsearch_tui.core.groups.clusters import KINDS, find_clusters, methods_for_themes
    from revsearch_tui.core.groups.opening_sides import collection_or_folders, open_sides

    if folders and collection:
        raise UsageError("give folders or a collection, not both; --under FOLDER keeps to a part of a collection")
    if wrong := next((each for each in kind or () if each not in KINDS), None):
        raise UsageError(f"there is no kind '{wrong}'; {instead(wrong, KINDS)}")
    workspace = Workspace()
    source = collection_or_folders(workspace, folders) if folders else workspace.collection(collection)
    with ProgressBar(quiet=quiet) as control:
        methods = methods_for_themes(workspace, source, method or ([model] if model else []), model if method else None)
        with open_sides(workspace, source, None, methods, control, control.note, under or ()) as (side, _):
            found = find_clusters(side, control, control.note, smallest=smallest, bursts=bursts)
    chosen = [(number, each) for number, each in enumerate(found.found, 1) if not kind or each.kind in kind]
    if form is Format.table and not nul:
        rows = [_row(number, each) for number, each in chosen]
    else:
        rows = [row for number, each in chosen for row in _rows(number, each)]
    document = [_document(number, each) for number, each in chosen] if form is Format.json else None
    emit(rows, form, columns=_TABLE if form is Format.table else _CSV, nul=nul, output=output, document=document)
    if not quiet:
        counted = [sum(each.kind == name for each in found.found) for name in KINDS[:2]]
        outside = sum(len(each.images) for each in found.found if each.kind == "outliers")
        note(
            f"{found.pictures:,} pictures in {found.seconds:.1f} s: {counted[0]:,} themes, {counted[1]:,} bursts, "
            f"{outside:,} pictures in no theme"
        )
    return 0 if any(each.kind != "outliers" for _, each in chosen) else 1


def _row(number: int, cluster: Cluster) -> dict[str, Any]:
    return {
        "cluster": number,
        "kind": cluster.kind,
        "pictures": len(cluster.images),
        "name": cluster.name,
        "path": str(cluster.images[0].paths[0]),
    }


def _rows(number: int, cluster: Cluster) -> Iterator[dict[str, Any]]:
    """One for each picture; `place` 1 is the picture that stands for the cluster."""
    for place, image in enumerate(cluster.images, 1):
        yield {
            **_row(number, cluster),
            "place": place,
            "image_id": image.image_id.hex(),
            "path": str(image.paths[0]),
        }


def _document(number: int, cluster: Cluster) -> dict[str, Any]:
    return {
        **_row(number, cluster),
        "classes": {name: round(share, 4) for name, share in cluster.classes},
        "folders": {str(folder): round(share, 4) for folder, share in cluster.folders},
        "files": [
            {
                "path": str(image.paths[0]),
                "copies": [str(path) for path in image.paths[1:]],
                "image_id": image.image_id.hex(),
            }
            for image in cluster.images
        ],
    }
