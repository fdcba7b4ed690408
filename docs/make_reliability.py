"""Write docs/reliability.md: run the whole fault drill, and tell how much of it the program survived.

Usage: python docs/make_reliability.py [WORKERS]

Takes some minutes on two cores; WORKERS is how many tries run at once, one a core where it is not given. Every try that
did not survive is told on stderr, and the exit status is 1 then.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(ROOT))  # the drills are part of the tests, which no package holds

from tests.drill.drill import Drill, Outcome, tried  # noqa: E402
from tests.drill.drills import DRILLS  # noqa: E402

_HEAD = """\
# Reliability

Made by `python docs/make_reliability.py`, which runs the fault drill: faults made on purpose, with the program itself
and real files, and checks of what must hold all the same. `make drill` runs the same as tests, and so does continuous
integration; `make test` runs a sample.
"""


def main(workers: int) -> int:
    """Run every case of every drill, write the page, and give the exit status."""
    with (
        tempfile.TemporaryDirectory(prefix="revsearch-drill-") as shared,
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor,
    ):
        found = {
            drill.name: [executor.submit(try_case, drill.name, case, shared) for case in drill.cases]
            for drill in DRILLS
        }
        outcomes = {name: [future.result() for future in futures] for name, futures in found.items()}
    for drill in DRILLS:
        for outcome in outcomes[drill.name]:
            sys.stderr.writelines(f"{drill.name}: {trouble}\n" for trouble in outcome.troubles)
    Path(__file__).with_name("reliability.md").write_text("\n".join(page(outcomes)), encoding="utf-8")
    return 1 if any(outcome.troubles for each in outcomes.values() for outcome in each) else 0


def try_case(name: str, case: str, shared: str) -> Outcome:
    """The outcome of one case, by names alone."""
    return tried(next(drill for drill in DRILLS if drill.name == name), case, Path(shared))


def page(outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """The lines of the page."""
    lines = [_HEAD, "| drill | tries | survived |", "|---|---|---|"]
    for drill in DRILLS:
        tries = sum(outcome.tries for outcome in outcomes[drill.name])
        survived = sum(outcome.survived for outcome in outcomes[drill.name])
        lines.append(f"| {drill.title} | {tries:,} | {survived:,} |")
    for drill in DRILLS:
        lines += ["", *_section(drill)]
    return [*lines, ""]


def _section(drill: Drill) -> list[str]:
    return [
        f"## {drill.title}",
        "",
        drill.what,
        "",
        f"Survived: {drill.survived}.",
        "",
        f"This drill alone: `pytest -m drill -k {drill.name}`.",
    ]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1))
