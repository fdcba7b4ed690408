"""Whether a collection is being indexed just now, for those who search it meanwhile."""

from __future__ import annotations

import time

from revsearch_tui.core.base.lock import Holder, holder_of
from revsearch_tui.core.storage.collections import Collection

PURPOSE = "indexing"
"""What an indexing run holds the collection for."""


def indexing_run(collection: Collection) -> Holder | None:
    """The indexing run that goes on in whatever process; None where there is none."""
    holder = holder_of(collection.home)
    return holder if holder is not None and holder.purpose == PURPOSE else None


def describe_run(collection: Collection, run: Holder) -> str:
    """As part of a sentence."""
    since = time.strftime("%H:%M", time.localtime(run.since))
    far = f", {run.done:,} of {run.total:,} new files so far" if run.total else ""
    return f"'{collection.name}' is being indexed since {since}{far}"


def or_wait(collection: Collection, command: str) -> str:
    """What to do where something is not indexed: run the command, or wait for the run that may be about to do it."""
    run = indexing_run(collection)
    if run is None:
        return f"run: {command}"
    return f"{describe_run(collection, run)}: wait for that, and if it is not indexed then, run: {command}"
