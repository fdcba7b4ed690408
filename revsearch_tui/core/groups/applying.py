"""Do what a plan says, file by file: each is looked at right before, written down, and only then put into the trash."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, Control, StorageError, UsageError
from revsearch_tui.core.base.lock import writer_lock
from revsearch_tui.core.groups import trash
from revsearch_tui.core.groups.file_content import NotAsPlannedError, check_content, is_still
from revsearch_tui.core.groups.following import Arrived, Image, follow, known_images
from revsearch_tui.core.groups.step_journal import Step, StepJournal

if TYPE_CHECKING:
    from revsearch_tui.core.groups.plan import Action, Plan, PlannedFile
    from revsearch_tui.core.workspace import Workspace

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(slots=True)
class ApplyReport:
    """What became of a plan. `left` are files that are where they were, each with the reason as a part of a sentence;
    `freed` in bytes, once the trash is emptied. `journal` is what `undo` takes."""

    action: Action
    journal: str
    done: list[Path] = field(default_factory=list)
    left: list[tuple[Path, str]] = field(default_factory=list)
    freed: int = 0
    cancelled: bool = False


def apply_plan(
    workspace: Workspace, plan: Plan, action: Action, name: str, control: Control, note: Callable[[str], None]
) -> ApplyReport:
    """Put every file that is to go into the trash, and for the actions that link a link to the kept one in its place.

    `name` is what the journal calls the plan. Raises `UsageError` for a plan that contradicts itself, `StorageError`
    where no journal can be written, `IndexBusyError` where another process is at it.
    """
    _check(plan)
    folder = applied_folder(workspace)
    with writer_lock(folder, "applying a plan", of="folder of journals"):
        others = [other for group in plan.groups for other in group.others]
        images = known_images(workspace, [bytes.fromhex(other.sha256) for other in others])
        with StepJournal.begin(folder, name) as journal:
            report = ApplyReport(action, journal.file.stem)
            taker = _Taker(action, journal, images, report)
            try:
                for group in plan.groups:
                    for other in group.others:
                        control.check()
                        taker.take(group.keep, other)
                        control.progress(len(report.done) + len(report.left), len(others), "applying")
            except Cancelled:
                report.cancelled = True
        arrived = [Arrived(path, bytes.fromhex(keep.sha256), None) for path, keep in taker.linked]
        gone = set(report.done) - {each.path for each in arrived}
        follow(workspace, sorted(gone), arrived, control, note)
    return report


def applied_folder(workspace: Workspace) -> Path:
    """Where journals are, made where it is missing. Raises `StorageError`."""
    folder = workspace.folders.applied
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write to {folder}: {error.strerror or error}; nothing was done") from error
    return folder


def _check(plan: Plan) -> None:
    kept = {group.keep.path for group in plan.groups}
    going = [other.path for group in plan.groups for other in group.others]
    for path in going:
        if path in kept:
            raise UsageError(f"the plan keeps '{path}' and lets it go as well; make it anew")
    if len(set(going)) < len(going):
        raise UsageError("the plan lets a file go twice; make it anew")


class _Taker:
    """Takes step after step."""

    def __init__(
        self, action: Action, journal: StepJournal, images: Mapping[bytes, Image], report: ApplyReport
    ) -> None:
        self._action, self._journal, self._images, self._report = action, journal, images, report
        self._number = 0
        self._checked: dict[Path, os.stat_result] = {}
        self.linked: list[tuple[Path, PlannedFile]] = []

    def take(self, keep: PlannedFile, other: PlannedFile) -> None:
        """Let one file go, or say why it is left. Raises `StorageError` where the journal cannot be written."""
        path = Path(other.path)
        try:
            status = self._looked_at(Path(keep.path), keep, path, other)
            self._step(keep, path, other, status)
        except NotAsPlannedError as reason:
            self._report.left.append((path, str(reason)))
        else:
            self._report.done.append(path)
            self._report.freed += status.st_size if status.st_nlink == 1 else 0

    def _looked_at(self, kept: Path, keep: PlannedFile, path: Path, other: PlannedFile) -> os.stat_result:
        status = check_content(path, other.sha256)
        kept_status = self._kept(kept, keep.sha256)
        is_one = os.path.samestat(kept_status, status)
        # To let one of a file's hard links go leaves it where the other is; of one with a single name nothing would be.
        if is_one and (self._action != "trash" or status.st_nlink < 2):
            raise NotAsPlannedError("it is the file that is kept, by another name")
        if self._action == "hardlink" and keep.sha256 != other.sha256:
            raise NotAsPlannedError("only files of the same bytes can be one by hard links")
        if self._action == "hardlink" and kept_status.st_dev != status.st_dev:
            raise NotAsPlannedError(f"it is on another file system than '{kept}', and hard links are within one")
        return status

    def _kept(self, path: Path, sha256: str) -> os.stat_result:
        """The status of what is kept; it is read once, and then looked at before each step."""
        known = self._checked.get(path)
        if known is None or not is_still(path, known):
            if not path.parent.is_dir():
                raise NotAsPlannedError(f"the folder of what is kept, '{path.parent}', is gone, with its drive perhaps")
            try:
                known = check_content(path, sha256)
            except NotAsPlannedError as reason:
                raise NotAsPlannedError(f"of what is kept, '{path}', {reason}") from None
            self._checked = {path: known}
        return known

    def _step(self, keep: PlannedFile, path: Path, other: PlannedFile, status: os.stat_result) -> None:
        try:
            place = trash.reserve(path)
        except StorageError as error:
            raise NotAsPlannedError(str(error)) from None
        link = "" if self._action == "trash" else str(path.with_name(f".revsearch-{os.getpid()}-{self._number}.link"))
        to, info = ("" if part is None else str(part) for part in place)
        image = self._images.get(bytes.fromhex(other.sha256))
        step = Step(self._number, self._action, str(path), other.sha256, keep.path, to, info, link, image)
        self._number += 1
        try:
            self._journal.step(step)
        except OSError as error:
            raise StorageError(
                f"cannot write to {self._journal.file}: {error.strerror or error}; "
                f"{len(self._report.done):,} files went before that, to undo that run: revsearch dupes undo"
            ) from error
        try:
            if link:
                _make_link(self._action, Path(keep.path), Path(link))
            if not is_still(path, status):
                raise NotAsPlannedError("it has changed since the plan was made")
            trash.move(path, place)
            if link:
                Path(link).rename(path)
                self.linked.append((path, keep))
        except (OSError, NotAsPlannedError) as error:
            with contextlib.suppress(OSError):
                if link:
                    Path(link).unlink(missing_ok=True)
            if os.path.lexists(path):  # else it is in the trash, and the journal knows where
                with contextlib.suppress(OSError):
                    self._journal.undone(step.number)
            if isinstance(error, NotAsPlannedError):
                raise
            raise NotAsPlannedError(_why(error, path, place)) from None


def _make_link(action: Action, kept: Path, link: Path) -> None:
    link.unlink(missing_ok=True)
    if action == "hardlink":
        link.hardlink_to(kept)
    else:
        link.symlink_to(os.path.relpath(os.path.realpath(kept), os.path.realpath(link.parent)))


def _why(error: OSError, path: Path, place: trash.TrashPlace) -> str:
    """The reason, as a part of a sentence that is the same for all files of a folder."""
    if error.errno in _FULL:
        return f"the file system of the trash '{place.to.parent if place.to else path.parent}' is full"
    if error.errno in _FORBIDDEN:
        return f"the folder '{path.parent}' cannot be written to ({error.strerror})"
    if not path.parent.is_dir():
        return f"the folder '{path.parent}' is gone, with its drive perhaps"
    return f"it cannot be moved ({error.strerror or error})"
