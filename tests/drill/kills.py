"""Drill: an indexing run is killed with SIGKILL, and run again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

from tests.drill.drill import Drill, Outcome
from tests.support.moments import CHROMA_MOMENTS, Moment, holds
from tests.support.processes import finish, kill_group, processes_of, start, wait_until
from tests.support.program import revsearch_json
from tests.support.stored import assert_sound, collection_of, features, journals
from tests.support.texture import draw_many

_SIDE = 96
_METHODS = ("-m", "phash", "-m", "sift")
_FEW, _MANY = 60, 260
"""So few pictures for kills while they are embedded, so many small ones for kills while ChromaDB writes its index."""
_SHARES = {f"after {percent} % of its time": percent / 100 for percent in (12, 20, 28, 36, 44, 52, 60, 68, 76, 84)}
_TRIES = 12


def prepare(ground: Path) -> None:
    """Undisturbed homes: of the few pictures and how long that took, and of the many, with and without ChromaDB."""
    draw_many(ground / "few", _FEW, side=_SIDE)
    draw_many(ground / "many", _MANY, side=16)
    started = time.monotonic()
    _succeed(_index(ground / "calm-few", ground / "few"))
    (ground / "seconds").write_text(str(time.monotonic() - started))
    _succeed(start(ground / "calm-many", "index", ground / "many", "-m", "phash", "-q"))
    behind = ground / "behind"  # all is in the journal, nothing in ChromaDB yet
    shutil.copytree(ground / "calm-many", behind)
    shutil.rmtree(collection_of(behind).home / "chroma")
    connection = sqlite3.connect(collection_of(behind).catalog_file)
    with connection:
        connection.execute("UPDATE index_keys SET chroma_rows = 0, chroma_state = NULL")
    connection.close()


def _index(home: Path, pictures: Path) -> subprocess.Popen[bytes]:
    return start(home, "index", pictures, *_METHODS, "-q", commit=8)


def _succeed(process: subprocess.Popen[bytes]) -> None:
    code, _, err = finish(process)
    assert code == 0, err


def run(case: str, ground: Path, room: Path) -> Outcome:
    """Kill a run at one moment, run again, and compare with the undisturbed home."""
    home = room / "home"
    few = case in _SHARES
    calm, pictures = (ground / "calm-few", ground / "few") if few else (ground / "calm-many", ground / "many")
    try:
        if few:
            _kill_at(_SHARES[case], float((ground / "seconds").read_text()), home, pictures)
        else:
            _kill_while_chroma_writes(case, ground / "behind", home)
        assert wait_until(lambda: not processes_of(home), 10), "a child of the killed run lives on"
        _succeed(_index(home, pictures) if few else start(home, "index"))
        assert_sound([home], journals(calm), room)
        assert not few or features(home, "sift") == features(calm, "sift"), "other local features"
        _assert_found(home, pictures, ("phash", "sift") if few else ("phash",))
    except AssertionError as error:
        return Outcome(1, [f"killed {case}: {' '.join(str(error).split())[:400]}"])
    return Outcome(1, [])


def _kill_at(share: float, seconds: float, home: Path, pictures: Path) -> None:
    """Kill a first run after a share of the time it takes; one that was faster is followed by another."""
    for attempt in range(_TRIES):
        shutil.rmtree(home, ignore_errors=True)
        process = _index(home, pictures)
        time.sleep(share * seconds * 0.9**attempt)
        if kill_group(process):
            return
    raise AssertionError("the run could not be killed in time")


def _kill_while_chroma_writes(moment: str, behind: Path, home: Path) -> None:
    """Kill a run that makes ChromaDB from the journal as soon as the moment has come."""
    make, delay_s = CHROMA_MOMENTS[moment]
    for _ in range(_TRIES):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(behind, home)
        folder = collection_of(home).home / "chroma"
        came = make()
        process = start(home, "index", "-q")
        _wait_for(came, folder, process)
        time.sleep(delay_s)
        if kill_group(process):
            return
    raise AssertionError("the run could not be killed in time")


def _wait_for(came: Moment, folder: Path, process: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: holds(came, folder) or process.poll() is not None, step_s=0.0005)


def _assert_found(home: Path, pictures: Path, methods: tuple[str, ...]) -> None:
    paths = [str(path) for path in sorted(pictures.iterdir())]
    for method in methods:
        found = revsearch_json(home, "search", *paths, "-m", method, "-k", "1")
        first = [result["hits"][0]["path"] if result["hits"] else None for result in found]
        assert first == paths, f"search by {method} does not find {json.dumps(sorted(set(paths) - set(first))[:3])}"


DRILL = Drill(
    name="kills",
    title="Runs killed with SIGKILL",
    what=(
        f"`revsearch index` of {_FEW} pictures by `phash` and `sift` is killed after a share of the time it takes "
        "undisturbed, with everything it started, and as it writes ChromaDB's files one by one. Then it runs again."
    ),
    survived=(
        "the second run ends with exit status 0; journals, local features, catalog and ChromaDB hold exactly what "
        "those of an undisturbed home hold, each picture once; every picture is found by searching with it"
    ),
    cases=(*_SHARES, *CHROMA_MOMENTS),
    sample=("as the vectors are rewritten",),
    prepare=prepare,
    run=run,
)
