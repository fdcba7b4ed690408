"""What jobs do: look for duplicates, and measure methods."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import UsageError
from revsearch_tui.serve.requests import DuplicatesAsked, EvaluationAsked, absolute, absolute_folders

if TYPE_CHECKING:
    from revsearch_tui.core.evaluation.record import Record
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.serve.background import Job


def duplicates(workspace: Workspace, asked: DuplicatesAsked, job: Job) -> dict[str, Any]:
    """Groups as `dupes --format json` gives them. Raises `RevsearchError`."""
    from revsearch_tui.core.groups.duplicates import find_duplicates, find_in_library
    from revsearch_tui.core.groups.group_values import group_values
    from revsearch_tui.core.groups.keeping import keep_rules
    from revsearch_tui.core.groups.look_for import LookFor
    from revsearch_tui.core.groups.opening_sides import Methods, collection_or_folders, open_sides
    from revsearch_tui.core.storage.collections import checked_folders

    if asked.folders and asked.collection is not None:
        raise UsageError("give folders or a collection, not both; 'under' keeps to a part of a collection")
    folders = absolute_folders(asked.folders)
    first = checked_folders(folders) if folders else workspace.collection(asked.collection)
    is_collection = asked.against and asked.against[0] in {found.name for found in workspace.collections()}
    if not is_collection:
        absolute_folders(asked.against)
    second = collection_or_folders(workspace, asked.against) if asked.against else None
    look_for = LookFor(keep_rules(), same_thing=asked.same_thing)
    methods, under = Methods(asked.methods), absolute_folders(asked.under)
    with open_sides(workspace, first, second, methods, job, job.note, under) as (side, other):
        started = time.monotonic()
        if second is None:
            groups = find_duplicates(side, look_for, job, job.note).groups
        else:
            groups = list(find_in_library(side, other, look_for, job, job.note))
        return {
            "pictures": len(side.images),
            "seconds": round(time.monotonic() - started, 4),
            "groups": [group_values(group, number) for number, group in enumerate(groups, start=1)],
            "notes": list(job.notes),
        }


def evaluation(workspace: Workspace, asked: EvaluationAsked, job: Job) -> dict[str, Any]:
    """The record that was made and kept. Raises `RevsearchError`."""
    from revsearch_tui.core.evaluation.request import EvalRequest
    from revsearch_tui.core.evaluation.run import run_evaluation

    for data in filter(None, (asked.data, asked.gallery)):
        if not Path(data).is_absolute():
            absolute(data.partition(":")[2] or data)
    request = EvalRequest(
        data=asked.data,
        methods=asked.methods,
        gallery=asked.gallery,
        fuse=tuple(asked.fuse),
        queries=asked.queries,
        seed=asked.seed,
        name=asked.name,
    )
    return record_values(run_evaluation(workspace, request, job))


def record_values(record: Record) -> dict[str, Any]:
    """A record in short, and as `eval show --format json` gives it."""
    from revsearch_tui.core.evaluation.codec import to_json
    from revsearch_tui.core.evaluation.report.listing import listed

    return {"listed": listed(record), "record": to_json(record)}
