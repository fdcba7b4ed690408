"""Which kind of perceptual hash finds changed copies, and how surely, among pictures that are none.

Usage: python -m benchmarks.hash_kinds ORIGINALS DISTRACTORS
Both are folders of pictures, with folders in them or not. Distractors that are nearly the same as an original are left
out.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from revsearch_phash.method import PerceptualHash

from revsearch_tui.core.evaluation.robustness.transformations import Variant, make_copy
from revsearch_tui.core.evaluation.robustness.twins import thumbnail
from revsearch_tui.core.images.decode import decode_bytes

KINDS = (("phash", 8), ("phash", 16), ("dhash", 8), ("dhash", 16), ("ahash", 8), ("whash", 8), ("pdq", 16))
_TWIN = 0.95
_ALLOWED = 0.001


def _variant(name: str, strength: float) -> Callable[[Any, int], Any]:
    return lambda picture, number: make_copy(picture, number.to_bytes(32, "big"), Variant(name, strength), 0)


def _watermark(picture: Any, _: int) -> Any:
    image = Image.fromarray(picture)
    ground = Image.new("L", image.size)
    pen, font = ImageDraw.Draw(ground), ImageFont.load_default(image.width // 10)
    for row in range(-1, 4):
        for column in range(3):
            place = (column * image.width * 0.4 - (row % 2) * 40, row * image.height * 0.3)
            pen.text(place, "SAMPLE", 110, font=font)
    image.paste((255, 255, 255), mask=ground.rotate(20))
    return np.asarray(image)


def _small(picture: Any, _: int) -> Any:
    image = Image.fromarray(picture)
    image.thumbnail((160, 160))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=10)
    return np.asarray(Image.open(stream).convert("RGB"))


CHANGES = {
    "jpeg 30": _variant("jpeg", 30),
    "scale 0.25": _variant("scale", 0.25),
    "blur 3": _variant("blur", 3),
    "brightness 1.5": _variant("brightness", 1.5),
    "text 10": _variant("text", 10),
    "watermark": _watermark,
    "160 px, JPEG 10": _small,
    "crop 10": _variant("crop", 10),
    "border 5": _variant("border", 5),
}


def _pictures(folder: str) -> list[Any]:
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return [decode_bytes(path.read_bytes(), str(path)).picture for path in files]


def _normal(pictures: list[Any]) -> Any:
    rows = np.array([thumbnail(picture) for picture in pictures])
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _differing(asked: Any, rows: Any) -> Any:
    one, other = asked.astype(np.float32), rows.astype(np.float32)
    return one.sum(axis=1)[:, None] + other.sum(axis=1) - 2 * one @ other.T


def main(originals: str, distractors: str) -> None:
    """Print a row for each kind, in percent of the copies."""
    asked, others = _pictures(originals), _pictures(distractors)
    apart = (_normal(others) @ _normal(asked).T).max(axis=1) < _TWIN
    gallery = asked + [picture for picture, keep in zip(others, apart, strict=True) if keep]
    copies = {name: [change(picture, n) for n, picture in enumerate(asked)] for name, change in CHANGES.items()}
    print(f"{len(asked)} originals among {len(gallery)} pictures, {len(CHANGES)} changes; left out: {sum(~apart)}")
    print("kind, bytes, ms a picture: first | without a false pair | 1 query of 1,000 with one | the second by change")
    own = np.arange(len(asked))
    for kind, size in KINDS:
        method = PerceptualHash({"hash": kind, "size": size})
        method.embed(gallery[:20])
        started = time.process_time()
        rows = method.embed(gallery)
        spent = (time.process_time() - started) / len(gallery)
        true, false = [], []
        for made in copies.values():
            bits = _differing(method.embed(made), rows)
            true.append(bits[own, own])
            bits[own, own] = np.inf
            false.append(bits.min(axis=1))
        right, wrong = np.array(true), np.array(false)
        few = np.sort(wrong, axis=None)[int(wrong.size * _ALLOWED)]
        found = (right < wrong.min()).mean(axis=1)
        shares = [(right < wrong).mean(), found.mean(), (right < few).mean(), *found]
        told = " ".join(f"{100 * share:.1f}" for share in shares)
        print(f"{kind}({size}), {method.dim // 8}, {1000 * spent:.2f}: {told}")


if __name__ == "__main__":
    main(*sys.argv[1:])
