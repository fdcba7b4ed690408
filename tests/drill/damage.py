"""Drill: each kind of file in a home is truncated, garbled or deleted."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.drill import damaged_home
from tests.drill.damaged_home import METHODS, PICTURES, SEARCHES, hits_in, queries_of
from tests.drill.drill import Drill, Outcome
from tests.drill.ending import trouble_of_ending
from tests.drill.kinds import DAMAGES, KINDS, Kind, Span, of_kind, rows_lost
from tests.support.forked import forks

_K = 5


def run(case: str, ground: Path, room: Path) -> Outcome:
    """Damage one file of a copy of the home, search, index, and search again."""
    name, _, damage = case.partition(": ")
    kind = KINDS[name]
    whole, home = ground / kind.home, room / "home"
    shutil.copytree(whole, home)  # times are kept: ChromaDB's files are known by theirs
    file = of_kind(home, kind)
    span = DAMAGES[damage](file)
    told = json.loads((ground / "answers.json").read_text("utf-8"))
    lost = _lost(whole / file.relative_to(home), span)
    # ChromaDB answers only where it is asked to; what it depends on are its own files and the catalog.
    asked = {n: s for n, s in SEARCHES.items() if n in METHODS or name.startswith(("ChromaDB", "catalog"))}
    trouble = (
        _trouble_of_searching(asked, ground, home, told["rankings"])
        or _trouble_of_kind(kind, ground, home, told["shown"])
        or _trouble_of_indexing(kind, whole, home, file, lost)
        or _trouble_after(asked, ground, home, told["rankings"])
    )
    return Outcome(1, [f"{case}: {trouble}"] if trouble else [])


def _trouble_of_searching(
    asked: Mapping[str, Sequence[str]], ground: Path, home: Path, rankings: dict[str, Any]
) -> str:
    for name, search in asked.items():
        done = _search(ground, home, search)
        trouble = _trouble_of_answer(done, rankings[name])
        if trouble:
            return f"search by {name} on the damaged home: {trouble}"
    return ""


def _search(ground: Path, home: Path, search: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return forks().run(home, "search", *queries_of(ground), *search, "-k", str(_K), "-f", "json")


def _trouble_of_answer(done: subprocess.CompletedProcess[str], whole: list[list[Any]]) -> str:
    """Why this is neither the whole answer, nor a sound part of it with a sentence, nor a refusal in a sentence."""
    trouble = trouble_of_ending(done)
    if trouble or done.returncode not in (0, 1):
        return trouble
    found = hits_in(done.stdout)
    if found == [hits[:_K] for hits in whole]:
        return ""
    if not done.stderr.strip():
        return f"another answer without a word: {_difference(found, whole)}"
    for hits, known in zip(found, whole, strict=True):
        scores = {path: (score, verified) for path, score, verified in known}
        for path, score, verified in hits:
            wrong = path not in scores or (score != scores[path][0] and verified == scores[path][1])
            if wrong:
                return f"a hit that is not sound, {path} at {score}; said: {done.stderr.strip()[:200]}"
    return ""


def _difference(found: list[list[Any]], whole: list[list[Any]]) -> str:
    for hits, known in zip(found, whole, strict=True):
        for place in range(_K):
            have = hits[place] if place < len(hits) else None
            if have != known[place]:
                return f"hit {place + 1} is {have}, not {known[place]}"
    return "more results than queries"


def _trouble_of_kind(kind: Kind, ground: Path, home: Path, shown: dict[str, str]) -> str:
    """What else reads the damaged file must do so or say a sentence."""
    if kind.check == "thumbnail":
        whole = next((ground / "home" / "cache" / "thumbnails").rglob("*.jpg"))
        found = damaged_home.thumbnails(home).get(whole.stem)
        if found is not None and found.read_bytes() != whole.read_bytes():
            return "a damaged thumbnail is shown"
    if kind.check == "cache":
        record = next(iter((home / "data" / "evaluations").iterdir())).name
        done = forks().run(home, "eval", "again", record)
        return trouble_of_ending(done) or (f"eval again: {done.stderr.strip()[-300:]}" if done.returncode else "")
    for command, whole_text in shown.items() if kind.check == "records" else ():
        done = forks().run(home, *command.split())
        trouble = trouble_of_ending(done)
        if not trouble and done.stdout != whole_text and not done.stderr.strip():
            trouble = "another answer without a word"
        if trouble:
            return f"{command}: {trouble}"
    return ""


def _trouble_of_indexing(kind: Kind, whole: Path, home: Path, file: Path, lost: dict[str, int]) -> str:
    """`index` mends, or says what the user has to restore; then that is done, and it goes on."""
    done = forks().run(home, "index", "-f", "json")
    trouble = trouble_of_ending(done)
    embedded = _embedded(done)
    if not trouble and kind.by_user:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(whole / file.relative_to(home), file)
        done = forks().run(home, "index", "-f", "json")
        trouble = trouble_of_ending(done)
        embedded = {label: count + embedded.get(label, 0) for label, count in _embedded(done).items()}
    if not trouble and done.returncode != 0:
        trouble = f"ended with {done.returncode}: {done.stderr.strip()[-300:]}"
    if not trouble and (pictures := json.loads(done.stdout)["pictures"]) != PICTURES:
        trouble = f"{pictures} pictures after mending, not {PICTURES}"
    if not trouble:
        more = {label: count for label, count in embedded.items() if count > lost.get(label, 0)}
        trouble = f"embedded anew: {more}, lost were: {lost or 'none'}" if more else ""
    return f"index: {trouble}" if trouble else ""


def _embedded(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    if done.returncode or not done.stdout:
        return {}
    found: dict[str, int] = json.loads(done.stdout)["embedded"]
    return found


def _lost(file: Path, span: Span) -> dict[str, int]:
    """Label -> how many of its pictures are lost with these bytes of a file."""
    if file.suffix == ".json" or file.parts[-3] not in ("journal", "features"):
        return {}
    label = next(label for label in METHODS if file.parent.name.startswith(f"{label.partition(':')[0]}-"))
    return {label: rows_lost(file, span)}


def _trouble_after(asked: Mapping[str, Sequence[str]], ground: Path, home: Path, rankings: dict[str, Any]) -> str:
    """All is as it was: answers and checksums."""
    for name, search in asked.items():
        done = _search(ground, home, search)
        found = hits_in(done.stdout) if done.returncode == 0 else None
        if found != [hits[:_K] for hits in rankings[name]]:
            why = _difference(found, rankings[name]) if found is not None else done.stderr.strip()[-300:]
            return f"search by {name} after mending: {why}"
    done = forks().run(home, "collections", "verify")
    if done.returncode or "damaged" in done.stderr:
        return f"verify after mending: {done.stderr.strip()[-300:]}"
    return ""


DRILL = Drill(
    name="damage",
    title="Files of a home truncated, garbled or deleted",
    what=(
        f"A home with {PICTURES} pictures indexed by `phash`, `sift` and `cnn-softmax`, a model, a configuration, an "
        "evaluation and a thumbnail. One file of each kind in it is truncated to half, has 64 bytes garbled in its "
        "middle or in its first quarter, or is deleted. Then pictures are searched by each method, `revsearch index` "
        "runs, and the same is searched again."
    ),
    survived=(
        "searching the damaged home gives the right answer, or the answer on what is sound and a sentence about the "
        "rest, or an exit status with one sentence; `revsearch index` mends the home, or says in one sentence which "
        "file the user has to restore, and embeds no picture but the lost ones; after that every answer is as it was, "
        "and every checksum holds"
    ),
    cases=tuple(f"{kind}: {damage}" for kind in KINDS for damage in DAMAGES),
    sample=(
        "journal of phash, segment-0000.vec: garbled in the first quarter",
        "features, segment-0000.blob: garbled in the middle",
        "ChromaDB, data_level0.bin: truncated",
    ),
    prepare=damaged_home.prepare,
    run=run,
)
