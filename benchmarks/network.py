"""What a network loses by running inside `revsearch index`, where decoders want the same processors."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.encoder import add_encoder, add_network
from benchmarks.measure import Bench, Row, child
from benchmarks.pictures import gallery_folder

_MODEL = Path("models") / "mobilenet_v2_imagenet.onnx"


def run(bench: Bench) -> list[Row]:
    """Index by a network with its model timed, against a bare loop of `session.run`, in turn."""
    pictures = bench.size(320, 8)
    folder, what = gallery_folder(bench.folder / "pictures", pictures)
    rows = []
    for name, method in (("a trained network", "cnn"), ("an ONNX encoder", "onnx")):
        homes = (bench.folder / f"{method}{number}" for number in count())
        model, whole, bare = [], [], []
        for _ in range(bench.size(3, 1)):
            home = next(homes)
            _add(home, method)
            inside = child("index_watched", str(folder), method, home=home)
            alone = child("bare_model", method, str(pictures), home=home)
            model.append(inside["model_seconds"] / inside["model_pictures"] * pictures)
            whole.append(inside["seconds"] / inside["pictures"] * pictures)
            bare.append(alone["seconds"] / alone["pictures"] * pictures)
            bench.say(f"  {method}: model {model[-1]:.2f} s of {whole[-1]:.2f} s, bare {bare[-1]:.2f} s")
        ours, all_of_it, theirs = median(model), median(whole), median(bare)
        rates = f"{pictures / ours:.0f} against {pictures / theirs:.0f} pictures/s, {theirs / ours:.2f} of it"
        peer = "a bare loop of session.run"
        rows.append(Row(f"{name} inside index, {pictures} {what}", ours, peer, theirs, most_ratio=1 / 0.85, note=rates))
        rows.append(Row(f"the whole index by {name}", all_of_it, peer, theirs))
    return rows


def _add(home: Path, method: str) -> None:
    """The model of a method below `home`; for `onnx` the real one, where there are real pictures."""
    real = Path(os.environ.get("REVSEARCH_TEST_DATA", "")) / _MODEL
    if method == "cnn":
        add_network(home)
    else:
        add_encoder(home, real if os.environ.get("REVSEARCH_TEST_DATA") and real.is_file() else None)
