"""A folder for each class: `root/<class>/**`, or `root/train/<class>/**` and `root/test/<class>/**`; or classes by the
names of files, as for photos of the same things in several folders: `root/**/<class>.jpg`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from revsearch_export.datasets.listing import NOT_A_PICTURE, Listing, files_below, may_be_picture, visible_folders
from revsearch_tui.api import Options, Sample, UsageError

_PARTS = {"train": "train", "test": "test", "validation": "validation", "valid": "validation", "val": "validation"}


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
