"""What is to be done with which files, written down before anything is done: as JSON, and as a script to read."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.files import write_json

FORMAT = 1
_KIND = "revsearch duplicates plan"

Action: TypeAlias = Literal["trash", "hardlink", "symlink"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file as it was when the plan was made: what it holds (sha-256 in hex), its size in bytes, and why it is
    here."""

    path: str
    sha256: str
    bytes: int
    tier: str
    why: str


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """`keep` stays as it is, the `others` are what it is about; all of these are copies of it by evidence of their
    own."""

    keep: PlannedFile
    others: tuple[PlannedFile, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`made` in seconds since the epoch; `source` names the collection, or the folders, that it is about."""

    source: str
    groups: tuple[PlannedGroup, ...]
    made: float = field(default_factory=time.time)

    @property
    def files(self) -> int:
        """How many are to go."""
        return sum(len(group.others) for group in self.groups)

    @property
    def bytes(self) -> int:
        """What they take."""
        return sum(file.bytes for group in self.groups for file in group.others)


def write_plan(path: Path, plan: Plan) -> None:
    """Raises `UsageError` where it cannot be written."""
    if path.is_dir():
        raise UsageError(f"'{path}' is a folder; give the name of a file to write the plan to")
    try:
        write_json(path, {"format": FORMAT, "kind": _KIND, **asdict(plan)})
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror or error}") from None


def read_plan(path: Path) -> Plan:
    """Raises `UsageError` where the file is no plan, or one of a newer program."""
    try:
        data = json.loads(path.read_text("utf-8"))
        if not isinstance(data, dict) or data.get("kind") != _KIND:
            raise ValueError("it is no plan of revsearch dupes")
        if data.get("format", 0) > FORMAT:
            raise UsageError(f"the plan '{path}' was made by a newer revsearch; use that version, or make it anew")
        groups = tuple(
            PlannedGroup(_file(group["keep"]), tuple(_file(other) for other in group["others"]))
            for group in data["groups"]
        )
        return Plan(str(data["source"]), groups, float(data["made"]))
    except OSError as error:
        raise UsageError(f"the plan '{path}' cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = str(error) if type(error) is ValueError else "something is missing in it"
        raise UsageError(f"'{path}' cannot be used: {why}; make it with: revsearch dupes --plan FILE") from None


def _file(data: Any) -> PlannedFile:
    found = PlannedFile(*(data[name] for name in PlannedFile.__slots__))
    if not Path(found.path).is_absolute() or "\0" in found.path or len(bytes.fromhex(found.sha256)) != 32:
        raise ValueError("it names a file in a way that cannot be meant")
    return found


_HEAD = """#!/bin/sh
# {files} files in {groups} groups, {bytes} bytes, of {source}.
# Each is put into the trash by `gio trash`, if it and the file that is kept hold what they held. To have that undone
# by revsearch, use --plan and `revsearch dupes apply` in this place.
set -u
go() {{  # kept file, its sha-256, the other file, its sha-256
    if [ "$({{ sha256sum < "$1"; }} 2>/dev/null)" != "$2  -" ]; then echo "left, for what is kept has changed: $3" >&2
    elif [ "$({{ sha256sum < "$3"; }} 2>/dev/null)" != "$4  -" ]; then echo "left, for it has changed: $3" >&2
    else gio trash -- "$3" || echo "left: $3" >&2
    fi
}}
"""


def script(plan: Plan) -> bytes:
    """A shell script that does what the plan says, with the reasons as comments; file names are quoted bytes."""
    head = _HEAD.format(files=plan.files, groups=len(plan.groups), bytes=plan.bytes, source=_comment(plan.source))
    lines = [head]
    for group in plan.groups:
        keep = group.keep
        lines.append(f"\n# kept: {_comment(keep.why)}\n")
        for other in group.others:
            words: Sequence[str] = (keep.path, keep.sha256, other.path, other.sha256)
            lines.append(f"# {_comment(f'{other.tier}: {other.why}')}\ngo {' '.join(map(shlex.quote, words))}\n")
    return os.fsencode("".join(lines))


def _comment(text: str) -> str:
    """On one line."""
    return " ".join(text.split())
