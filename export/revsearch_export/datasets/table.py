"""A CSV file with the columns `path`, `label` and, where the data is divided already, `split`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from revsearch_export.datasets.listing import Listing
from revsearch_tui.api import Options, Sample, UsageError

_REQUIRED = ("path", "label")
_PARTS = {"": "", "train": "train", "test": "test", "validation": "validation", "valid": "validation"}
_PARTS["val"] = "validation"


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
    part = _PARTS.get(values.get("split", "").lower())
    if part is None:
        raise UsageError(f"{where}: the split is '{values['split']}', not train, validation or test")
    return Sample(file.parent / values["path"], values["label"], split=part)
