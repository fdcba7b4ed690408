"""A folder for each class, or a CSV file with the columns `path`, `label` and, where the data is divided already,
`split`; and what every data set gives.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from revsearch_tui.api import Options, Sample, UsageError

_PARTS = {"train": "train", "test": "test", "validation": "validation", "valid": "validation", "val": "validation"}

_SUFFIXES = """
apng avif bmp dib gif heic heics heif heifs hif j2c j2k jfif jp2 jpc jpe jpeg jpf jpg jpx mpo pbm pcx pgm png pnm ppm
qoi ras sgi tga tif tiff webp
"""
PICTURE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())
NOT_A_PICTURE = "not a picture, by its name"

_REQUIRED = ("path", "label")
_PARTS_BY_NAME = {"": "", "train": "train", "test": "test", "validation": "validation", "valid": "validation"}
_PARTS_BY_NAME["val"] = "validation"


def read_folders(root: Path, options: Options) -> Listing:
    """The pictures below each class's folder, labelled with its name; with the option `label=name`, all pictures below
    `root`, labelled with their own names without the ending. Raises `UsageError`."""
    if not root.is_dir():
        raise UsageError(f"there is no folder {root} to take classes from")
    by_name = options.get("label") == "name"
    samples: list[Sample] = []
    dropped: Counter[str] = Counter()
    try:
        for part, folder in [("", root)] if by_name else _class_folders(root):
            for file in files_below(folder):
                if may_be_picture(file.name):
                    samples.append(Sample(file, file.stem if by_name else folder.name, split=part))
                else:
                    dropped[NOT_A_PICTURE] += 1
    except OSError as error:
        raise UsageError(f"'{error.filename or root}' cannot be read: {error.strerror or error}") from error
    if not samples and not by_name:
        raise UsageError(f"{root} holds no pictures in folders named after their classes, such as {root / 'cat'}/1.jpg")
    return Listing(samples, dict(dropped))


def _class_folders(root: Path) -> Iterator[tuple[str, Path]]:
    """(part, folder of a class); the part is empty where the data is not divided."""
    folders = visible_folders(root)
    if _is_divided(folders):
        for folder in folders:
            for inner in visible_folders(folder):
                yield _PARTS[folder.name], inner
    else:
        for folder in folders:
            yield "", folder


def _is_divided(folders: list[Path]) -> bool:
    """Whether these are the parts of the data and not classes of these names, whose folders would hold pictures."""
    names = {folder.name for folder in folders}
    return "train" in names and names <= _PARTS.keys() and all(visible_folders(folder) for folder in folders)


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


def read_table(root: Path, options: Options) -> Listing:
    """The rows of the file, in its order; relative paths are taken from the file's folder. Raises `UsageError`."""
    if root.suffix.lower() != ".csv" or not root.is_file():
        raise UsageError(f"{root} is no .csv file with the columns path,label and perhaps split")
    try:
        with root.open(encoding="utf-8-sig", newline="") as file:
            samples = list(_samples(root, csv.reader(file, strict=True)))
    except UnicodeDecodeError as error:
        raise UsageError(f"{root} is not UTF-8 text: save it as UTF-8 ({error.reason} at byte {error.start})") from None
    except OSError as error:
        raise UsageError(f"{root} cannot be read: {error.strerror or error}") from None
    if not samples:
        raise UsageError(f"{root} has no rows below its header")
    return Listing(samples)


def _samples(file: Path, rows: Iterator[list[str]]) -> Iterator[Sample]:
    number = 0
    places: dict[str, int] = {}
    try:
        for row in rows:
            number = getattr(rows, "line_num", number + 1)
            if not places:
                places = _places(file, row)
            elif any(cell.strip() for cell in row):
                yield _sample(file, number, row, places)
    except csv.Error as error:
        raise UsageError(f"{file}, line {number + 1}: {error}") from None
    if not places:
        raise UsageError(f"{file} is empty: its first line must be path,label or path,label,split")


def _places(file: Path, header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise UsageError(
            f"{file}, line 1: no column '{missing[0]}'; the first line must be path,label or path,label,split"
        )
    doubled = [name for name in (*_REQUIRED, "split") if names.count(name) > 1]
    if doubled:
        raise UsageError(f"{file}, line 1: the column '{doubled[0]}' is there twice")
    return {name: names.index(name) for name in (*_REQUIRED, "split") if name in names}


def _sample(file: Path, number: int, row: list[str], places: dict[str, int]) -> Sample:
    where = f"{file}, line {number}"
    if len(row) <= max(places.values()):
        raise UsageError(f"{where}: {len(row)} columns instead of at least {max(places.values()) + 1}")
    values = {name: row[place].strip() for name, place in places.items()}
    for name in _REQUIRED:
        if not values[name]:
            raise UsageError(f"{where}: the {name} is empty")
    if "\0" in values["path"]:
        raise UsageError(f"{where}: the path holds a NUL character")
    part = _PARTS_BY_NAME.get(values.get("split", "").lower())
    if part is None:
        raise UsageError(f"{where}: the split is '{values['split']}', not train, validation or test")
    return Sample(file.parent / values["path"], values["label"], split=part)
