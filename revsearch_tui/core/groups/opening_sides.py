"""From what a user names, a collection or folders, to what can be compared: folders are indexed in the cache first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, StorageError, UsageError
from revsearch_tui.core.base.cache_use import in_use
from revsearch_tui.core.groups.sides import Side
from revsearch_tui.core.indexing.cached_folders import bring_up_to_date, cached_collection
from revsearch_tui.core.storage.collections import Collection, checked_folders

if TYPE_CHECKING:
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Methods:
    """The methods that a user named, all there are where none, with a model and options."""

    specs: Sequence[str] = ()
    model: str | None = None
    options: Mapping[str, object] | None = None


@contextlib.contextmanager
def open_sides(
    workspace: Workspace,
    first: Collection | Sequence[Path],
    second: Collection | Sequence[Path] | None,
    methods: Methods,
    control: Control,
    note: Callable[[str], None],
    under: Sequence[Path] = (),
) -> Iterator[tuple[Side, Side]]:
    """Collections, or folders, open to be compared by the same methods; one twice where there is no second.

    `under` keeps only files of the first below these folders. Raises `UsageError`, `IndexMissingError`,
    `MethodUnavailableError`, `StorageError`, `Cancelled`.
    """
    named = next((each for each in (second, first) if isinstance(each, Collection)), None)
    if named is not None:
        choices = workspace.choose_to_search(
            named, methods.specs, model=methods.model, options=methods.options, note=note
        )
    else:
        choices = workspace.choose_to_compare(methods.specs, model=methods.model, options=methods.options, note=note)
    with contextlib.ExitStack() as stack:
        one = _indexed(workspace, first, choices, stack, control, note)
        side = stack.enter_context(Side(workspace, one, choices, control, note, under))
        if second is None:
            yield side, side
            return
        other = _indexed(workspace, second, choices, stack, control, note)
        yield side, stack.enter_context(Side(workspace, other, choices, control, note))


def collection_or_folders(workspace: Workspace, names: Sequence[str]) -> Collection | tuple[Path, ...]:
    """What a user means: folders, or one collection by its name. Raises `UsageError`, `IndexMissingError`."""
    folders = [Path(name).expanduser() for name in names]
    if len(names) == 1 and not folders[0].is_dir():
        if any(found.name == names[0] for found in workspace.collections()):
            return workspace.collection(names[0])
        raise UsageError(f"'{names[0]}' is neither a folder nor a collection")
    return checked_folders(tuple(folders))


def _indexed(
    workspace: Workspace,
    named: Collection | Sequence[Path],
    choices: Sequence[MethodChoice],
    stack: contextlib.ExitStack,
    control: Control,
    note: Callable[[str], None],
) -> Collection:
    """The collection; of folders, one in the cache that is brought up to date."""
    if isinstance(named, Collection):
        return named
    collection = cached_collection(workspace, named)
    try:
        collection.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write to {collection.home}: {error.strerror or error}") from None
    stack.enter_context(in_use(collection.home))
    bring_up_to_date(workspace, collection, choices, control, note)
    return collection
