"""Follow training runs while other processes write them: only what changed is read again."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from revsearch_tui.api import RevsearchError
from revsearch_tui.api.curves import CURVES, read_curves
from revsearch_tui.core.base.lock import is_writing
from revsearch_tui.core.training.runs import RUN_FILE, Run, read_run

INTERRUPTED = "interrupted"

_Stamp: TypeAlias = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """A run as it stands. `state` is the run's, or `interrupted` where it says running but no process holds it."""

    run: Run
    state: str
    curves: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RunsSeen:
    """All runs, the one started last first, and a sentence about each that cannot be read."""

    runs: tuple[WatchedRun, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    stamps: tuple[_Stamp, _Stamp]
    seen: WatchedRun | None
    problem: str = ""


class RunsWatch:
    """Looks at a folder of runs again and again. A look at runs that did not change costs two stats a run, and for
    those under way a try for their lock."""

    def __init__(self, runs_folder: Path) -> None:
        self._folder = runs_folder
        self._known: dict[str, _Known] = {}

    def look(self) -> RunsSeen:
        """What there is now. A damaged run costs only itself. Raises nothing but OSError of the folder itself."""
        if not self._folder.is_dir():
            return RunsSeen()
        folders = [folder for folder in self._folder.iterdir() if _stamp(folder / RUN_FILE) is not None]
        self._known = {folder.name: self._look_at(folder) for folder in folders}
        runs = [known.seen for known in self._known.values() if known.seen is not None]
        runs.sort(key=lambda seen: (seen.run.started, seen.run.name), reverse=True)
        problems = sorted(known.problem for known in self._known.values() if known.problem)
        return RunsSeen(tuple(runs), tuple(problems))

    def _look_at(self, folder: Path) -> _Known:
        known = self._known.get(folder.name)
        stamps = _stamp(folder / RUN_FILE), _stamp(folder / CURVES)
        if known is None or known.stamps != stamps:
            known = _read(folder, stamps, known)
        seen = known.seen
        if seen is not None and seen.run.state == "running":
            known.seen = replace(seen, state="running" if _is_held(folder) else INTERRUPTED)
            now = _stamp(folder / RUN_FILE)
            if known.seen.state == INTERRUPTED and now != stamps[0]:  # it ended between the two looks
                return _read(folder, (now, _stamp(folder / CURVES)), known)
        return known


def _read(folder: Path, stamps: tuple[_Stamp, _Stamp], before: _Known | None) -> _Known:
    """Read what changed since `before`."""
    try:
        if before is not None and before.seen is not None and before.stamps[0] == stamps[0]:
            run = before.seen.run
        else:
            run = read_run(folder)
        curves = tuple(line for line in read_curves(folder) if isinstance(line, dict))
    except (RevsearchError, OSError, ValueError) as error:
        told = str(error) if isinstance(error, RevsearchError) else f"the curves in {folder} cannot be read: {error}"
        return _Known(stamps, None, told)
    return _Known(stamps, WatchedRun(run, run.state, curves))


def _stamp(file: Path) -> _Stamp:
    """Changes whenever the file does; None where there is none."""
    try:
        status = os.stat(file)  # noqa: PTH116 - called for every file of every run, every other second
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_held(folder: Path) -> bool:
    try:
        return is_writing(folder)
    except OSError:  # a folder of another user: what its file says has to do
        return True
