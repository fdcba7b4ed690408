"""Killed with SIGKILL at any moment of applying a plan, every file is in its place or in the trash, and all come
back."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

from revsearch_tui.core.groups.plan import ACTIONS, Action, write_plan
from revsearch_tui.core.groups.step_journal import journals_in
from tests.support.groups import contents, planned
from tests.support.library import Library
from tests.support.processes import finish, kill_group, start, wait_until
from tests.support.texture import draw_many

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and process groups are POSIX")

_PICTURES, _COPIES = 10, 12


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, `pictures` with twelve copies of each of ten, and the plan to let go of the copies."""
    base = tmp_path_factory.mktemp("killed-apply")
    for path in draw_many(base / "pictures", _PICTURES):
        for copy in range(_COPIES):
            shutil.copyfile(path, path.with_name(f"{path.stem}-{copy:02d}.png"))
    library = Library(base / "home")
    library.index(base / "pictures")
    plan = planned(library)
    assert plan.files == _PICTURES * _COPIES
    write_plan(base / "plan.json", plan)
    return base


def _survives(ground: Path, action: Action, chance: random.Random, seconds: float) -> int:
    """Kill one run, and have it undone, at moments by chance; how many files had gone when it was killed."""
    pictures, home = ground / "pictures", ground / "home"
    trash = ground / "share" / "Trash"
    environment = {"XDG_DATA_HOME": str(ground / "share")}
    before = contents(pictures)
    folder = home / "data" / "applied"
    known = set(folder.glob("*.jsonl"))
    process = start(home, "dupes", "apply", ground / "plan.json", "--action", action, "-q", environment=environment)
    assert wait_until(lambda: process.poll() is not None or set(folder.glob("*.jsonl")) > known, 60, 0.001)
    time.sleep(chance.uniform(0, seconds))
    kill_group(process)
    in_trash = contents(trash / "files") if trash.exists() else {}
    steps = {step.path: step for applied in journals_in(folder) for step in applied.open}
    for name, data in before.items():
        path = pictures / name
        kept = Path(steps[str(path)].to) if str(path) in steps else path
        there = kept if kept.exists() else path
        assert there.read_bytes() == data, f"{name} is neither in its place nor where the journal says"
    # Killed in the middle of undoing, too.
    undoing = start(home, "dupes", "undo", "-q", environment=environment)
    time.sleep(chance.uniform(0, 1.5))
    kill_group(undoing)
    code, _, err = finish(start(home, "dupes", "undo", "-q", environment=environment))
    assert code in (0, 2), err  # 2: there was nothing left to undo
    assert contents(pictures) == before
    assert not any(path.is_symlink() or path.stat().st_nlink > 1 for path in pictures.iterdir())
    assert contents(trash) == {} if trash.exists() else True
    return len(in_trash)


def _seconds(ground: Path) -> float:
    """What a whole run takes, from when its journal is there."""
    process = start(
        ground / "home",
        "dupes",
        "apply",
        ground / "plan.json",
        "-q",
        environment={"XDG_DATA_HOME": str(ground / "share")},
    )
    folder = ground / "home" / "data" / "applied"
    assert wait_until(lambda: bool(list(folder.glob("*.jsonl"))), 60, 0.001)
    started = time.monotonic()
    trash = ground / "share" / "Trash" / "files"
    assert wait_until(lambda: trash.exists() and len(os.listdir(trash)) == _PICTURES * _COPIES, 60, 0.001)
    seconds = time.monotonic() - started
    finish(process)
    code, _, err = finish(
        start(ground / "home", "dupes", "undo", "-q", environment={"XDG_DATA_HOME": str(ground / "share")})
    )
    assert code == 0, err
    return seconds


def test_a_killed_run_loses_nothing_and_is_undone(ground: Path) -> None:
    chance = random.Random(1)
    for action in ACTIONS:
        _survives(ground, action, chance, 0.3)
    library = Library(ground / "home")
    report = library.index()
    assert (report.decoded, report.pictures) == (0, _PICTURES)


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_runs_killed_at_twenty_random_moments_lose_nothing_and_are_undone(ground: Path) -> None:
    seconds = _seconds(ground)
    chance = random.Random(2)
    gone = [_survives(ground, ACTIONS[number % 3], chance, seconds) for number in range(21)]
    some = [count for count in gone if 0 < count < _PICTURES * _COPIES]
    assert len(some) >= 10, f"the kills came too early or too late: {gone}"
