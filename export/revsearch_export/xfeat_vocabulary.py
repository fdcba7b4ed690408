"""Make the vocabulary of `xfeat`: `python -m revsearch_export.xfeat_vocabulary --pictures FOLDER... --out FILE`.

From every folder, searched through with its subfolders, the same number of pictures is drawn (all where it holds
fewer). What projects layouts is taken over from the vocabulary that ships with `sift`. The command prints a JSON record
of what it did to stdout. The file is the same each time with the same pictures and versions of numpy and scikit-learn.
The vocabulary that ships was made from photos of BSDS500, faces of LFW and of Glint360k, 150 of each at most.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import revsearch_sift
from revsearch_sift.method import FILE_NAME as SIFT_FILE
from revsearch_sift.projection import learn
from revsearch_sift.vocabulary import Vocabulary as SiftVocabulary
from revsearch_sift.vocabulary import vlad
from revsearch_xfeat.keypoints import unit_rows
from revsearch_xfeat.method import XFeat
from revsearch_xfeat.plugin import revsearch_methods
from revsearch_xfeat.vocabulary import Vocabulary

from revsearch_export.sift_vocabulary import draw, read
from revsearch_tui.api import Features, RevsearchError, UsageError

if TYPE_CHECKING:
    from revsearch_xfeat.keypoints import Floats

WORDS = 64
DIM = 512
_MOST_DESCRIPTORS = 100_000
_PARTS = 3
_FEWEST_IN_PART = 10


def fit(features: Sequence[Features], seed: int) -> tuple[Vocabulary, float]:
    """The vocabulary, and the share of the VLADs' variance that their projection keeps. Raises `UsageError`."""
    random = np.random.default_rng(seed)
    sample = np.concatenate([each.descriptors for each in features])
    if len(sample) < 20 * WORDS:
        raise UsageError(
            f"a vocabulary needs at least {20 * WORDS} keypoints, and there are {len(sample)}: add pictures"
        )
    words = _words(unit_rows(sample[random.permutation(len(sample))[:_MOST_DESCRIPTORS]]), seed)
    parts = [part for each in features for part in _with_parts(each, random)]
    projection, variance = learn(np.array([vlad(unit_rows(part), words) for part in parts]), DIM)
    known = SiftVocabulary.load(Path(revsearch_sift.__file__).parent / SIFT_FILE)
    return Vocabulary(words, projection, known.axis, known.layouts), variance[-1]


def _words(rows: Floats, seed: int) -> Floats:
    from sklearn.cluster import KMeans

    return np.asarray(KMeans(WORDS, n_init=1, max_iter=30, random_state=seed).fit(rows).cluster_centers_, np.float32)


def _with_parts(features: Features, random: np.random.Generator) -> list[Floats]:
    """The descriptors of the whole picture and of random boxes in it, as cut-out copies have them."""
    found = [features.descriptors]
    for _ in range(_PARTS):
        side = random.uniform(0.4, 0.8)
        low = random.uniform(0.0, 1.0 - side, 2)
        inside = np.all((features.keypoints[:, :2] >= low) & (features.keypoints[:, :2] < low + side), axis=1)
        found.append(features.descriptors[inside])
    return [part for part in found if len(part) >= _FEWEST_IN_PART]


def make(folders: Sequence[Path], out: Path, limit: int, seed: int) -> dict[str, object]:
    """Fit, write `out` and return the record. Raises `UsageError`."""
    drawn = {folder: draw(folder, limit, seed) for folder in folders}
    method = XFeat(revsearch_methods()[0].defaults())
    method.open()
    features = [each for paths in drawn.values() for path in paths for each in method.extract([read(path)])]
    method.close()
    vocabulary, variance = fit(features, seed)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        vocabulary.save(Path(folder) / out.name)
        (Path(folder) / out.name).replace(out)
    return {
        "file": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "dim": vocabulary.dim,
        "seed": seed,
        "pictures": {folder.name: len(paths) for folder, paths in drawn.items()},
        "keypoints": sum(len(each.keypoints) for each in features),
        "variance_kept": round(variance, 4),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m revsearch_export.xfeat_vocabulary", description="Fit the vocabulary of xfeat."
    )
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--limit", type=int, default=200, help="pictures drawn from each folder (default: 200)")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        record = make(chosen.pictures, chosen.out, chosen.limit, chosen.seed)
    except RevsearchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(record, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
