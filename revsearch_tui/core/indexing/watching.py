"""Keep an index current: what changes in the folders of a collection is indexed soon after."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from revsearch_tui.api import Control, IndexBusyError, StorageError
from revsearch_tui.core.indexing.index_report import IndexReport
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace

_STEP_MS, _SETTLED_MS = 500, 1_600
"""A copy of many files is one change: it is waited until nothing has changed for a step, up to so long."""
_LOOK_AGAIN_S = 5.0
"""How often it is seen whether a folder that was missing is there, and whether the index is free."""


def watch_collection(
    workspace: Workspace,
    name: str | None,
    control: Control,
    note: Callable[[str], None],
) -> Iterator[IndexReport]:
    """Index a collection, and again after every change in its folders, until `control` raises `Cancelled`. Each report
    is of one run.

    Folders that are not there are watched from when they are. Where somebody else writes to the index, it is waited
    for. Raises as `index_collection` does, and `StorageError` where the system does not let folders be watched.
    """
    told_busy = False
    while True:
        control.check()
        roots = workspace.collection(name).roots
        present = [root for root in roots if root.is_dir()]
        # Begun before the run, so that what changes during it is seen.
        changes = _changes(present, _own_folders(workspace))
        try:
            next(changes)
            try:
                yield index_collection(workspace, name, (), control=control)
                told_busy = False
            except IndexBusyError as error:
                if not told_busy:
                    note(f"{error}; it is waited for")
                    told_busy = True
                _wait(control)
                continue
            looked = time.monotonic()
            for changed in changes:
                control.check()
                if changed:
                    break
                if time.monotonic() - looked > _LOOK_AGAIN_S:
                    looked = time.monotonic()
                    if [root for root in roots if root.is_dir()] != present or workspace.collection(
                        name
                    ).roots != roots:
                        break
        except OSError as error:
            raise StorageError(
                f"the folders of '{workspace.collection(name).name}' cannot be watched: {error}; "
                "index them from time to time instead"
            ) from error
        finally:
            changes.close()


def _own_folders(workspace: Workspace) -> list[str]:
    folders = workspace.folders
    return [os.path.join(os.path.realpath(each), "") for each in (folders.data, folders.cache, folders.config)]  # noqa: PTH118


def _changes(roots: Sequence[Path], own: Sequence[str]) -> Generator[bool, None, None]:
    """First False, once it is watched; then about twice a second whether anything changed. Raises OSError."""
    if not roots:
        yield False
        while True:
            time.sleep(_STEP_MS / 1000)
            yield False
    from watchfiles import watch

    def concerns(_change: object, path: str) -> bool:
        """The index itself may lie below a folder of pictures, and changes with every run."""
        return not os.path.realpath(path).startswith(tuple(own))

    stop = threading.Event()
    watched = watch(
        *map(str, roots),
        watch_filter=concerns,
        debounce=_SETTLED_MS,
        step=_STEP_MS,
        rust_timeout=_STEP_MS,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    try:
        for found in watched:
            yield bool(found)
    finally:
        stop.set()


def _wait(control: Control) -> None:
    until = time.monotonic() + _LOOK_AGAIN_S
    while time.monotonic() < until:
        control.check()
        time.sleep(0.1)
