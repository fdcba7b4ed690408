"""Take back what was done by a plan: every file comes out of the trash to where it was, also after a crash."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, Control, UsageError
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.groups import trash
from revsearch_tui.core.groups.applying import applied_folder
from revsearch_tui.core.groups.file_content import NotAsPlannedError, check_content
from revsearch_tui.core.groups.following import Arrived, follow
from revsearch_tui.core.groups.step_journal import Applied, Step, StepJournal, journals_in

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace


@dataclass(slots=True)
class UndoReport:
    """`restored` are files that are where they were; `left` those that are not, with the reason as a part of a
    sentence."""

    journal: str
    restored: list[Path] = field(default_factory=list)
    left: list[tuple[Path, str]] = field(default_factory=list)
    cancelled: bool = False


def undo(workspace: Workspace, name: str | None, control: Control, note: Callable[[str], None]) -> UndoReport:
    """Take back what a journal, or the newest one with anything left in it, says was done. May be run again.

    Raises `UsageError` where there is nothing to undo, `IndexBusyError`.
    """
    folder = applied_folder(workspace)
    with writer_lock(folder, "undoing", of="folder of journals"):
        applied = _wanted(journals_in(folder), name)
        report = UndoReport(applied.name)
        arrived = []
        with StepJournal(applied.file) as journal:
            try:
                for step in applied.open:
                    control.check()
                    try:
                        if _take_back(step):
                            report.restored.append(Path(step.path))
                            arrived.append(Arrived(Path(step.path), bytes.fromhex(step.sha256), step.image))
                        journal.undone(step.number)
                    except NotAsPlannedError as reason:
                        report.left.append((Path(step.path), str(reason)))
                    control.progress(len(report.restored) + len(report.left), len(applied.open), "undoing")
            except Cancelled:
                report.cancelled = True
        follow(workspace, (), arrived, control, note)
    return report


def _wanted(journals: list[Applied], name: str | None) -> Applied:
    if name is None:
        found = next((applied for applied in journals if applied.open), None)
        if found is None:
            raise UsageError("there is nothing to undo: no plan was applied, or all of it was taken back")
        return found
    for applied in journals:
        if applied.name == name:
            return applied
    raise UsageError(f"there is no journal '{name}'; {instead(name, [applied.name for applied in journals])}")


def _take_back(step: Step) -> bool:
    """Whether the file had gone, and is where it was now. Raises `NotAsPlannedError`."""
    path = Path(step.path)
    place = trash.TrashPlace(Path(step.to) if step.to else None, Path(step.info) if step.info else None)
    try:
        if step.link:
            Path(step.link).unlink(missing_ok=True)
        if place.to is None:
            if os.path.lexists(path):
                return False
            raise NotAsPlannedError("it is in the Recycle Bin; restore it there")
        if not os.path.lexists(place.to):
            _check_is_here(path, step)
            trash.forget(place)
            return False
        try:
            check_content(place.to, step.sha256)
        except NotAsPlannedError as reason:
            raise NotAsPlannedError(f"of '{place.to}' in the trash, {reason}") from None
        if _is_our_link(step):
            path.unlink()
        trash.bring_back(path, place)
    except FileExistsError:
        raise NotAsPlannedError(f"another file is there now; it is kept in the trash as '{place.to}'") from None
    except OSError as error:
        raise NotAsPlannedError(f"it cannot be brought back from '{place.to}' ({error.strerror or error})") from None
    return True


def _check_is_here(path: Path, step: Step) -> None:
    """Raise `NotAsPlannedError` unless the file never went, or somebody else brought it back."""
    try:
        if _is_our_link(step):
            raise NotAsPlannedError("a link is in its place")
        check_content(path, step.sha256)
    except NotAsPlannedError:
        raise NotAsPlannedError("it is not in the trash any more") from None


def _is_our_link(step: Step) -> bool:
    """Whether what is at the path is the link that took the file's place."""
    path, keep = Path(step.path), Path(step.keep)
    if step.action == "symlink":
        return path.is_symlink() and os.path.realpath(path) == os.path.realpath(keep)
    if step.action == "hardlink":
        try:
            return os.path.samestat(path.lstat(), keep.lstat())
        except OSError:
            return False
    return False
