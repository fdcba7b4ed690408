"""What every data set gives: its samples, and how many it left out, by reason."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from revsearch_tui.api import Sample

_SUFFIXES = """
apng avif bmp dib gif heic heics heif heifs hif j2c j2k jfif jp2 jpc jpe jpeg jpf jpg jpx mpo pbm pcx pgm png pnm ppm
qoi ras sgi tga tif tiff webp
"""
PICTURE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())

NOT_A_PICTURE = "not a picture, by its name"


@dataclass(frozen=True, slots=True)
class Listing:
    """Samples in a fixed order. `dropped` counts what the data set holds but gives no sample for, by reason."""

    samples: Sequence[Sample]
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def __len__(self) -> int:
        return len(self.samples)


def may_be_picture(name: str) -> bool:
    """Whether a file of that name may be a picture: one with a picture's suffix, or with none."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, not a path
    return not suffix or suffix in PICTURE_SUFFIXES


def visible_folders(folder: Path) -> list[Path]:
    """The folders in a folder but for hidden ones, by name. Raises OSError."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def files_below(folder: Path) -> Iterator[Path]:
    """All files below a folder but for hidden ones, in a fixed order; a folder reached twice is entered once.

    Raises OSError where a folder cannot be read.
    """
    entered: set[tuple[int, int]] = set()
    pending = [str(folder)]
    while pending:
        current = pending.pop()
        status = os.stat(current)  # noqa: PTH116
        if status.st_ino and (status.st_dev, status.st_ino) in entered:
            continue
        entered.add((status.st_dev, status.st_ino))
        with os.scandir(current) as entries:
            listed = sorted(
                (entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name
            )
        yield from (Path(entry.path) for entry in listed if entry.is_file())
        pending += reversed([entry.path for entry in listed if entry.is_dir()])
