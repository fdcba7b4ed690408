"""`revsearch collections export`, `import` and `merge`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from revsearch_tui.api import RevsearchError, UsageError
from revsearch_tui.cli.options import QuietOption, complete_collection
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.storage.exchange.joining import Joined


class Kind(StrEnum):
    """What an exported collection becomes."""

    revsearch = "revsearch"
    parquet = "parquet"


NameArgument = Annotated[str, typer.Argument(help="Collection.", autocompletion=complete_collection)]


def export(
    name: NameArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, or a folder to write it into.")],
    form: Annotated[
        Kind,
        typer.Option("--format", "-f", help="revsearch: all of it, to import. parquet: embeddings, for other tools."),
    ] = Kind.revsearch,
    method: Annotated[
        str | None, typer.Option("--method", "-m", help="With parquet: only what this method made.")
    ] = None,
    quiet: QuietOption = False,
) -> int:
    """Write an index into a file, to import it on another machine, or as Parquet. Pictures are not in it."""
    from revsearch_tui.core.storage.exchange.carrying import export as carry
    from revsearch_tui.core.storage.exchange.carrying import export_parquet

    if method is not None and form is not Kind.parquet:
        raise UsageError("an export to import again holds all methods; -m goes with --format parquet")
    collection = Workspace().collection(name)
    with ProgressBar(quiet=quiet) as control:
        if form is Kind.parquet:
            files = export_parquet(collection, output, method, control, control.note)
        else:
            files = [carry(collection, output, control, control.note)]
        for file in files:
            control.note(f"'{collection.name}' was written to '{file}'")
    return 0


def take(
    file: Annotated[Path, typer.Argument(help="What 'collections export' wrote.")],
    name: Annotated[str | None, typer.Option("--name", help="Its name here; default: the one it had.")] = None,
    quiet: QuietOption = False,
) -> int:
    """Make a collection of an exported index. Nothing is embedded anew, and a damaged file is refused."""
    from revsearch_tui.core.storage.exchange.carrying import take_file

    return _taken_in(quiet, lambda folder, store, control: take_file(folder, file, name, store, control))


def merge(
    sources: Annotated[list[str], typer.Argument(help="Collections, and files that were exported.")],
    into: Annotated[str, typer.Option("--into", help="Collection that takes them in; made where there is none.")],
    quiet: QuietOption = False,
) -> int:
    """Take collections and exported indexes into one; each stays as it is. Nothing is embedded anew."""
    from revsearch_tui.core.storage.exchange.carrying import merge as merge_all

    return _taken_in(quiet, lambda folder, store, control: merge_all(folder, sources, into, store, control))


def _taken_in(quiet: bool, join: Callable[[Path, str, ProgressBar], Joined]) -> int:
    workspace = Workspace()
    store = workspace.config.text("store.name")
    workspace.check_store(store)
    with ProgressBar(quiet=quiet) as control:
        _finish(workspace, join(workspace.folders.collections, store, control), control)
    return 0


def _finish(workspace: Workspace, joined: Joined, control: ProgressBar) -> None:
    """Tell what came, and bring ChromaDB in step."""
    from revsearch_tui.core.storage.exchange.carrying import follow

    collection = joined.collection
    rows = ", ".join(f"{count:,} by {label}" for label, count in joined.rows.items()) or "nothing new"
    control.note(
        f"'{collection.name}' has {joined.pictures:,} pictures in {joined.files:,} files; embeddings taken in: {rows}"
    )
    for line in [*joined.notes, *_of_other_versions(workspace, joined)]:
        control.note(line)
    follow(collection, control, control.note, store=workspace.store_kind(collection, control))


def _of_other_versions(workspace: Workspace, joined: Joined) -> list[str]:
    """What was taken in and cannot be searched by here."""
    keys = workspace.keys(joined.collection)
    left_out: dict[str, str] = {}
    try:
        current = {choice.key for choice in workspace.choose_to_update(keys, left_out.__setitem__)}
    except RevsearchError as error:
        return [f"none of its methods works here: {error}"] if keys else []
    lines = [f"'{label}' is kept, but cannot be searched by on this machine: {why}" for label, why in left_out.items()]
    lines += [
        f"what '{key.label}' made is kept, but with another version of it, of its model or of the decoder than this "
        f"machine has, so that it is not searched; run: revsearch index -c {joined.collection.name}"
        for key in keys
        if key.key not in current and key.label not in left_out
    ]
    return lines


def register(app: typer.Typer) -> None:
    """Add the commands to `revsearch collections`."""
    app.command("export")(export)
    app.command("import")(take)
    app.command("merge")(merge)
