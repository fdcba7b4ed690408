"""Drill: a plugin misbehaves, while pictures are indexed and searched by another method beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.drill.drill import Drill, Outcome
from tests.drill.ending import trouble_of_ending
from tests.drill.misbehaviour import BAD_SIDE, MISBEHAVIOURS, NAME, Misbehaviour, documented
from tests.support.processes import finish, start, wait_until
from tests.support.site import install
from tests.support.stored import assert_same_rows, journals
from tests.support.texture import draw, draw_many

_PICTURES = 6
_STOP_S = 30
"""A run that the user stops has to end in this time; it takes a few seconds."""


class _TroubleError(Exception):
    """What did not hold."""


def prepare(ground: Path) -> None:
    """Pictures, one of them small; labelled pictures; a home without the plugin, and what it answers."""
    draw_many(ground / "pictures", _PICTURES - 1)
    draw(ground / "pictures" / "small.png", 77, side=BAD_SIDE)
    for number in range(12):
        draw(ground / "labelled" / ("first", "second")[number % 2] / f"{number}.png", 500 + number // 4)
    done = _program(ground, ground, {}, "index", "pictures", "-m", "phash")
    assert done.returncode == 0, done.stderr
    (ground / "answer.json").write_text(_program(ground, ground, {}, *_SEARCH, "-m", "phash").stdout, "utf-8")


_SEARCH = ("search", "pictures/0002.png", "pictures/small.png", "-k", "4", "-f", "json")


def run(case: str, ground: Path, room: Path) -> Outcome:
    """Index and search with one hostile plugin installed."""
    return _outcome(case, ground, room, ())


def run_within(case: str, ground: Path, room: Path) -> Outcome:
    """The same, with the plugin's method in the process of the program."""
    return _outcome(case, ground, room, ("plugins", "set", NAME, "--no-process"))


def _outcome(case: str, ground: Path, room: Path, first: Sequence[str]) -> Outcome:
    try:
        _, says = documented().get(case, ("", ""))
        _try(MISBEHAVIOURS[case], says.replace("NAME", NAME).split(" ... "), ground, room, first)
    except _TroubleError as trouble:
        return Outcome(1, [f"a plugin that {case}: {trouble}"])
    return Outcome(1, [])


def _try(kind: Misbehaviour, says: Sequence[str], ground: Path, room: Path, first: Sequence[str]) -> None:
    install(room / "site", NAME, kind.source)
    path = os.pathsep.join(filter(None, [str(room / "site"), os.environ.get("PYTHONPATH", "")]))
    environment = {"PYTHONPATH": path, **(kind.environment or {})}
    if first:
        _check_ended("plugins set", _program(ground, room, environment, *first), 0)
    if kind.then == "interrupt":
        _interrupt(ground, room, environment)
        return
    methods = (*(("-m", NAME) if kind.named else ()), "-m", "phash", *kind.index)
    indexed = _program(ground, room, environment, "index", "pictures", *methods, "-f", "json")
    _check_indexing(kind, indexed, ground, room, environment)
    if not kind.then:
        _check_said(says, indexed.stderr)
    _check_answers(kind, ground, room, environment)
    again = _program(ground, room, environment, "index", "-f", "json")
    _check_ended("index, a second time", again, 4 if kind.expect == "left out" else 0)
    report = _json("index, a second time", again)
    if report["decoded"] and kind.expect != "left out":
        raise _TroubleError(f"index, a second time, decodes {report['decoded']} pictures")
    _check_hashes(ground, room)
    if kind.then:
        _check_said(says, _FURTHER[kind.then](ground, room, environment))


def _check_said(wanted: Sequence[str], said: str) -> None:
    for part in wanted:
        if part not in said:
            raise _TroubleError(f"{part!r} is not said: {said[-500:]}")


