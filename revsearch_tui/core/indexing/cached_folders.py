"""Folders that are indexed in the cache, to be compared or measured and not to be searched again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, Control
from revsearch_tui.core.indexing.start_index import index_settings
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE

if TYPE_CHECKING:
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.workspace import Workspace


def cached_collection(workspace: Workspace, folders: Sequence[Path]) -> Collection:
    """The folders, in this order, as a collection of their own in the cache, where a later run finds it."""
    name = hashlib.sha256(b"\0".join(os.fsencode(folder) for folder in folders)).hexdigest()[:16]
    return Collection(name, workspace.folders.robustness / name, tuple(dict.fromkeys(folders)))


def bring_up_to_date(
    workspace: Workspace,
    collection: Collection,
    choices: Sequence[MethodChoice],
    control: Control,
    note: Callable[[str], None],
) -> None:
    """Index what is new in such a collection. Raises as `run_indexing` does, and `Cancelled`."""
    from revsearch_tui.core.indexing.indexer import run_indexing

    settings = replace(index_settings(workspace), store=CHROMA_HERE)
    report = run_indexing(collection, choices, workspace.registry.readers(), settings, control)
    if report.cancelled:
        raise Cancelled("interrupted; what was indexed so far is kept")
    for line in report.notes:
        note(line)
