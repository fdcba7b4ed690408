"""What a benchmark is given and gives back, and how two things are timed against each other."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Bench:
    """`folder` is an empty folder for data; with `quick` everything is small and no figure means anything."""

    folder: Path
    quick: bool

    def size(self, full: int, quick: int) -> int:
        """The first in a measured run, the second in a quick one."""
        return quick if self.quick else full

    def say(self, text: str) -> None:
        """Tell on stderr what is going on."""
        print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison, in seconds. `most_ratio` and `most_seconds` are targets for ours / theirs and for ours; with
    `either`, one of them is enough."""

    name: str
    ours: float
    peer: str
    theirs: float
    most_ratio: float | None = None
    most_seconds: float | None = None
    note: str = ""
    either: bool = False

    @property
    def ratio(self) -> float:
        """Ours divided by theirs: below 1 is faster than the peer."""
        return self.ours / self.theirs

    @property
    def met(self) -> bool | None:
        """Whether the targets are met; None where there is none."""
        told = []
        if self.most_ratio is not None:
            told.append(self.ratio <= self.most_ratio)
        if self.most_seconds is not None:
            told.append(self.ours <= self.most_seconds)
        return None if not told else any(told) if self.either else all(told)

    @property
    def target(self) -> str:
        """The target in words."""
        parts = []
        if self.most_ratio is not None:
            parts.append(f"ratio at most {self.most_ratio:g}")
        if self.most_seconds is not None:
            parts.append(f"at most {self.most_seconds:g} s")
        return (" or " if self.either else ", ").join(parts)


def interleave(
    actions: Mapping[str, Callable[[], float]], rounds: int, *, rare: Mapping[str, int] | None = None
) -> dict[str, float]:
    """The median seconds of each action, called in turn (A B A B ...), so that a slow moment hits all alike.

    An action times itself. `rare` caps the rounds of slow ones.
    """
    found: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(rounds):
        for name, action in actions.items():
            if turn < (rare or {}).get(name, rounds):
                found[name].append(action())
    return {name: statistics.median(values) for name, values in found.items()}


def timed(action: Callable[[], Any]) -> Callable[[], float]:
    """The action as one that tells how long it took."""

    def run() -> float:
        started = time.perf_counter()
        action()
        return time.perf_counter() - started

    return run


def environment(home: Path, **more: str) -> dict[str, str]:
    """For child processes: revsearch keeps everything below `home`, and this package can be imported."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # An installed program is compiled once, not at every start.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**variables, "PYTHONPATH": path, "REVSEARCH_HOME": str(home), "ORT_DISABLE_TELEMETRY": "1", **more}


def command(*arguments: str, home: Path, **more: str) -> float:
    """Seconds that a whole process takes, with these variables more. Raises RuntimeError where it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        arguments, env=environment(home, **more), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")
    return seconds


def child(task: str, *arguments: str, home: Path) -> dict[str, Any]:
    """Run a task of `benchmarks.child` in a fresh process; its answer. Raises RuntimeError where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", task, *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{task} failed: {done.stderr.strip()[-500:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def revsearch() -> str:
    """The installed program."""
    return str(Path(sys.executable).with_name("revsearch"))
