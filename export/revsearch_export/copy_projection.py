"""Learn to tell copies: `python -m revsearch_export.copy_projection --pictures FOLDER... --out FILE`.

Every picture is changed by chance into copies (`copy_views`), which needs no labels, and the shipped EfficientNet makes
an embedding of each. What copies of one picture differ in is whitened away; of what is left the directions are kept in
which pictures differ most from each other (Mikolajczyk and Matas, Improving descriptors for fast tree matching by
optimal linear projection, ICCV 2007; Radenovic et al., Fine-tuning CNN image retrieval with no human annotation, TPAMI
2019, 3.4). From every folder, searched through with its subfolders, at most `--limit` pictures are drawn. The command
prints a JSON record of what it did to stdout.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from revsearch_efficientnet.copies import CopyProjection
from revsearch_onnx.network import TrainedNetwork

from revsearch_export.copy_views import view
from revsearch_export.sift_vocabulary import draw, read
from revsearch_tui.api import ModelFile, RevsearchError

if TYPE_CHECKING:
    from revsearch_tui.api.types import FloatArray, Picture

VIEWS, MILD, HALF_HARD = 9, 2, 0.35
"""Embeddings of each picture: its own, two of mild changes, the others of any."""
SHRINK = 0.03
"""Share of an even spread in that of copies: so few pictures do not know all directions."""
_SMALLEST = 1e-8


def embed_views(network: TrainedNetwork, pictures: Sequence[Picture], seed: int) -> FloatArray:
    """(pictures, VIEWS, dim): the embeddings of each picture and of its changed copies."""
    rows = []
    for number, picture in enumerate(pictures):
        chance = np.random.default_rng([seed, number])
        hard = [HALF_HARD] * MILD + [1.0] * (VIEWS - MILD - 1)
        rows.append(network.run([picture, *(view(picture, pictures, each, chance) for each in hard)])[0])
    return np.stack(rows)


def fit(embeddings: FloatArray, dim: int) -> CopyProjection:
    """From (pictures, views, wide) embeddings, those of one row being copies of one picture."""
    wide = embeddings.shape[2]
    mean = embeddings.mean(axis=(0, 1))
    centres = embeddings.mean(axis=1)
    apart = (embeddings - centres[:, None]).reshape(-1, wide)
    spread = apart.T @ apart / len(apart)
    even = np.eye(wide, dtype=np.float32) * np.float32(np.trace(spread) / wide)
    values, axes = np.linalg.eigh((1 - SHRINK) * spread + SHRINK * even)
    whitened = axes / np.sqrt(np.maximum(values, _SMALLEST))
    seen = (centres - mean) @ whitened
    _, directions = np.linalg.eigh(seen.T @ seen / len(seen))
    projection = whitened @ directions[:, ::-1][:, :dim]
    return CopyProjection(mean, projection / np.abs(projection).max())


def make(folders: Sequence[Path], model: Path, out: Path, limit: int, dim: int, seed: int) -> dict[str, object]:
    """Fit, write `out` and return the record. Raises `UsageError`, `ModelError`."""
    drawn = {folder: draw(folder, limit, seed) for folder in folders}
    manifest = json.loads((model / "manifest.json").read_text("utf-8"))
    network = TrainedNetwork(ModelFile(model.name, model, manifest["sha256"], manifest), "cpu")
    embeddings = embed_views(network, [read(path) for paths in drawn.values() for path in paths], seed)
    fit(embeddings, dim).save(out)
    return {
        "file": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "dim": dim,
        "seed": seed,
        "pictures": {folder.name: len(paths) for folder, paths in drawn.items()},
        "views": VIEWS,
        "model": manifest["sha256"],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    import revsearch_efficientnet

    shipped = Path(revsearch_efficientnet.__file__).parent / "models" / "imagenet"
    parser = argparse.ArgumentParser(
        prog="python -m revsearch_export.copy_projection", description="Learn from copies."
    )
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--model", type=Path, default=shipped, metavar="FOLDER", help="a model of 'efficientnet'")
    parser.add_argument("--limit", type=int, default=500, help="pictures drawn from each folder (default: 500)")
    parser.add_argument("--dim", type=int, default=512, help="numbers of a descriptor (default: 512)")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        record = make(chosen.pictures, chosen.model, chosen.out, chosen.limit, chosen.dim, chosen.seed)
    except RevsearchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(record, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
