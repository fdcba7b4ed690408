"""What users said of pairs of pictures, "a match" or "no match", kept by image ids in the collection's home.

A file of JSON lines that is only ever added to; what was said last of a pair holds. It lies beside the catalog, so that
one made anew loses nothing. A line that a crash cut short is passed over.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from revsearch_tui.api import StorageError
from revsearch_tui.core.base.files import sync_folder, whole_lines

if TYPE_CHECKING:
    from revsearch_tui.core.storage.catalog.catalog import Catalog

FORMAT = 1
_KIND = "revsearch judgements"
_FILE = "judgements.jsonl"

Verdict: TypeAlias = Literal["match", "no match"]
VERDICTS: tuple[Verdict, ...] = ("match", "no match")
_FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two image ids, the smaller first, what was said of them and when, and what the pictures were called then."""

    first: bytes
    second: bytes
    verdict: Verdict
    when: float
    names: tuple[str, str]


class Judgements:
    """Those of some collections, as they are when they are asked for. Of a pair on which they differ, what was said
    last."""

    def __init__(self, homes: Iterable[Path]) -> None:
        self._files = [home / _FILE for home in homes]
        self._seen: list[object] = []
        self._of: dict[bytes, dict[bytes, Verdict]] = {}

    def of(self, image_id: bytes) -> dict[bytes, Verdict]:
        """What was said of a picture and others, by their ids. Raises `StorageError`."""
        return self._current().get(image_id, {})

    def refused(self, image_id: bytes) -> set[bytes]:
        """The pictures that are no match of this one. Raises `StorageError`."""
        return _refused(self.of(image_id))

    def all_refused(self) -> dict[bytes, set[bytes]]:
        """The same for every picture of which that was said. Raises `StorageError`."""
        return {image_id: refused for image_id, said in self._current().items() if (refused := _refused(said))}

    def _current(self) -> dict[bytes, dict[bytes, Verdict]]:
        seen = [_state(file) for file in self._files]
        if seen != self._seen:
            self._of = {}
            for each in sorted((j for file in self._files for j in _read(file)), key=lambda judgement: judgement.when):
                self._of.setdefault(each.first, {})[each.second] = each.verdict
                self._of.setdefault(each.second, {})[each.first] = each.verdict
            self._seen = seen
        return self._of


def _refused(said: Mapping[bytes, Verdict]) -> set[bytes]:
    return {other for other, verdict in said.items() if verdict == "no match"}


def judgements_of(home: Path) -> list[Judgement]:
    """All that hold, the newest first. Raises `StorageError`."""
    return sorted(_read(home / _FILE), key=lambda judgement: judgement.when, reverse=True)


def names_now(catalog: Catalog, judgement: Judgement) -> tuple[str, str]:
    """What the pictures are called now; where they are in the collection no more, what they were called then."""
    first, second = map(catalog.image, (judgement.first, judgement.second))
    then, other_then = judgement.names
    return str(first.paths[0]) if first else then, str(second.paths[0]) if second else other_then


def judge(
    home: Path,
    pairs: Sequence[tuple[bytes, bytes]],
    names: Sequence[tuple[str, str]],
    verdict: Verdict,
    when: float | None = None,
) -> None:
    """Write down one verdict on pairs of image ids, as of now where nothing else is given. Raises `StorageError`."""
    _read(home / _FILE)  # nothing is added to what a newer program wrote
    lines, at = [], time.time() if when is None else when
    for (one, other), (name, other_name) in zip(pairs, names, strict=True):
        swapped = other < one
        ids, told = ((other, one), (other_name, name)) if swapped else ((one, other), (name, other_name))
        lines.append({"pair": [each.hex() for each in ids], "is": verdict, "at": at, "names": told})
    _append(home, lines)


def take_over(home: Path, judgements: Iterable[Judgement]) -> None:
    """Write down what was said elsewhere, where it is newer than what is known of it here. Raises `StorageError`."""
    known = {(each.first, each.second): each.when for each in _read(home / _FILE)}
    newer = [each for each in judgements if each.when > known.get((each.first, each.second), -math.inf)]
    lines = [
        {"pair": [each.first.hex(), each.second.hex()], "is": each.verdict, "at": each.when, "names": each.names}
        for each in sorted(newer, key=lambda each: each.when)
    ]
    _append(home, lines)


def forget(home: Path, pairs: Sequence[tuple[bytes, bytes]]) -> int:
    """Take back what was said of pairs of image ids; of how many something was. Raises `StorageError`."""
    known = {(each.first, each.second) for each in _read(home / _FILE)}
    found = [pair for pair in (tuple(sorted(each)) for each in pairs) if pair in known]
    _append(home, [{"pair": [each.hex() for each in pair], "is": _FORGOTTEN, "at": time.time()} for pair in found])
    return len(found)


def _append(home: Path, lines: Sequence[dict[str, Any]]) -> None:
    file = home / _FILE
    if not lines:
        return
    try:
        is_new = not file.exists()
        head = [{"format": FORMAT, "kind": _KIND}] if is_new else []
        # The first newline ends what a crash, or a full disk, has cut short. One write, so that two programs may.
        data = b"\n" + b"".join(json.dumps(line).encode() + b"\n" for line in [*head, *lines])
        with file.open("ab", buffering=0) as out:
            out.write(data)
            os.fsync(out.fileno())
        if is_new:
            sync_folder(home)
    except OSError as error:
        raise StorageError(f"cannot write to {file}: {error.strerror or error}; nothing was judged") from error


def _state(file: Path) -> object:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(file: Path) -> list[Judgement]:
    """What holds. Raises `StorageError` where a newer program wrote it, or it cannot be read."""
    found: dict[tuple[bytes, bytes], Judgement] = {}
    for line in _lines(file):
        if line.get("kind") == _KIND and line.get("format", 0) > FORMAT:
            raise StorageError(f"'{file}' was written by a newer revsearch; use that version")
        try:
            first, second = (bytes.fromhex(each) for each in line["pair"])
            pair = (first, second)
            if line["is"] in VERDICTS:
                name, other = line["names"]
                found[pair] = Judgement(first, second, line["is"], float(line["at"]), (str(name), str(other)))
            else:
                found.pop(pair, None)
        except (KeyError, TypeError, ValueError):
            continue
    return list(found.values())


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"'{file}' cannot be read: {error.strerror or error}") from None
    yield from whole_lines(content)