def _check_indexing(
    kind: Misbehaviour, done: subprocess.CompletedProcess[str], ground: Path, room: Path, environment: dict[str, str]
) -> None:
    _check_ended("index", done, 4 if kind.expect in ("left out", "not loaded") else 0)
    report = _json("index", done)
    count = report["embedded"]["phash"]
    if count != _PICTURES:
        raise _TroubleError(f"phash indexed {count} pictures of {_PICTURES}: {done.stderr[-300:]}")
    _check_hashes(ground, room)
    if kind.expect != "works" and f"'{NAME}" not in done.stderr:
        raise _TroubleError(f"index does not name the method: {done.stderr[-300:]}")
    skipped = json.loads(_program(ground, room, environment, "collections", "skipped", "-f", "json").stdout or "[]")
    wanted = [(NAME, str(ground / "pictures" / "small.png"))] if kind.expect == "one" else []
    rows = len(journals(room).get(NAME, ()))
    if kind.named and rows != {"one": _PICTURES - 1, "works": _PICTURES}.get(kind.expect, 0):
        raise _TroubleError(f"the method indexed {rows} pictures")
    if [(row.get("method"), row["path"]) for row in skipped] != wanted:
        raise _TroubleError(f"collections skipped lists {skipped}")
    if wanted and (NAME not in done.stderr or "small.png" not in done.stderr):
        raise _TroubleError(f"index does not name the picture: {done.stderr[-300:]}")


def _check_hashes(ground: Path, room: Path) -> None:
    try:
        assert_same_rows({"phash": journals(room)["phash"]}, journals(ground))
    except AssertionError as error:
        raise _TroubleError(f"phash has other embeddings than without the plugin: {error}") from None


