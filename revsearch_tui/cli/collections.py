"""`revsearch collections`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revsearch_tui.api import IndexMissingError, StorageError, UsageError
from revsearch_tui.cli import exchange
from revsearch_tui.cli.console import confirm, note
from revsearch_tui.cli.listings import list_collections
from revsearch_tui.cli.options import CollectionOption, FormatOption, NulOption, OutputOption, complete_collection
from revsearch_tui.cli.output import Format, emit
from revsearch_tui.core.base.files import may_write
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.storage.adoption import adopt, lost_collections
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.catalog.database import damaged as damaged_catalog
from revsearch_tui.core.storage.collections import Collection, forget_root
from revsearch_tui.core.storage.summary import summary_of
from revsearch_tui.core.workspace import Workspace

collections_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)
exchange.register(collections_app)

_SHOWN_ABSENT = 10
NameArgument = Annotated[str | None, typer.Argument(help="Collection.", autocompletion=complete_collection)]


@collections_app.callback()
def default(ctx: typer.Context) -> None:
    """List collections, show what they hold, carry them to other machines, join and drop them."""
    if ctx.invoked_subcommand is None:
        raise typer.Exit(list_all())


@collections_app.command("list")
def list_all(form: FormatOption = Format.table, nul: NulOption = False, output: OutputOption = None) -> int:
    """All collections."""
    return list_collections(form, output, nul=nul)


@collections_app.command()
def show(name: NameArgument = None, form: FormatOption = Format.table) -> int:
    """What one collection holds, method by method."""
    workspace = Workspace()
    collection = workspace.collection(name)
    summary = summary_of(collection, note)
    found = workspace.keys(collection)
    failed: dict[str, int] = {}
    if found:
        with Catalog(collection.catalog_file) as catalog:
            failed = {key.key: len(catalog.failures(key.key)) for key in found}
    keys = [
        {
            "method": key.label,
            "pictures": key.images,
            "failed": failed[key.key],
            "complete": key.complete,
            "in_chromadb": key.chroma_rows,
            "dim": key.dim,
            "metric": key.metric,
            "options": ", ".join(f"{option}={value}" for option, value in key.options.items()),
            "key": key.key,
        }
        for key in found
    ]
    if form is Format.table:
        for field in ("name", "folders", "pictures", "files", "skipped", "writing"):
            note(f"{field:>9}  {summary[field] if field != 'folders' else ', '.join(summary[field])}")
    emit(keys, form, document={**summary, "keys": keys})
    return 0


@collections_app.command()
def skipped(
    name: NameArgument = None,
    notes: Annotated[
        bool,
        typer.Option("--notes", help="Instead, files that are indexed, but by a preview in them or a later frame."),
    ] = False,
    form: FormatOption = Format.table,
    nul: NulOption = False,
    output: OutputOption = None,
) -> int:
    """Files that could not be indexed, or that a method failed on, and why; in json also what the decoder said."""
    collection = Workspace().collection(name)
    with Catalog(collection.catalog_file) as catalog:
        if notes:
            rows = [{"path": str(path), "method": None, "reason": text} for path, text in catalog.notes()]
        else:
            rows = [
                {"path": str(path), "method": None, "reason": reason, "detail": detail}
                for path, reason, detail in sorted(catalog.skipped(), key=lambda row: row[1])
            ]
            rows += [
                {"path": str(path), "method": label, "reason": why, "detail": ""}
                for path, label, why in catalog.failed_files()
            ]
    columns = ("reason", "path") if all(row["method"] is None for row in rows) else ("method", "reason", "path")
    emit(rows, form, columns=columns, nul=nul, output=output)
    return 0 if rows else 1


@collections_app.command("adopt")
def take_up(
    name: Annotated[str, typer.Argument(help="Index to take up.")],
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Its folders of pictures; default: those that hold the files it knows.")
    ] = None,
) -> int:
    """Take up an index that has lost its collection.json. Nothing is embedded anew."""
    collection = adopt(Workspace().folders.collections, name, folders or (), note)
    roots = ", ".join(f"'{root}'" for root in collection.roots)
    note(f"'{name}' is a collection again; its folders: {roots}; bring it up to date with: revsearch index -c {name}")
    return 0


@collections_app.command()
def forget(
    name: Annotated[str, typer.Argument(help="Collection.", autocompletion=complete_collection)],
    folder: Annotated[Path, typer.Argument(help="Folder to let go of.")],
) -> int:
    """Take a folder out of a collection. The pictures themselves are not touched."""
    collection = Workspace().collection(name)
    with writer_lock(collection.home, "changing folders"):
        forget_root(collection, folder)
    note(f"'{folder}' is no longer part of '{name}'; the next indexing run lets go of its pictures")
    return 0


@collections_app.command()
def relocate(
    old: Annotated[Path, typer.Argument(help="Where the pictures were.")],
    new: Annotated[Path, typer.Argument(help="The folder where they are now.")],
    collection: CollectionOption = None,
) -> int:
    """Follow folders that moved to another place, without reading the pictures."""
    from revsearch_tui.core.storage.relocation import relocate as change

    home = Workspace().collection(collection)
    moved = change(home, old, new)
    for root in moved.added:
        note(f"'{root}' is a folder of the collection now")
    for root in moved.missing:
        note(f"'{root}' is not there; what is known of its files is kept")
    away = [path for path in moved.absent if not any(path.is_relative_to(root) for root in moved.missing)]
    for path in away[:_SHOWN_ABSENT]:
        note(f"'{path}' is not there")
    if len(away) > _SHOWN_ABSENT:
        note(f"... and {len(away) - _SHOWN_ABSENT:,} more files that are not there")
    note(
        f"{moved.files:,} files that were below '{old}' are known below '{new}'; "
        f"bring it up to date with: revsearch index -c {home.name}"
    )
    return 0


@collections_app.command("rename")
def give_name(
    old: Annotated[str, typer.Argument(help="Collection.", autocompletion=complete_collection)],
    new: Annotated[str, typer.Argument(help="Its new name.")],
) -> int:
    """Give a collection another name. Nothing is embedded anew."""
    from revsearch_tui.core.storage.renaming import rename

    workspace = Workspace()
    renamed = rename(workspace.collection(old), new)
    note(f"'{old}' is called '{renamed.name}' now")
    origin = workspace.config.origins["general.collection"]
    if workspace.config.text("general.collection") == old and origin != "default":
        note(f"general.collection is '{old}' still, by the {origin}; set it to '{new}'")
    return 0


@collections_app.command()
def drop(
    name: Annotated[str, typer.Argument(help="Collection.", autocompletion=complete_collection)],
    method: Annotated[str | None, typer.Option("--method", "-m", help="Drop only what this method made.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    """Delete an index, and free its disk. The pictures themselves are not touched."""
    from revsearch_tui.core.storage import dropping

    workspace = Workspace()
    try:
        collection = workspace.collection(name)
        every = workspace.keys(collection)
    except (StorageError, IndexMissingError) as error:
        if method is not None or (
            isinstance(error, IndexMissingError) and name not in lost_collections(workspace.folders.collections)
        ):
            raise
        # What cannot be read can still be deleted whole, so that it can be indexed anew.
        note(str(error))
        collection, every = Collection(name, workspace.folders.collections / name), []
    what = f"everything indexed by '{method}' in '{name}'" if method else f"the collection '{name}'"
    keys = [key for key in every if method is None or method in (key.label, key.method, key.key)]
    if method and not keys:
        raise UsageError(f"'{name}' is not indexed by '{method}'; see: revsearch collections show {name}")
    if not yes and not confirm(f"Delete {what}? The pictures themselves are not touched."):
        note("nothing was deleted")
        return 1
    dropping.drop(collection, keys, store=workspace.store_kind(collection), whole=method is None)
    note(f"deleted {what}")
    return 0


@collections_app.command()
def verify(collection: CollectionOption = None) -> int:
    """Check embeddings and local features against their checksums, and ChromaDB, or the store, against embeddings."""
    from revsearch_tui.cli.progress import ProgressBar
    from revsearch_tui.core.storage.store.mending import mend_before_reading
    from revsearch_tui.core.storage.upkeep import verify_keys

    workspace = Workspace()
    home = workspace.collection(collection)
    damaged = False
    with Catalog(home.catalog_file) as catalog, ProgressBar() as control:
        if not catalog.is_sound():
            raise damaged_catalog(home.catalog_file, "its contents do not agree with each other")
        for verdict in verify_keys(home, catalog):
            damaged |= bool(verdict.problem)
            note(f"{verdict.label}: {verdict.problem or 'sound'}")
        store = workspace.store_kind(home, control)
        if may_write(home.home):
            mend_before_reading(home, catalog, control, note, store=store)
        else:
            why = f"nothing can be written to {home.home}; exact searches do without it"
            note(f"{store.title} is not compared, for {why}")
    if damaged:
        note(f"run: revsearch index -c {home.name}, which makes anew what is damaged")
    return 3 if damaged else 0
