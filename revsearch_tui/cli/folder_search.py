"""`revsearch search QUERY FOLDER`: search what is in a folder, indexed first where it is not or has changed."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from revsearch_tui.api import (
    Cancelled,
    IndexBusyError,
    IndexMissingError,
    RevsearchError,
    StorageError,
    UsageError,
)
from revsearch_tui.cli.console import error_line, flush, note, stdout_is_terminal
from revsearch_tui.cli.exit_status import EXIT_INTERRUPTED
from revsearch_tui.cli.options import parse_method_options
from revsearch_tui.cli.output import Format
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.workspace import Workspace

Search = Callable[..., int]
"""`revsearch search`, with the arguments of its command line."""

_LONGEST_WAIT_S = 20.0
"""For the first pictures that another process indexes."""


def folder_to_search(queries: Sequence[str], source: str | None, text: str | None) -> str:
    """The folder that is to be searched: the last of what was given beside a query; empty where there is none.

    Raises `UsageError` for a folder without a query.
    """
    *pictures, last = queries or [""]
    if not _is_folder(last):
        if len(pictures) == 1 and _is_folder(pictures[0]):
            turned = shlex.join([last, pictures[0]])
            raise UsageError(f"'{pictures[0]}' is a folder, which stands last: revsearch search {turned}")
        return ""
    if not pictures and source is None and text is None:
        raise UsageError(
            f"'{last}' is a folder, and there is no picture to search it for; say: revsearch search PICTURE FOLDER"
        )
    if other := next(filter(_is_folder, pictures), ""):
        raise UsageError(f"'{other}' and '{last}' are folders; one folder is searched at a time, for pictures")
    return last


def _is_folder(name: str) -> bool:
    return os.path.isdir(os.path.expanduser(name))  # noqa: PTH111, PTH112 - of any text, however long


def search_folder(folder: str, given: Mapping[str, Any], search: Search) -> int:
    """The exit status of the search. `given` are all arguments, among them the folder.

    A collection that covers this folder and nothing else is brought up to date first; one that covers more is searched
    as it is. Raises `RevsearchError`.
    """
    if given["under"]:
        raise UsageError("a folder to search and --under both say where; give one of them")
    place = Path(os.path.realpath(os.path.expanduser(folder)))  # noqa: PTH111
    workspace = Workspace()
    bar = ProgressBar(quiet=given["quiet"])
    asked = {**given, "queries": list(given["queries"][:-1]) or None}
    known = _known(workspace, place, given["collection"], folder)
    run = _FolderRun(workspace, place, folder, asked, search, bar)
    return run.in_new() if known is None else run.in_known(known)


def _known(workspace: Workspace, place: Path, name: str | None, folder: str) -> Collection | None:
    """The collection that holds the folder, or None. Raises `UsageError` where another one is named."""
    from revsearch_tui.core.storage.catalog.catalog import Catalog
    from revsearch_tui.core.storage.covering import holding, holds, is_all_of

    if name is not None:
        try:
            named = workspace.collection(name)
        except IndexMissingError:
            return None
        if not holds(named, place):
            raise UsageError(
                f"the collection '{name}' does not hold '{folder}'; add it with: revsearch index FOLDER -c {name}, "
                "or leave out -c"
            )
        return named
    for found in holding(workspace.collections(), place):
        if is_all_of(found, place):
            return found
        if found.catalog_file.exists():
            with Catalog(found.catalog_file) as catalog:
                if catalog.has_below(os.fsencode(place)):
                    return found
    return None


class _FolderRun:
    """One search of a folder."""

    def __init__(
        self, workspace: Workspace, place: Path, folder: str, asked: dict[str, Any], search: Search, bar: ProgressBar
    ) -> None:
        self._workspace, self._place, self._folder, self._bar = workspace, place, folder, bar
        self._asked, self._search = asked, search
        self._total = 0
        self._has_shown = False

    def in_known(self, collection: Collection) -> int:
        """Search what is indexed, brought up to date where the folder is all there is to it."""
        from revsearch_tui.core.indexing.changes import Changes, changes_below
        from revsearch_tui.core.indexing.start_index import index_settings
        from revsearch_tui.core.storage.covering import is_all_of

        name = collection.name
        is_own = is_all_of(collection, self._place)
        try:
            changes = changes_below(collection, self._place, index_settings(self._workspace))
        except StorageError:  # an indexing run mends what can be mended, a search says what is wrong
            changes = Changes(new=1)
        if is_own and changes:
            if changes.known:
                self._bar.note(f"'{self._folder}': {changes} since it was indexed; bringing '{name}' up to date")
            else:
                self.check_worthwhile()
            self._hold_queries()
            return self._indexed(name)
        if is_own and not changes.pictures:
            raise self._no_pictures(name)
        if not is_own:
            behind = f"; {changes} there, not indexed yet: revsearch index -c {name}" if changes else ""
            self._bar.note(f"'{self._folder}' is part of the collection '{name}'{behind}")
            self._asked["under"] = [self._place]
        return self._answer(name)

    def in_new(self) -> int:
        """Index the folder into a collection of its own, and search that."""
        from revsearch_tui.core.storage.collections import drop_collection, ensure_collection
        from revsearch_tui.core.storage.covering import collection_for

        self.check_worthwhile()
        self._hold_queries()
        folders, name = self._workspace.folders.collections, self._asked["collection"]
        made = ensure_collection(folders, name, (self._place,)) if name else collection_for(folders, self._place)
        try:
            return self._indexed(made.name)
        finally:
            if not made.catalog_file.exists():
                drop_collection(made)

    def check_worthwhile(self) -> None:
        """Raise `UsageError` where indexing would be in vain: no pictures, no query that can be searched for."""
        from revsearch_tui.core.indexing.changes import check_has_pictures
        from revsearch_tui.core.indexing.start_index import index_settings

        if self._asked["copies"] and len(self._asked["method"] or ()) == 1:
            raise UsageError(
                f"--copies by one method goes by a threshold that `revsearch robustness` measures, and "
                f"'{self._folder}' is not indexed yet; leave out one of both"
            )
        why = check_has_pictures(self._place, self._workspace.registry.readers(), index_settings(self._workspace))
        if why:
            raise UsageError(f"'{self._folder}' {why}; give a folder of pictures")

    def _indexed(self, name: str) -> int:
        """Index what is to be indexed, showing hits meanwhile, then all of them."""
        from revsearch_tui.core.indexing.start_index import index_collection
        from revsearch_tui.core.indexing.while_running import Listener

        asked, bar = self._asked, self._bar
        specs = asked["method"] or ([asked["model"]] if asked["model"] else [])
        is_new = not self._has_rows(name)
        try:
            with bar as control:
                report = index_collection(
                    self._workspace,
                    name,
                    [self._place],
                    specs if is_new else [],
                    control=control,
                    options=parse_method_options(asked["option"], asked["region"]) if is_new else None,
                    model=asked["model"] if asked["method"] and is_new else None,
                    changes={"store_later": True},
                    listener=Listener(
                        cost=lambda cost: bar.note(cost.sentence("--methods quick")),
                        committed=lambda done, total: self._committed(name, done, total),
                    ),
                )
        except IndexBusyError:
            bar.note(f"'{self._folder}' is being indexed by another process; searching what is there")
            self._await_rows(name)
            return self._answer(name)
        except StorageError as error:
            if not self._has_rows(name):
                raise
            error_line(str(error))
            bar.note("the hits among what was indexed before that:")
            self._answer(name)
            return error.exit_code
        for line in report.notes:
            bar.note(line)
        if report.skipped:
            bar.note(f"{len(report.skipped):,} files were skipped, see: revsearch collections skipped {name}")
        if report.cancelled:
            far = f"{report.read:,} of {self._total:,}" if self._total else f"{report.read:,}"
            note(f"interrupted after {far} pictures; what was done is kept, the same command goes on from there")
            if self._has_rows(name):
                self._answer(name)
            return EXIT_INTERRUPTED
        if not report.pictures:
            raise self._no_pictures(name)
        all_of_it = "the 1 picture is" if report.pictures == 1 else f"all {report.pictures:,} pictures are"
        bar.note(f"{all_of_it} searched, in the collection '{name}':")
        status = self._answer(name)
        return self._followed(name) or status

    def _followed(self, name: str) -> int:
        """Have ChromaDB follow, behind the answer; an exit status where that failed, else 0."""
        from revsearch_tui.core.indexing.start_index import follow_store

        flush()
        try:
            with self._bar as control:
                follow_store(self._workspace, name, control, self._bar.note)
        except (Cancelled, IndexBusyError):
            pass  # a later run does it
        except StorageError as error:
            error_line(str(error))
            return error.exit_code
        return 0

    def _hold_queries(self) -> None:
        """Have every query read and tried before the work begins. Raises `UsageError` where none is left to search."""
        from revsearch_tui.core.images.pool import DecodePool
        from revsearch_tui.core.search.question import parse_question
        from revsearch_tui.core.search.sources import HeldQuery, is_url, query_pixels, read_query
        from revsearch_tui.core.search.start_search import fetch_limits

        workspace, limits = self._workspace, fetch_limits(self._workspace)
        held: list[str] = []
        errors: list[UsageError] = []
        with (
            self._bar as control,
            DecodePool(1, workspace.registry.readers(), max_pixels=workspace.max_pixels) as decoder,
        ):
            for name in self._asked["queries"] or ():
                with control.ending_at_once():
                    try:
                        if [part.source for part in parse_question(name)] != [name]:
                            held.append(name)  # words, or several pictures: they are read when they are searched for
                            continue
                        picture = read_query(name, limits, control)
                        query_pixels(decoder, picture, self._asked["crop"])
                    except UsageError as problem:
                        errors.append(problem)
                        held.append(name)
                    else:
                        held.append(HeldQuery(picture) if name == "-" or is_url(name) else name)
        if errors and len(errors) == len(held) and self._asked["source"] is None:
            for error in errors[:-1]:
                error_line(str(error))
            raise errors[-1]
        self._asked["queries"] = held or None

    def _committed(self, name: str, done: int, total: int) -> None:
        """Show hits among the first pictures, once, to people who wait for them."""
        self._total = total
        asked = self._asked
        is_watched = stdout_is_terminal() and asked["form"] is Format.table and not asked["nul"] and not asked["output"]
        if self._has_shown or not is_watched or not (asked["queries"] or asked["text"]) or done >= total:
            return
        self._has_shown = True
        self._bar.clear()
        note(f"after {done:,} of {total:,} pictures:")
        try:
            if self._search(**{**asked, "collection": name, "source": None, "do": None, "quiet": True}):
                note("no hits so far")
        except Cancelled:
            raise
        except (RevsearchError, typer.Exit):
            pass  # it is said at the end

    def _no_pictures(self, name: str) -> UsageError:
        return UsageError(
            f"'{self._folder}' holds no picture that can be read, see: revsearch collections skipped {name}"
        )

    def _answer(self, name: str) -> int:
        return self._search(**{**self._asked, "collection": name})

    def _has_rows(self, name: str) -> bool:
        try:
            return any(key.images for key in self._workspace.keys(self._workspace.collection(name)))
        except RevsearchError:
            return False

    def _await_rows(self, name: str) -> None:
        """Until another process has indexed something, or has ended."""
        from revsearch_tui.core.storage.collections import indexing_run

        deadline = time.monotonic() + _LONGEST_WAIT_S
        while not self._has_rows(name) and time.monotonic() < deadline:
            try:
                if indexing_run(self._workspace.collection(name)) is None:
                    return
            except RevsearchError:
                return
            time.sleep(0.2)
