"""What tells pictures of one name apart: the part of their folders in which these differ."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

_BETWEEN = "…"


def telling_folders(paths: Sequence[Path]) -> Mapping[int, str]:
    """Position -> the fewest folders in a row that the path has and no other of the same name, closed by a slash;
    nothing for names that occur once. Where more folders follow down to the file they are left out: `2019/…/`."""
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for position, path in enumerate(paths):
        by_name[path.name].append(position)
    told: dict[int, str] = {}
    for positions in by_name.values():
        if len(positions) > 1:
            told.update(_told_apart({position: paths[position].parent.parts for position in positions}))
    return told


def _told_apart(folders: Mapping[int, tuple[str, ...]]) -> dict[int, str]:
    told: dict[int, str] = {}
    for length in range(1, 1 + max(map(len, folders.values()))):
        holders = Counter(run for parts in folders.values() for run in set(_runs(parts, length)))
        for position, parts in folders.items():
            alone = [at for at, run in enumerate(_runs(parts, length)) if holders[run] == 1]
            if position not in told and alone:
                told[position] = _joined(parts[alone[-1] :], length)
        if len(told) == len(folders):
            return told
    # A folder all of whose parts another has, too, such as the one above it.
    return {position: told.get(position) or _joined(parts[-1:], 1) for position, parts in folders.items()}


def _runs(parts: tuple[str, ...], length: int) -> list[tuple[str, ...]]:
    return [parts[at : at + length] for at in range(len(parts) - length + 1)]


def _joined(parts: Sequence[str], length: int) -> str:
    """The first `length` of the parts, which end above the file."""
    if not parts:
        return ""
    between = [_BETWEEN] if len(parts) > length else []
    return os.path.join(*parts[:length], *between, "")  # noqa: PTH118 - a part of a path
