"""What plain HOG with a linear machine reaches on the split that `revsearch train` makes of a folder of classes.

`python -m benchmarks.hog_baseline FOLDER [--side 96] [--seed 0]`: the centre of `side` x `side` pixels (the whole of
smaller pictures), grey, nine orientations over 180 degrees, cells of 8 pixels, blocks of 2 x 2 cells, as cv2's
HOGDescriptor computes them, then scikit-learn's LinearSVC with C = 0.1; trained on the training and validation parts,
measured on the test part. Prints a line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def features(picture: np.ndarray, side: int) -> np.ndarray:
    """(d,) float32."""
    height, width = picture.shape[:2]
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    part = np.ascontiguousarray(picture[top : top + side, left : left + side])
    if part.shape[:2] != (side, side):
        part = np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA))
    hog = cv2.HOGDescriptor((side, side), (16, 16), (8, 8), (8, 8), 9)
    return np.asarray(hog.compute(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)), np.float32).ravel()


def measure(folder: Path, side: int, seed: int) -> dict[str, Any]:
    """Train and test once."""
    from sklearn.svm import LinearSVC

    from revsearch_tui.core.labelled.open import open_labelled
    from revsearch_tui.core.workspace import Workspace

    started = time.perf_counter()
    with open_labelled(Workspace(), f"folders:{folder}", seed=seed) as data:
        rows: dict[str, tuple[list[np.ndarray], list[str]]] = {}
        for name, samples in {"fit": [*data.train, *data.validation], "test": data.test}.items():
            read = [(s, p) for s, p in zip(samples, data.pictures(samples), strict=True) if p is not None]
            rows[name] = [features(picture, side) for _, picture in read], [sample.label for sample, _ in read]
        machine = LinearSVC(C=0.1).fit(np.stack(rows["fit"][0]), rows["fit"][1])
        right = int((machine.predict(np.stack(rows["test"][0])) == np.array(rows["test"][1])).sum())
        return {
            "data": data.describe(),
            "side": side,
            "accuracy": round(right / len(rows["test"][1]), 4),
            "n": len(rows["test"][1]),
            "seconds": round(time.perf_counter() - started, 1),
        }


def main(arguments: list[str]) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hog_baseline", description="HOG with a linear SVM.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    print(json.dumps(measure(given.folder, given.side, given.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
