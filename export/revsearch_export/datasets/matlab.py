"""The table in `imdb.mat` and `wiki.mat`, as the authors of IMDB-WIKI publish it. Imports scipy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NAMES = ("imdb", "wiki")


@dataclass(frozen=True, slots=True)
class FaceTable:
    """One row a picture. `boxes` (n, 4) float64: x1, y1, x2, y2 in pixels, counted from 1; NaN where there is none.

    `scores` (n,) float64, minus infinity where no face was found; `second_scores` NaN where there is no second face.
    `paths` and `names` may be empty texts.
    """

    paths: list[str]
    names: list[str]
    boxes: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    second_scores: npt.NDArray[np.float64]


def read_face_table(file: Path) -> FaceTable:
    """Read the struct `imdb` or `wiki` of a MATLAB file. Raises `UsageError` where there is no sound one."""
    import numpy as np

    fields = _fields(file)
    try:
        paths = [_text(cell) for cell in np.ravel(fields["full_path"])]
        table = FaceTable(
            paths,
            _names(fields),
            _boxes(fields["face_location"]),
            np.asarray(fields["face_score"], np.float64).ravel(),
            np.asarray(fields["second_face_score"], np.float64).ravel(),
        )
    except (ValueError, TypeError, IndexError) as error:
        raise UsageError(f"{file} does not hold the table of IMDB-WIKI: {' '.join(str(error).split())}") from None
    lengths = {len(column) for column in (paths, table.names, table.boxes, table.scores, table.second_scores)}
    if len(lengths) != 1:
        raise UsageError(f"{file} does not hold the table of IMDB-WIKI: its columns are of different lengths")
    return table


def _fields(file: Path) -> dict[str, Any]:
    from scipy.io import loadmat

    try:
        content = loadmat(file, variable_names=NAMES)
    except NotImplementedError:
        raise UsageError(
            f"{file} is a MATLAB 7.3 file: save it as version 7 or older, as IMDB-WIKI publishes it"
        ) from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # damaged files raise whatever scipy, struct or zlib come upon
        raise UsageError(f"{file} is no MATLAB file, or is damaged: {' '.join(str(error).split())[:200]}") from None
    name = next((name for name in NAMES if name in content), None)
    if name is None:
        raise UsageError(f"{file} holds neither of the structs 'imdb' and 'wiki' of IMDB-WIKI")
    struct = content[name]
    known = set(struct.dtype.names or ())
    for field in ("full_path", "name", "face_location", "face_score", "second_face_score"):
        if field not in known or struct.size != 1:
            raise UsageError(f"{file}: the struct '{name}' has no field '{field}', which IMDB-WIKI has")
    return {field: struct[field].item() for field in known}


def _names(fields: dict[str, Any]) -> list[str]:
    """Names of people: by number where the table has numbers (IMDb), else as they are written (Wikipedia)."""
    import numpy as np

    written = [_text(cell).strip() for cell in np.ravel(fields["name"])]
    if "celeb_id" not in fields or "celeb_names" not in fields:
        return written
    celebrities = [_text(cell).strip() for cell in np.ravel(fields["celeb_names"])]
    numbers = np.nan_to_num(np.asarray(fields["celeb_id"], np.float64).ravel()).astype(np.int64)
    known = (celebrities[number - 1] if 0 < number <= len(celebrities) else "" for number in numbers)
    return [name or other for name, other in zip(known, written, strict=True)]


def _text(cell: Any) -> str:
    """The text of a cell, which scipy gives as an array of one or no text."""
    import numpy as np

    parts = np.ravel(cell)
    return str(parts[0]) if parts.size else ""


def _boxes(cells: Any) -> npt.NDArray[np.float64]:
    """(n, 4), from one cell of four numbers a row or from a matrix."""
    import numpy as np

    array = np.asarray(cells)
    if array.dtype != object:
        return array.astype(np.float64).reshape(-1, 4)
    boxes = np.full((array.size, 4), np.nan)
    for row, cell in enumerate(array.ravel()):
        numbers = np.asarray(cell, np.float64).ravel()
        if numbers.size == 4:
            boxes[row] = numbers
    return boxes
