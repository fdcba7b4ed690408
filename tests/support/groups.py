"""Duplicates of a library, found in this process through the same door as the command line's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from revsearch_tui.api import NullControl
from revsearch_tui.core.groups.applying import ApplyReport, apply_plan
from revsearch_tui.core.groups.duplicates import find_duplicates
from revsearch_tui.core.groups.group import Group, plan_of
from revsearch_tui.core.groups.keeping import keep_rules
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from revsearch_tui.core.groups.plan import Action, Plan
from revsearch_tui.core.groups.undoing import UndoReport, undo
from tests.support.library import Library

__all__ = ["applied", "found", "names", "planned", "undone"]


def found(library: Library, *, rules: dict[str, Any] | None = None, **changes: Any) -> list[Group]:
    """The groups of the library by its methods."""
    look_for = LookFor(keep_rules(**(rules or {})), **changes)
    collection = library.workspace.collection("pictures")
    methods = Methods(library.methods)
    with open_sides(library.workspace, collection, None, methods, NullControl(), library.notes.append) as (side, _):
        return find_duplicates(side, look_for, NullControl(), library.notes.append).groups


def names(groups: Sequence[Group]) -> dict[str, set[str]]:
    """The name of each kept file -> the names of the others."""
    return {group.keep.path.name: {member.file.path.name for member in group.others} for group in groups}


def planned(library: Library, **changes: Any) -> Plan:
    """What is to be done with what was found."""
    return plan_of(found(library, **changes), "pictures")


def applied(library: Library, plan: Plan, action: Action = "trash") -> ApplyReport:
    """What became of a plan."""
    return apply_plan(library.workspace, plan, action, "plan.json", NullControl(), library.notes.append)


def undone(library: Library, journal: str | None = None) -> UndoReport:
    """What came back."""
    return undo(library.workspace, journal, NullControl(), library.notes.append)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
