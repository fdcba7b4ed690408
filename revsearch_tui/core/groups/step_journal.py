"""The journal of an application of a plan: each step is on the disk before it is taken, and what became of it after.

A file of JSON lines. `step` lines say what is about to be done, `undone` that it was taken back, or never done. Whether
a step was done is seen by where its file is. A line that a crash cut short is passed over, for nothing was done after
it.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.core.base.files import sync_folder, whole_lines

FORMAT = 1
_KIND = "revsearch duplicates journal"


@dataclass(frozen=True, slots=True)
class Step:
    """One file goes to `to` (with a note at `info`), both empty where only the system knows. With an action other than
    `trash` a link to `keep` takes its place, made at `link` first. `image` is (width, height, format) of its
    picture."""

    number: int
    action: str
    path: str
    sha256: str
    keep: str
    to: str
    info: str
    link: str = ""
    image: tuple[int, int, str] | None = None


@dataclass(slots=True)
class Applied:
    """What a journal says: its steps, and the numbers of those that do not hold any more."""

    file: Path
    plan: str
    started: float
    steps: list[Step] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """What users call it."""
        return self.file.stem

    @property
    def open(self) -> list[Step]:
        """Steps that were taken, or perhaps were, and were not taken back; the last one first."""
        return [step for step in reversed(self.steps) if step.number not in self.undone]


class StepJournal:
    """Written by one process; a context manager. Each line is on the disk before a method comes back."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._out = file.open("ab", buffering=0)

    @classmethod
    def begin(cls, folder: Path, plan: str) -> StepJournal:
        """A new one. Raises `StorageError`."""
        started = time.time()
        name = time.strftime("%Y%m%d-%H%M%S", time.localtime(started))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = next(path for number in range(1000) if not (path := folder / f"{name}-{number}.jsonl").exists())
            with file.open("xb"):
                pass
            journal = cls(file)
            journal.write({"format": FORMAT, "kind": _KIND, "plan": plan, "started": started})
            sync_folder(folder)
        except OSError as error:
            raise StorageError(f"cannot write to {folder}: {error.strerror or error}; nothing was done") from error
        return journal

    def __enter__(self) -> StepJournal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()

    def step(self, step: Step) -> None:
        """Write down what is about to be done. Raises OSError."""
        self.write({"step": asdict(step)})

    def write(self, line: dict[str, Any]) -> None:
        """One line, on the disk. Raises OSError, and then no line is there, or one that is cut short."""
        # The first newline ends what a crash, or a full disk, has cut short.
        self._out.write(b"\n" + json.dumps(line).encode() + b"\n")
        os.fsync(self._out.fileno())

    def undone(self, number: int) -> None:
        """Write down that a step does not hold. Raises OSError."""
        self.write({"undone": [number]})


def read_journal(file: Path) -> Applied:
    """What is written there. Raises `UsageError` where that is no journal, or one of a newer program."""
    try:
        lines = list(whole_lines(file.read_bytes()))
        head = lines[0]
        if head["kind"] != _KIND:
            raise KeyError
        if head["format"] > FORMAT:
            raise UsageError(f"'{file}' was written by a newer revsearch; use that version to undo it")
        found = Applied(file, str(head["plan"]), float(head["started"]))
        for line in lines[1:]:
            if "step" in line:
                step = dict(line["step"])
                image = step.pop("image", None)
                found.steps.append(Step(**step, image=None if image is None else (image[0], image[1], image[2])))
            found.undone.update(line.get("undone", ()))
    except OSError as error:
        raise UsageError(f"'{file}' cannot be read: {error.strerror or error}") from None
    except (IndexError, KeyError, TypeError, ValueError):
        raise UsageError(f"'{file}' is no journal of revsearch dupes apply") from None
    return found


def journals_in(folder: Path) -> list[Applied]:
    """All of a folder, the newest first; what cannot be read is left out."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        try:
            found.append(read_journal(file))
        except UsageError:
            continue
    return sorted(found, key=lambda applied: (applied.started, applied.name), reverse=True)
