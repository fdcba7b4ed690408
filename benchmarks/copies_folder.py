"""A folder of pictures of which it is known which are the same: originals, changed copies of them, and others."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.hash_kinds import _TWIN, _normal
from benchmarks.pictures import draw_photo
from revsearch_tui.core.evaluation.robustness.transformations import Variant, make_copy, shows_others
from revsearch_tui.core.images.decode import decode_bytes

_QUALITY = 92
_BESIDE = 3
"""Pictures that a collage may be made with; drawn, and each for one collage alone, so that no two show the same."""
_OTHER = "other-"


def files(folder: str) -> list[Path]:
    """All files below a folder."""
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def picture_of(path: Path) -> Any:
    """As methods get it."""
    return decode_bytes(path.read_bytes(), str(path)).picture


def fill(
    folder: Path, originals: Sequence[Path], others: Sequence[Path], variants: Sequence[Variant], each: int
) -> int:
    """Originals, each with copies by so many variants that chance draws, saved as JPEG, and the others that are none of
    them, side by side; how many others are left out."""
    asked = [picture_of(path) for path in originals]
    for number, (path, picture) in enumerate(zip(originals, asked, strict=True)):
        shutil.copyfile(path, folder / f"{path.stem}~{path.suffix}")
        image_id = hashlib.sha256(path.read_bytes()).digest()
        drawn = np.random.default_rng(number).permutation(len(variants))[:each]
        for place in sorted(drawn.tolist()):
            variant = variants[place]
            beside = _drawn(number * len(variants) + place) if shows_others(variant) else ()
            made = Image.fromarray(make_copy(picture, image_id, variant, 0, beside))
            made.save(folder / f"{path.stem}~{variant.label.replace(' ', '-')}.jpg", quality=_QUALITY)
    twin = (_normal([picture_of(path) for path in others]) @ _normal(asked).T).max(axis=1) >= _TWIN
    for number, (path, is_twin) in enumerate(zip(others, twin, strict=True)):
        if not is_twin:
            shutil.copyfile(path, folder / f"{_OTHER}{number}-{path.name}")
    return int(twin.sum())


def _drawn(place: int) -> list[Any]:
    return [np.asarray(draw_photo(place * _BESIDE + number, 480, 320)) for number in range(_BESIDE)]


def truth(name: str) -> str:
    """What the file of this name shows: the same for an original and its copies, and for nothing else."""
    return name.partition("~")[0]


def change(name: str) -> str:
    """What was done to the original; empty for itself."""
    return name.partition("~")[2].rpartition(".")[0]


def is_other(name: str) -> bool:
    """Whether it is none of the originals and copies."""
    return name.startswith(_OTHER)


def true_pairs(names: Sequence[str]) -> int:
    """How many pairs are the same."""
    return sum(count * (count - 1) // 2 for count in Counter(map(truth, names)).values())
