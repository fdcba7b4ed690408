"""IMDB-WIKI (Rothe, Timofte and Van Gool, "DEX: Deep EXpectation of apparent age from a single image", 2015): its
tables, and from where a face is to the part that is looked at. Imports Pillow.

Faces of people from IMDb and Wikipedia, used here by name. Pictures are told from their headers; none is decoded.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from revsearch_export.datasets.folders import Listing
from revsearch_export.datasets.matlab import NAMES, FaceTable, read_face_table
from revsearch_tui.api import Box, Options, Sample, UsageError

_CROPPED = "_crop"
"""Ends the names of the folders with the authors' own crops, to whose pixels face_location does not refer."""

_EXIF_ORIENTATION = 0x0112
_AUTHORS_MARGIN = 0.4
"""What IMDB-WIKI's authors add to each side of a face, in its own size, where they distribute crops."""


def read_imdb_wiki(root: Path, options: Options) -> Listing:
    """One sample a usable picture, labelled with the person's name, in the order of names and paths.

    `root` is imdb.mat or wiki.mat, or the folder that holds it beside the folders of pictures. Raises `UsageError`.
    """
    file = _table_file(root)
    table = read_face_table(file)
    dropped: Counter[str] = Counter()
    rows = _rows_by_person(table, options, dropped)
    rows = _named(rows, str(options["names"]), file, dropped)
    reader = _Reader(file.parent, table, options, dropped)
    people = reader.most_pictured(rows, int(options["people"]))
    if not people:
        raise UsageError(f"{file} has no usable picture: {', '.join(f'{n} {why}' for why, n in dropped.items())}")
    samples: list[Sample] = []
    for name in sorted(people):
        kept = _capped(people[name], int(options["per_person"]), int(options["seed"]))
        if len(kept) < len(people[name]):
            dropped["more pictures of a person than asked for"] += len(people[name]) - len(kept)
        samples += sorted(kept, key=lambda sample: str(sample.path))
    return Listing(samples, dict(dropped))


def _table_file(root: Path) -> Path:
    if root.is_file() and root.suffix.lower() == ".mat":
        return root
    found = [root / f"{name}.mat" for name in NAMES if (root / f"{name}.mat").is_file()]
    if len(found) > 1:
        raise UsageError(f"{root} holds both {found[0].name} and {found[1].name}: name one of the files")
    if not found:
        raise UsageError(
            f"{root} is no folder with imdb.mat or wiki.mat of IMDB-WIKI; "
            "it is at https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/"
        )
    return found[0]


def _rows_by_person(table: FaceTable, options: Options, dropped: Counter[str]) -> dict[str, list[int]]:
    """Name -> rows of the table that promise a usable picture, as far as the table alone tells."""
    import numpy as np

    least = float(options["min_face_score"])
    people: dict[str, list[int]] = defaultdict(list)
    alone = np.isnan(table.second_scores)
    for row, (name, path) in enumerate(zip(table.names, table.paths, strict=True)):
        if not name:
            dropped["no name"] += 1
        elif not np.isfinite(table.scores[row]):
            dropped["no face"] += 1
        elif table.scores[row] < least:
            dropped["a face score below min_face_score"] += 1
        elif not alone[row]:
            dropped["a second face"] += 1
        elif not path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\0" in path:
            dropped["a path that leads nowhere"] += 1
        else:
            people[name].append(row)
    return people


def _named(rows: dict[str, list[int]], names: str, file: Path, dropped: Counter[str]) -> dict[str, list[int]]:
    """Only the people the user lists, if any are listed."""
    wanted = list(dict.fromkeys(name.strip() for name in names.split(";") if name.strip()))
    if not wanted:
        return rows
    missing = [name for name in wanted if name not in rows]
    if missing:
        raise UsageError(f"{file} has no usable picture of {', '.join(missing)}; names are written as in the file")
    dropped["not among the names asked for"] += sum(len(found) for name, found in rows.items() if name not in wanted)
    return {name: rows[name] for name in wanted}


def _capped(samples: list[Sample], most: int, seed: int) -> list[Sample]:
    """At most so many, drawn by the seed; all where `most` is 0."""
    if not most or len(samples) <= most:
        return samples
    drawn = sorted(samples, key=lambda sample: hashlib.sha256(f"{seed}:{sample.path.name}".encode()).digest())
    return drawn[:most]


