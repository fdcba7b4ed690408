"""What a drill is: cases that are tried one by one, on ground that is prepared once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often something was tried, and a line of what was wrong for each try that did not survive."""

    tries: int
    troubles: Sequence[str]

    @property
    def survived(self) -> int:
        return self.tries - len(self.troubles)


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill. `prepare(ground)` fills a folder that every case may read, and none may change; `run(case, ground,
    room)` tries one case in an empty folder of its own. `tries` is how many tries a case makes. `sample` are the cases
    that also run with all other tests. `what` and `survived` are for the page of documentation."""

    name: str
    title: str
    what: str
    survived: str
    cases: Sequence[str]
    sample: Sequence[str]
    prepare: Callable[[Path], None]
    run: Callable[[str, Path, Path], Outcome]
    tries: int = 1


def prepared(drill: Drill, shared: Path) -> Path:
    """The ground of a drill below a folder that any number of processes share; made by the first that comes."""
    ground = shared / drill.name
    shared.mkdir(parents=True, exist_ok=True)
    with FileLock(shared / f"{drill.name}.lock"):
        done = ground / "prepared"
        if not done.exists():
            ground.mkdir()
            drill.prepare(ground)
            done.touch()
    return ground


def tried(drill: Drill, case: str, shared: Path) -> Outcome:
    """The outcome of one case. A drill that breaks down itself has survived nothing."""
    with tempfile.TemporaryDirectory(prefix=f"drill-{drill.name}-") as room:
        try:
            return drill.run(case, prepared(drill, shared), Path(room))
        except Exception as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())[:600]
            return Outcome(drill.tries, [f"{case}: the drill broke down: {why}"] * drill.tries)
