"""Perceptual hashes of a folder as scripts make them."""

from __future__ import annotations

from multiprocessing import Pool
from pathlib import Path

import imagehash
from PIL import Image


def hash_folder(folder: Path, processes: int) -> list[str]:
    """One hash a file, by that many processes."""
    paths = sorted(folder.iterdir())
    if processes == 1:
        return [hash_file(path) for path in paths]
    with Pool(processes) as pool:
        return pool.map(hash_file, paths, chunksize=4)


def hash_file(path: Path) -> str:
    """The whole picture decoded, then hashed."""
    with Image.open(path) as image:
        return str(imagehash.phash(image))
