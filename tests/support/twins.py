"""A folder of pictures some of which are the same: files to keep, their copies, and pictures that have none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PIL import Image

from tests.support.drawn import draw

__all__ = ["write_twins"]

_FIRST = 1_700_000_000
_DAY = 86_400


def write_twins(folder: Path) -> Path:
    """Five pictures of 480x360, `scene-00.png` to `scene-04.png`: of the first a small JPEG and the same bytes once
    more, of the second a mirrored part, of the third a smaller PNG; the others alone. Each is a day older than the
    next."""
    folder.mkdir(parents=True, exist_ok=True)
    first, second, third, *_ = (folder / f"scene-{number:02}.png" for number in range(5))
    for number in range(5):
        draw(number + 1, (480, 360)).save(folder / f"scene-{number:02}.png")
    (folder / "again").mkdir()
    shutil.copy(first, folder / "again" / first.name)
    with Image.open(first) as image:
        image.convert("RGB").resize((240, 180)).save(folder / "small.jpg", quality=85)
    with Image.open(second) as image:
        part = image.crop((60, 40, 440, 340))
        part.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "part.png")
    with Image.open(third) as image:
        image.resize((400, 300)).save(folder / "smaller.png")
    for number, path in enumerate(sorted(folder.rglob("*.*"), key=lambda path: (len(path.parts), path.name))):
        os.utime(path, (_FIRST + number * _DAY,) * 2)
    return folder
