"""How many pairs of copies `revsearch dupes` finds among other pictures, how many that are none, and how long it takes.

Usage: python -m benchmarks.found_copies ORIGINALS DISTRACTORS [COUNT]
Both are folders of pictures; of COUNT originals (50) each gets every everyday change of `revsearch robustness`, saved
as JPEG. Pairs that are taken for copies and are none are listed, to be looked at: distractors may hold copies of their
own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.hash_kinds import _TWIN, _normal
from revsearch_tui.api import NullControl
from revsearch_tui.core.base.paths import Folders
from revsearch_tui.core.evaluation.robustness.transformations import make_copy, parse_variants
from revsearch_tui.core.groups.duplicates import LookFor, find_duplicates
from revsearch_tui.core.groups.group import Group
from revsearch_tui.core.groups.keeping import keep_rules
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from revsearch_tui.core.images.decode import decode_bytes
from revsearch_tui.core.indexing.start_index import index_collection
from revsearch_tui.core.workspace import Workspace

_QUALITY = 92
_METHODS = (("phash",), ("phash", "sift"))


def _files(folder: str) -> list[Path]:
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def _picture(path: Path) -> Any:
    return decode_bytes(path.read_bytes(), str(path)).picture


def _make(originals: Sequence[Path], distractors: Sequence[Path], folder: Path) -> int:
    """Fill the folder: a folder for each original with its copies, and `others`; how many distractors are left out."""
    asked = [_picture(path) for path in originals]
    variants = parse_variants([])
    for path, picture in zip(originals, asked, strict=True):
        place = folder / path.stem
        place.mkdir()
        shutil.copyfile(path, place / path.name)
        image_id = hashlib.sha256(path.read_bytes()).digest()
        for variant in variants:
            made = Image.fromarray(make_copy(picture, image_id, variant, 0))
            made.save(place / f"{path.stem} {variant.label}.jpg", quality=_QUALITY)
    near = (_normal([_picture(path) for path in distractors]) @ _normal(asked).T).max(axis=1) >= _TWIN
    for number, (path, is_twin) in enumerate(zip(distractors, near, strict=True)):
        if not is_twin:
            (folder / "others").mkdir(exist_ok=True)
            shutil.copyfile(path, folder / "others" / f"{number}-{path.name}")
    return int(near.sum())


def _truth(path: Path) -> str:
    return path.name if path.parent.name == "others" else path.parent.name


def _pairs(groups: Sequence[Group]) -> Iterator[tuple[Path, Path]]:
    for group in groups:
        yield from combinations([group.keep.path, *(member.file.path for member in group.others)], 2)


def main(originals: str, distractors: str, count: str = "50") -> None:
    """Print a line for each set of methods, and the pairs that are none."""
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "pictures")
        folder.mkdir()
        left_out = _make(_files(originals)[: int(count)], _files(distractors), folder)
        workspace = Workspace(Folders(Path(base, "data"), Path(base, "cache"), Path(base, "config")))
        names = _METHODS[-1]
        index_collection(workspace, "pictures", [folder], names, control=NullControl())
        sizes = Counter(_truth(path) for path in folder.rglob("*.*"))
        pairs = sum(size * (size - 1) // 2 for size in sizes.values())
        direct = sum(size - 1 for size in sizes.values())
        print(f"{sum(sizes.values()):,} pictures, {pairs:,} pairs of copies; {left_out} distractors left out")
        for methods in _METHODS:
            started, used = time.perf_counter(), time.process_time()
            collection = workspace.collection("pictures")
            with open_sides(workspace, collection, None, Methods(methods), NullControl(), print) as (side, _):
                found = find_duplicates(side, LookFor(keep_rules()), NullControl(), print)
            seconds, used = time.perf_counter() - started, time.process_time() - used
            right = [_truth(one) == _truth(other) for one, other in _pairs(found.groups)]
            kept = sum(
                _truth(group.keep.path) == _truth(member.file.path) for group in found.groups for member in group.others
            )
            print(
                f"{' '.join(methods)}: {len(found.groups)} groups; {sum(right) / pairs:.1%} of the pairs, "
                f"{kept / direct:.1%} of what could go; {len(right) - sum(right)} pairs that are none; "
                f"{found.compared:,} verified, {seconds:.1f} s, {used:.1f} s of a processor"
            )
            for one, other in _pairs(found.groups):
                if _truth(one) != _truth(other):
                    print(f"  none: {os.path.relpath(one, folder)} and {os.path.relpath(other, folder)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
