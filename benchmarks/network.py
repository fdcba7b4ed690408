"""What a network loses by running inside `revsearch index`, where decoders want the same processors."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.chance_networks import add_inception
from benchmarks.encoder import add_encoder
from benchmarks.measure import Bench, Row, child
from benchmarks.pictures import gallery_folder, tile_folder

_MODEL = Path("models") / "mobilenet_v2_imagenet.onnx"
_TARGET = 1 / 0.85
_PEER = "a bare loop of session.run"


@dataclass(frozen=True, slots=True)
class _Case:
    """A network and the folder that is indexed by it; `add(home)` makes it a model below `home`."""

    name: str
    method: str
    add: Callable[[Path], None]
    folder: Path
    target: float | None = None

    @property
    def pictures(self) -> int:
        """How many the folder holds."""
        return sum(1 for _ in self.folder.iterdir())


def run(bench: Bench) -> list[Row]:
    """Index by a network with its model timed, against a bare loop of `session.run`, in turn."""
    photos, what = gallery_folder(bench.folder / "photos", bench.size(320, 8))
    tiles = tile_folder(photos, bench.folder / "tiles", bench.size(10_000, 16))
    cases = [
        _Case("the small network, tiles of 32x32", "cnn", _ship, tiles, _TARGET),
        _Case(f"the small network, {what}", "cnn", _ship, photos),
        _Case(f"an ONNX encoder, {what}", "onnx", _add_encoder, photos),
    ]
    if not bench.quick:
        few, _ = gallery_folder(bench.folder / "few", 96)
        cases.append(_Case(f"Inception-V3, {what}", "inception", add_inception, few, _TARGET))
    return [row for case in cases for row in _measured(bench, case)]


def _measured(bench: Bench, case: _Case) -> list[Row]:
    model, whole, bare = [], [], []
    pictures = case.pictures
    for number in range(bench.size(3, 1)):
        home = bench.folder / f"{case.folder.name}-{case.method}{number}"
        case.add(home)
        inside = child("index_watched", str(case.folder), case.method, home=home)
        alone = child("bare_model", case.method, str(pictures), home=home)
        model.append(inside["model_seconds"] / inside["model_pictures"] * pictures)
        whole.append(inside["seconds"] / inside["pictures"] * pictures)
        bare.append(alone["seconds"] / alone["pictures"] * pictures)
        bench.say(f"  {case.name}: model {model[-1]:.2f} s of {whole[-1]:.2f} s, bare {bare[-1]:.2f} s")
    ours, all_of_it, theirs = median(model), median(whole), median(bare)
    rates = f"{pictures / ours:.0f} against {pictures / theirs:.0f} pictures/s, {theirs / ours:.2f} of it"
    return [
        Row(f"{case.name}: inside index, {pictures}", ours, _PEER, theirs, most_ratio=case.target, note=rates),
        Row(f"{case.name}: the whole index", all_of_it, _PEER, theirs),
    ]


def _ship(home: Path) -> None:
    """Nothing to do: the small network comes with the program."""


def _add_encoder(home: Path) -> None:
    """The real one where there are real pictures."""
    real = Path(os.environ.get("REVSEARCH_TEST_DATA", "")) / _MODEL
    add_encoder(home, real if os.environ.get("REVSEARCH_TEST_DATA") and real.is_file() else None)
