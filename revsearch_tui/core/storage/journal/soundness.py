"""Which commits of a journal hold what their checksums say: looked at once after every change, and remembered.

The memory is a file beside the segments: for each of them the size, mtime and inode of its files, and the commits that
were unsound then. It is a convenience: without it, or where it cannot be written, everything is looked at again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from revsearch_tui.core.base.durable import write_quickly
from revsearch_tui.core.storage.journal.segment import Segment

MEMORY = "checked.json"

Memory: TypeAlias = dict[str, Any]
"""Name of a segment -> its `files`, `last` commit and `unsound` ones when it was looked at; `complete` is another's."""


def read_memory(place: Path) -> Memory:
    """What is remembered; nothing where that cannot be read."""
    try:
        memory = json.loads((place / MEMORY).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}


def write_memory(place: Path, memory: Memory) -> None:
    """Remember, where the folder can be written to."""
    with contextlib.suppress(OSError):
        write_quickly(place / MEMORY, json.dumps(memory, separators=(",", ":")))


def is_remembered(memory: Memory, segment: Segment) -> bool:
    """Whether a segment was looked at as it is now."""
    entry = memory.get(segment.stem.name)
    return (
        isinstance(entry, dict)
        and entry.get("files") == segment.files()
        and entry.get("last") == _last(segment)
        and isinstance(entry.get("unsound"), list)
    )


def remember(memory: Memory, segment: Segment, files: Mapping[str, Sequence[int]], unsound: Sequence[int]) -> None:
    """Put into the memory what a segment was like when its files were as `files` says."""
    memory[segment.stem.name] = {"files": files, "last": _last(segment), "unsound": list(unsound)}
    memory.pop("complete", None)


def _last(segment: Segment) -> list[int]:
    """What tells a segment's last commit from all others: files that were changed may be described by another log."""
    return [len(segment.commits), *segment.ends, *segment.commits[-1].sums] if segment.commits else []


def unsound_commits(
    place: Path, segments: Sequence[Segment], is_current: Callable[[], bool], *, anew: bool = False
) -> dict[int, list[int]]:
    """Number of a segment -> its commits that are not what their checksums say; without those that are sound.

    Reads segments that changed since they were last looked at; with `anew`, all. About 2 GB are read in a second.
    """
    memory = read_memory(place)
    looked = False
    found: dict[int, list[int]] = {}
    for number, segment in enumerate(segments):
        if anew or not is_remembered(memory, segment):
            files = segment.files()  # before they are read: what changes meanwhile is looked at again
            remember(memory, segment, files, segment.damaged_commits())
            looked = True
        if unsound := memory[segment.stem.name]["unsound"]:
            found[number] = unsound
    if looked and is_current():  # else these are another journal's files by now
        write_memory(place, memory)
    return found


def unchecked_bytes(place: Path, segments: Sequence[Segment]) -> int:
    """How much would have to be read to know of every commit."""
    memory = read_memory(place)
    return sum(sum(segment.ends) for segment in segments if not is_remembered(memory, segment))
