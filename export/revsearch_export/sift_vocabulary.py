"""Make a SIFT vocabulary file: `python -m revsearch_export.sift_vocabulary --pictures FOLDER... --out FILE`.

From every folder, searched through with its subfolders, the same number of pictures is drawn (all where it holds
fewer). `--layouts FOLDER` names more pictures, of which only the layout is learned from. The command prints a JSON
record of what it did to stdout. The vocabulary that ships was made from photos of BSDS500, faces of LFW and of
Glint360k, and the small pictures of CIFAR-10, 200 of each at most, and its layouts from these and 4,000 of CIFAR-10.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from revsearch_sift.descriptors import Bytes
from revsearch_sift.fitting import fit_layouts, fit_vocabulary
from revsearch_sift.layout import layout
from revsearch_sift.method import FILE_NAME, Sift
from revsearch_sift.plugin import revsearch_methods

from revsearch_tui.api import NullControl, RevsearchError, UsageError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
LONGEST_SIDE = 960


def draw(folder: Path, limit: int, seed: int) -> list[Path]:
    """At most `limit` pictures of a folder and its subfolders, the same ones for the same seed, sorted."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise UsageError(f"the folder '{folder}' holds no pictures: name one that does")
    return sorted(random.Random(seed).sample(found, min(limit, len(found))))


def read(path: Path) -> Bytes:
    """A picture as the method receives it: uint8 RGB, upright, the longest side at most 960 pixels."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    return np.asarray(upright, np.uint8)


def make(
    folders: Sequence[Path], out: Path, limit: int, seed: int, more: Sequence[Path], most: int
) -> dict[str, object]:
    """Fit, write `out` and return the record. `most` pictures of each of the folders `more` are for layouts only.

    Raises `UsageError`.
    """
    drawn = {folder: draw(folder, limit, seed) for folder in folders}
    names = [path for paths in drawn.values() for path in paths]
    random.Random(seed).shuffle(names)
    extra = {folder: draw(folder, most, seed) for folder in more}
    # Not loaded: that would read the very vocabulary that is being made.
    method = Sift(revsearch_methods()[0].defaults(), None)
    features = [method.exact(read(path)) for path in names]
    layouts = [each.whole for each in features if each.whole is not None]
    layouts += [layout(read(path)) for paths in extra.values() for path in paths]
    vocabulary, report = fit_vocabulary(features, fit_layouts(np.array(layouts)), NullControl(), seed)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        vocabulary.save(Path(folder) / FILE_NAME)
        (Path(folder) / FILE_NAME).replace(out)
    return {
        "file": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "dim": vocabulary.dim,
        "seed": seed,
        "pictures": {folder.name: len(paths) for folder, paths in drawn.items()},
        "used": report.samples,
        "layouts": {folder.name: len(paths) for folder, paths in extra.items()},
        "distortion": [round(value, 5) for value in report.curves["distortion"]],
        "variance_kept": round(report.curves["variance"][-1], 4),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m revsearch_export.sift_vocabulary", description="Fit a vocabulary.")
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--limit", type=int, default=200, help="pictures drawn from each folder (default: 200)")
    parser.add_argument("--layouts", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--most", type=int, default=4000, help="pictures drawn from each for layouts (default: 4000)")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        record = make(chosen.pictures, chosen.out, chosen.limit, chosen.seed, chosen.layouts, chosen.most)
    except RevsearchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(record, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