def _check_answers(kind: Misbehaviour, ground: Path, room: Path, environment: dict[str, str]) -> None:
    whole = json.loads((ground / "answer.json").read_text("utf-8"))
    mine = _program(ground, room, environment, *_SEARCH, "-m", "phash")
    _check_ended("search by phash", mine, 0)
    if _hits(_json("search by phash", mine)) != _hits(whole):
        raise _TroubleError("search by phash answers otherwise than without the plugin")
    target = room / "hits.json"
    both = _program(ground, room, environment, *_SEARCH, "-o", os.path.relpath(target, ground))
    _check_ended("search by all methods", both, 0)
    if both.stdout:
        raise _TroubleError(f"search prints though its answer goes to a file: {both.stdout[:200]!r}")
    try:
        results = json.loads(target.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _TroubleError(f"search by all methods leaves no answer in the file: {error}") from None
    if any(not result["hits"] or result["hits"][0]["path"] != _asked(ground, result) for result in results):
        raise _TroubleError("search by all methods does not find the very picture first")


def _asked(ground: Path, result: dict[str, Any]) -> str:
    return str(ground / result["query"])


def _hits(results: list[dict[str, Any]]) -> list[list[tuple[str, float]]]:
    return [[(hit["path"], hit["score"]) for hit in result["hits"]] for result in results]


def _program(
    ground: Path, home: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """The program, started in the folder that holds the pictures."""
    return subprocess.run(
        [sys.executable, "-m", "revsearch_tui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **environment, "REVSEARCH_HOME": str(home)},
        cwd=ground,
        timeout=120,
        check=False,
    )


def _check_ended(what: str, done: subprocess.CompletedProcess[str], code: int) -> None:
    trouble = trouble_of_ending(done)
    if trouble:
        raise _TroubleError(f"{what}: {trouble}")
    if done.returncode != code:
        raise _TroubleError(f"{what} ended with {done.returncode}, not {code}: {done.stderr.strip()[-300:]}")


def _json(what: str, done: subprocess.CompletedProcess[str]) -> Any:
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise _TroubleError(f"{what} does not print JSON alone: {done.stdout[:200]!r}") from None


def _further_match(ground: Path, room: Path, environment: dict[str, str]) -> str:
    done = _program(ground, room, environment, *_SEARCH, "-m", NAME)
    _check_ended("search by the method alone", done, 4)
    if f"'{NAME}'" not in done.stderr:
        raise _TroubleError(f"search does not name the method: {done.stderr[-300:]}")
    return done.stderr


def _further_metric(ground: Path, room: Path, environment: dict[str, str]) -> str:
    done = _program(
        *(ground, room, environment, "eval", "run", "labelled", "-m", "phash", "--parts", "all", "-p", "retrieve")
    )
    trouble = trouble_of_ending(done)
    if trouble or done.returncode not in (0, 4) or NAME not in done.stderr:
        raise _TroubleError(f"eval run: {trouble or f'ended with {done.returncode}: {done.stderr[-300:]}'}")
    return done.stderr


def _further_dataset(ground: Path, room: Path, environment: dict[str, str]) -> str:
    for command in (("datasets", "show"), ("eval", "run", "-m", "phash")):
        done = _program(ground, room, environment, *command, f"{NAME}:labelled")
        trouble = trouble_of_ending(done)
        if trouble or done.returncode in (0, 1) or NAME not in done.stderr:
            raise _TroubleError(f"{command}: {trouble or f'ended with {done.returncode}: {done.stderr[-300:]}'}")
    return done.stderr


def _further_state(state: str, ground: Path, room: Path, environment: dict[str, str]) -> str:
    """Naming it is an error that says why, and `plugins` lists it with its state."""
    done = _program(ground, room, environment, "index", "pictures", "-m", NAME)
    _check_ended("index by the method", done, 4)
    rows = _json("plugins", _program(ground, room, environment, "plugins", "-f", "json"))
    reasons = [row["reason"] for row in rows if row["plugin"] == NAME and row["state"] == state]
    if not reasons:
        raise _TroubleError(f"plugins does not list it as {state}")
    return reasons[0] if state == "shadowed" else done.stderr


def _interrupt(ground: Path, room: Path, environment: dict[str, str]) -> None:
    """One Ctrl-C ends the run; what was done is kept, and without the method the next run completes it."""
    home, marker = room / "home", room / "blocking"
    source = (room / "site" / f"{NAME}.py").read_text("utf-8")
    marked = source.replace("time.sleep(3600)", f"open({str(marker)!r}, 'w').close(); time.sleep(3600)")
    (room / "site" / f"{NAME}.py").write_text(marked, "utf-8")
    process = start(home, "index", ground / "pictures", "-m", NAME, "-m", "phash", environment=environment)
    if not wait_until(marker.exists, 60):
        os.killpg(process.pid, signal.SIGKILL)
        raise _TroubleError("the method was never asked")
    process.send_signal(signal.SIGINT)
    try:
        code, _, err = finish(process, _STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise _TroubleError(f"a run with a blocked method still runs {_STOP_S} s after it was interrupted") from None
    if code != 130 or "Traceback" in err:
        raise _TroubleError(f"interrupted, it ended with {code}: {err[-300:]}")
    shutil.rmtree(room / "site")
    environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    done = _program(ground, home, environment, "index", str(ground / "pictures"), "-m", "phash")
    _check_ended("index without the plugin", done, 0)
    _check_hashes(ground, home)


_FURTHER: Mapping[str, Callable[[Path, Path, dict[str, str]], str]] = {
    "match": _further_match,
    "metric": _further_metric,
    "dataset": _further_dataset,
    **{state: partial(_further_state, state) for state in ("broken", "unavailable", "shadowed")},
}

_SURVIVED = (
    "`phash` indexes all pictures with exactly the embeddings, and gives exactly the answers, of a program without "
    "the plugin; what is printed as JSON is JSON; a method that fails is named, with the reason that "
    "[Writing a plugin](plugins.md#when-a-plugin-fails) lists, and with the picture where it fails on one, which "
    "`collections skipped` then lists; a run that had to leave it out ends with the exit status 4; the next run does "
    "not stumble; nothing shows a traceback"
)

DRILL = Drill(
    name="plugins",
    title="Plugins that misbehave",
    what=(
        "A plugin of a third party, installed as pip installs one, misbehaves while pictures are indexed and searched "
        "by its method and by `phash`: it writes into its pictures, exits, raises, crashes in native code, takes 30 GB "
        "of memory, gives what is no number, prints, blocks, changes the process it runs in, or cannot be loaded; "
        "region providers, readers, metrics and data sets likewise."
    ),
    survived=_SURVIVED,
    cases=tuple(MISBEHAVIOURS),
    sample=("crashes in native code on one picture",),
    prepare=prepare,
    run=run,
)

WITHIN = Drill(
    name="within",
    title="Plugins that misbehave in the process of the program",
    what=(
        "The same with the plugin's method in the process of the program itself, as `plugins set NAME --no-process` "
        "has it; but for what nothing in the same process survives."
    ),
    survived=_SURVIVED,
    cases=tuple(case for case, kind in MISBEHAVIOURS.items() if kind.named and not kind.crashes),
    sample=(),
    prepare=prepare,
    run=run_within,
)