class _Reader:
    """Looks at the pictures of people, no more of them than it has to."""

    def __init__(self, folder: Path, table: FaceTable, options: Options, dropped: Counter[str]) -> None:
        self._folder = folder
        self._table = table
        self._margin = float(options["margin"])
        faces = str(options["faces"])
        self._is_whole = faces == "whole" or (faces == "auto" and folder.resolve().name.endswith(_CROPPED))
        self._may_be_whole = faces == "auto"
        self._dropped = dropped

    def most_pictured(self, rows: dict[str, list[int]], people: int) -> dict[str, list[Sample]]:
        """The `people` persons with the most usable pictures, all where 0; of equal ones the first by name.

        Persons are taken by their number of rows, until none that follows could have more usable pictures.
        """
        order = sorted(rows, key=lambda name: (-len(rows[name]), name))
        found: dict[str, list[Sample]] = {}
        counts: list[int] = []
        for place, name in enumerate(order):
            if people and len(counts) >= people and sorted(counts)[-people] > len(rows[name]):
                self._dropped["not among the people with the most pictures"] += sum(len(rows[n]) for n in order[place:])
                break
            samples = list(self._samples(name, rows[name]))
            if samples:
                found[name] = samples
                counts.append(len(samples))
        best = sorted(found, key=lambda name: (-len(found[name]), name))[: people or None]
        others = sum(len(found[name]) for name in found if name not in best)
        if others:
            self._dropped["not among the people with the most pictures"] += others
        return {name: found[name] for name in best}

    def _samples(self, name: str, rows: Iterable[int]) -> Iterable[Sample]:
        for row in rows:
            path = self._folder.joinpath(*PurePosixPath(self._table.paths[row]).parts)
            picture = face_picture(path)
            if isinstance(picture, str):
                self._dropped[picture] += 1
            elif self._is_whole:
                yield Sample(path, name)
            else:
                yield from self._boxed(name, path, picture, row)

    def _boxed(self, name: str, path: Path, picture: FacePicture, row: int) -> Iterable[Sample]:
        x1, y1, x2, y2 = (float(value) for value in self._table.boxes[row])
        if self._may_be_whole and picture.is_authors_crop(x2 - x1, y2 - y1):
            yield Sample(path, name)
            return
        box = face_part(picture, (x1, y1, x2, y2), self._margin)
        if box is None:
            self._dropped["a face outside its picture"] += 1
        else:
            yield Sample(path, name, box)


@dataclass(frozen=True, slots=True)
class FacePicture:
    """Size of a picture in pixels as it is stored, and its EXIF orientation, 1 to 8."""

    width: int
    height: int
    orientation: int = 1

    def is_authors_crop(self, width: float, height: float) -> bool:
        """Whether the picture is just as large as the authors' crop of a face of this size would be.

        A face's place is told in pixels of the picture that it was cut out of, and means nothing in the crop.
        """
        scale = 1 + 2 * _AUTHORS_MARGIN
        return abs(self.width - scale * width) <= 2 and abs(self.height - scale * height) <= 2


def face_picture(path: Path) -> FacePicture | str:
    """What the file's header tells, or why the file is of no use."""
    from PIL import Image

    if not path.is_file():
        return "a missing file"
    try:
        with Image.open(path) as image:
            orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
            picture = FacePicture(*image.size, orientation if orientation in range(1, 9) else 1)
    except Exception:  # damaged files raise anything that Pillow comes upon
        return "an unreadable file"
    return picture if picture.width > 0 and picture.height > 0 else "an unreadable file"


def face_part(picture: FacePicture, pixels: tuple[float, float, float, float], margin: float) -> Box | None:
    """The face, grown on each side by `margin` of its width and height, within the upright picture.

    `pixels` are x1, y1, x2, y2, counted from 1, both corners in the face. None where they are no rectangle that
    touches the picture.
    """
    x1, y1, x2, y2 = pixels
    if not all(map(math.isfinite, pixels)) or x2 < x1 or y2 < y1:
        return None
    left, top, right, bottom = x1 - 1, y1 - 1, x2, y2
    if left >= picture.width or top >= picture.height or right <= 0 or bottom <= 0:
        return None
    across, down = margin * (right - left), margin * (bottom - top)
    return _upright(
        max(0.0, left - across) / picture.width,
        max(0.0, top - down) / picture.height,
        min(picture.width, right + across) / picture.width,
        min(picture.height, bottom + down) / picture.height,
        picture.orientation,
    )


def _upright(left: float, top: float, right: float, bottom: float, orientation: int) -> Box:
    """The same part after the picture was turned as its EXIF orientation asks."""
    if orientation in (5, 6, 7, 8):  # mirrored along the main diagonal first
        left, top, right, bottom = top, left, bottom, right
    if orientation in (2, 3, 6, 7):
        left, right = 1 - right, 1 - left
    if orientation in (3, 4, 7, 8):
        top, bottom = 1 - bottom, 1 - top
    return Box(max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))
