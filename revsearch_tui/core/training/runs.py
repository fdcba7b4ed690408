"""Training runs on disk: a folder each, with what was asked for, how it stands, checkpoints and curves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.api.curves import read_curves
from revsearch_tui.api.infos import check_name
from revsearch_tui.core.base.files import write_json
from revsearch_tui.core.base.wording import instead

FORMAT = 1
RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a run was asked for; a run goes on only where it is asked for the same again."""

    method: str
    data: str
    options: Mapping[str, Any]
    data_options: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""
    split_seed: int = 0
    test: float = 0.10
    validation: float = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `state` is running, stopped, failed or done; a killed run still says running. `started` and `ended` are
    ISO 8601 in UTC. `result` holds the record of the finished training, with its metrics."""

    name: str
    folder: Path
    request: Request
    state: str
    started: str
    ended: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)

    def curves(self) -> list[dict[str, Any]]:
        """The epochs so far."""
        return read_curves(self.folder)


def list_runs(runs_folder: Path) -> list[Run]:
    """All runs that can be read, the one started last first."""
    if not runs_folder.is_dir():
        return []
    found = [read_run(folder) for folder in runs_folder.iterdir() if (folder / RUN_FILE).is_file()]
    return sorted(found, key=lambda run: run.started, reverse=True)


def find_run(runs_folder: Path, name: str) -> Run:
    """The run of that name. Raises UsageError where there is none."""
    folder = runs_folder / checked_run_name(name)
    if not (folder / RUN_FILE).is_file():
        known = [run.name for run in list_runs(runs_folder)]
        raise UsageError(f"there is no training run '{name}'; {instead(name, known)}")
    return read_run(folder)


def read_run(folder: Path) -> Run:
    """The run in a folder. Raises StorageError where its file is damaged or from a newer program."""
    try:
        raw = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        if raw["format"] > FORMAT:
            raise StorageError(f"the training run '{folder.name}' was made by a newer revsearch: update revsearch")
        return Run(
            folder.name,
            folder,
            Request(**raw["request"]),
            str(raw["state"]),
            str(raw["started"]),
            str(raw["ended"]),
            dict(raw["result"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"the training run in {folder} is damaged ({error}): delete that folder") from error


def write_run(run: Run) -> None:
    """Put a run's state on disk, its folder made where it is missing."""
    run.folder.mkdir(parents=True, exist_ok=True)
    raw = {"format": FORMAT, "request": asdict(run.request), "state": run.state, "started": run.started}
    write_json(run.folder / RUN_FILE, {**raw, "ended": run.ended, "result": dict(run.result)})


def remove_run(run: Run) -> None:
    """Delete a run with its checkpoints and curves; a model made by it stays. Raises StorageError."""
    try:
        shutil.rmtree(run.folder)
    except OSError as error:
        raise StorageError(f"the training run in {run.folder} cannot be deleted: {error.strerror or error}") from error


def checked_run_name(name: str) -> str:
    """The name, which is also the model's. Raises UsageError."""
    try:
        return check_name(name)
    except ValueError as error:
        raise UsageError(str(error)) from None
