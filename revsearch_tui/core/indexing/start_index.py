"""From what a user asks for to an indexing run: into which collection, by which methods, within which bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, IndexMissingError, UsageError
from revsearch_tui.core.indexing.index_report import IndexReport, IndexSettings
from revsearch_tui.core.indexing.while_running import Listener
from revsearch_tui.core.storage.collections import Collection, ensure_collection
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.indexing.indexer import Feed


def index_settings(workspace: Workspace) -> IndexSettings:
    """How to index, as configured. Raises `ConfigError`."""
    from revsearch_tui.core.storage.store.server import check_servers

    config, folders = workspace.config, workspace.folders
    check_servers(config.text("store.chroma_url"))  # before the work, not behind it
    return IndexSettings(
        workers=config.number("index.workers"),
        ignore=config.texts("index.ignore"),
        exclude=(folders.collections, folders.models, folders.cache, folders.config),
        follow_links=config.flag("index.follow_links"),
        max_file_bytes=config.number("index.max_file_mb") * 1_000_000,
        max_pixels=workspace.max_pixels,
        decode_timeout_s=config.real("index.decode_timeout_s"),
        method_timeout_s=config.real("index.method_timeout_s"),
    )


def index_collection(
    workspace: Workspace,
    name: str | None,
    roots: Sequence[Path],
    methods: Sequence[str] = (),
    *,
    control: Control,
    options: Mapping[str, object] | None = None,
    model: str | None = None,
    changes: Mapping[str, Any] | None = None,
    listener: Listener | None = None,
    store: str | None = None,
    feed: Feed | None = None,
) -> IndexReport:
    """Index folders into a collection, made where it is missing; without folders, those it has.

    Without methods: those it is indexed by, with the options it was, or of the configured ones those that work.
    `changes` replace fields of the settings. A new collection has its vectors in `store`, or in the configured one;
    `UsageError` is raised for one that has them in another. An index that has lost its description is taken up first.
    `feed` is as for `run_indexing`. Raises its errors, and those of `ensure_collection`, `take_up` and `choose`.
    """
    from revsearch_tui.core.indexing.indexer import run_indexing
    from revsearch_tui.core.storage.adoption import take_up
    from revsearch_tui.core.storage.catalog.restoring import mend_catalog

    folders = workspace.folders.collections
    configured = workspace.config.text("general.collection")
    if name is None and roots:
        # New folders never join another collection, such as the sample, just because it is the only one.
        name = configured
    notes: list[str] = []
    if name is not None and roots:
        take_up(folders, name, roots, notes.append)
    collection = _existing(workspace, name, bool(roots))
    if collection is not None:
        mend_catalog(collection, notes.append)
    keys = workspace.keys(collection) if collection else []
    left_out: dict[str, str] = {}
    specs = list(methods) or ([model] if model else [])
    if not specs and not keys:
        choices = workspace.choose_for_new(options, left_out.__setitem__)
    elif specs or options:
        known = list(dict.fromkeys(key.label for key in keys))
        choices = workspace.choose(specs or known, model=model if methods else None, options=options)
    else:
        choices = workspace.choose_to_update(keys, left_out.__setitem__)
    kept_in = store or (collection.store if collection else workspace.config.text("store.name"))
    if collection is None:
        workspace.check_store(kept_in)
    collection = ensure_collection(
        folders, name or (collection.name if collection else configured), tuple(roots), kept_in
    )
    if kept_in != collection.store:
        raise UsageError(
            f"the collection '{collection.name}' has its vectors in '{collection.store}', as was chosen when it was "
            f"made; for '{kept_in}' make another: revsearch index FOLDER -c NAME --store {kept_in}"
        )
    database = workspace.store_kind(collection, control)
    if database.problem:
        notes.append(database.problem)
    settings = replace(index_settings(workspace), store=database, **(changes or {}))
    report = run_indexing(collection, choices, workspace.registry.readers(), settings, control, listener, feed)
    report.notes[:0] = [*notes, *(f"left out: {why}" for why in left_out.values())]
    report.left_out = left_out | report.left_out
    return report


def follow_store(workspace: Workspace, name: str, control: Control, note: Callable[[str], None]) -> None:
    """Bring ChromaDB, or another store, up to date after a run with `store_later`. Killed before it, or in it, the next
    run does. Raises `StorageError`, `IndexBusyError`, `Cancelled`."""
    from revsearch_tui.core.base.lock import writer_lock
    from revsearch_tui.core.indexing.indexer import bring_store_up
    from revsearch_tui.core.storage.catalog.catalog import Catalog
    from revsearch_tui.core.storage.catalog.restoring import remember_sound

    collection = workspace.collection(name)
    store = workspace.store_kind(collection, control)
    with writer_lock(collection.home, f"bringing {store.title} up to date"):
        with Catalog(collection.catalog_file) as catalog:
            bring_store_up(collection, catalog, control, note, store)
            job = catalog.last_finished_job()
        remember_sound(collection, job)


def _existing(workspace: Workspace, name: str | None, has_roots: bool) -> Collection | None:
    try:
        return workspace.collection(name)
    except IndexMissingError:
        if not has_roots:
            raise
        return None
