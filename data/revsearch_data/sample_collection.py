"""Makes a folder of pictures to try the program on, with near-copies whose originals are known.

The pictures are drawn, not photographed, so anyone may use them for anything. The same seed gives the same bytes
wherever the same versions of numpy, OpenCV and Pillow draw them.

Every transformation takes an RGB picture and a random generator and returns the new picture; the JPEG quality to
save it with stands in `QUALITY` where it is not the usual one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from revsearch_data.canvas import Rng
from revsearch_data.catalogue import FAMILIES, PER_FAMILY, Item, originals, render
from revsearch_tui.api.errors import StorageError, UsageError

GENERATOR = "revsearch sample collection"
VERSION = 1
GROUND_TRUTH = "ground-truth.json"
COPIES_PER_TRANSFORMATION = 5

Transform = Callable[[Image.Image, Rng], Image.Image]
QUALITY = {"jpeg 20": 20}


@dataclass(frozen=True)
class Copy:
    """A near-copy: its path, its original's path (both relative, forward slashes), and what was done to it."""

    copy: str
    original: str
    transformation: str


@dataclass(frozen=True)
class SampleSummary:
    """What lies in `folder` now. `created` is False if a complete collection was already there."""

    folder: Path
    originals: int
    copies: int
    created: bool

    @property
    def ground_truth(self) -> Path:
        """The manifest that tells of each copy which original it came from."""
        return self.folder / GROUND_TRUTH


def make_sample_collection(
    folder: Path, *, seed: int = 7, progress: Callable[[int, int], None] | None = None
) -> SampleSummary:
    """Write the sample collection for `seed` (0 or more) into `folder` and say what is there.

    A complete collection of this version and seed is left alone; one that is incomplete, older or of another seed is
    made anew, and nothing else in the folder is touched. `progress(done, total)` is called from the calling thread
    after each picture; an exception from it, such as Cancelled, stops the work and comes through.

    Raises UsageError if `seed` is negative, if `folder` is not a folder, or if it holds something else; StorageError
    if it cannot be written.
    """
    if seed < 0:
        raise UsageError(f"The seed of the sample collection must be 0 or more, not {seed}.")
    folder = Path(folder)
    items, copies = originals(), planned_copies(seed)
    paths = [item.path for item in items] + [entry.copy for entry in copies]
    try:
        before = _manifest(folder)
        if _complete(folder, before, seed, paths):
            return SampleSummary(folder, len(items), len(copies), created=False)
        _remove_listed(folder, before, keep=set(paths))
        for parent in {PurePosixPath(path).parent for path in paths}:
            (folder / parent).mkdir(parents=True, exist_ok=True)
        _write_manifest(folder, seed, items, copies, complete=False)
        _draw(folder, seed, items, copies, progress)
        _write_manifest(folder, seed, items, copies, complete=True)
    except OSError as error:
        raise StorageError(
            f"The sample collection cannot be written to {folder}: {error.strerror or error}; name another folder."
        ) from error
    return SampleSummary(folder, len(items), len(copies), created=True)


def planned_copies(seed: int) -> list[Copy]:
    """The near-copies that belong to `seed`, spread evenly over the families."""
    rng = np.random.default_rng([seed, 99])
    order = {family.folder: rng.permutation(PER_FAMILY).tolist() for family in FAMILIES}
    by_place = {(item.family.folder, item.index): item for item in originals()}
    plan = []
    for number, transformation in enumerate(name for name in TRANSFORMATIONS for _ in range(COPIES_PER_TRANSFORMATION)):
        family = FAMILIES[number % len(FAMILIES)]
        item = by_place[family.folder, order[family.folder][number // len(FAMILIES)]]
        plan.append(Copy(f"copies/{item.stem} {transformation}.jpg", item.path, transformation))
    return plan


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest in the folder; empty if the folder is new. Refuses folders that are someone else's."""
    if not folder.exists():
        return {}
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for the sample collection.")
    try:
        manifest = json.loads((folder / GROUND_TRUTH).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        manifest = None
    if isinstance(manifest, dict) and manifest.get("generator") == GENERATOR:
        return manifest
    if any(folder.iterdir()):
        raise UsageError(f"{folder} already holds other files; name a new or empty folder for the sample collection.")
    return {}


def _complete(folder: Path, manifest: dict[str, Any], seed: int, paths: list[str]) -> bool:
    if (manifest.get("version"), manifest.get("seed"), manifest.get("complete")) != (VERSION, seed, True):
        return False
    return all((folder / path).is_file() for path in paths)


def _remove_listed(folder: Path, manifest: dict[str, Any], keep: set[str]) -> None:
    """Remove the pictures that an earlier manifest lists and the new collection does not have."""
    copies = manifest.get("copies") or []
    listed = [*(manifest.get("originals") or []), *(entry.get("copy") for entry in copies if isinstance(entry, dict))]
    ours = {family.folder for family in FAMILIES} | {"copies"}
    for path in listed:
        parts = PurePosixPath(str(path)).parts
        if path not in keep and len(parts) == 2 and parts[0] in ours and parts[1] != "..":
            (folder / path).unlink(missing_ok=True)


def _write_manifest(folder: Path, seed: int, items: list[Item], copies: list[Copy], complete: bool) -> None:
    manifest = {
        "generator": GENERATOR,
        "version": VERSION,
        "seed": seed,
        "complete": complete,
        "originals": [item.path for item in items],
        "copies": [asdict(entry) for entry in copies],
    }
    draft = folder / f"{GROUND_TRUTH}.part"
    draft.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / GROUND_TRUTH)


def _draw(
    folder: Path, seed: int, items: list[Item], copies: list[Copy], progress: Callable[[int, int], None] | None
) -> None:
    """Draw all originals and their copies on a few threads; drawing and encoding hold the interpreter rarely."""
    by_original: dict[str, list[Copy]] = {}
    for entry in copies:
        by_original.setdefault(entry.original, []).append(entry)
    total, done = len(items) + len(copies), 0
    pool = ThreadPoolExecutor(max_workers=max(2, min(8, os.cpu_count() or 2)), thread_name_prefix="sample")
    try:
        futures = [pool.submit(draw_item, folder, seed, item, by_original.get(item.path, [])) for item in items]
        for future in as_completed(futures):
            done += future.result()
            if progress is not None:
                progress(done, total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def draw_item(folder: Path, seed: int, item: Item, copies: list[Copy]) -> int:
    """Write one original and its copies into `folder`, whose subfolders exist; returns how many files that were."""
    picture = Image.fromarray(np.ascontiguousarray(render(item, seed)))
    _save(picture, folder / item.path)
    for entry in copies:
        kind = list(TRANSFORMATIONS).index(entry.transformation)
        rng = np.random.default_rng([seed, item.family.number, item.index, kind])
        changed = TRANSFORMATIONS[entry.transformation](picture, rng)
        _save(changed, folder / entry.copy, QUALITY.get(entry.transformation, 85))
    return 1 + len(copies)


def _save(picture: Image.Image, path: Path, quality: int = 90) -> None:
    if path.suffix == ".png":
        picture.save(path, compress_level=3)
    elif path.suffix == ".webp":
        picture.save(path, quality=quality, method=2)
    else:
        picture.save(path, quality=quality)


def _crop(picture: Image.Image, rng: Rng) -> Image.Image:
    width, height = picture.size
    share = rng.uniform(0.68, 0.82)
    across, down = int(width * share), int(height * share)
    left, top = int(rng.integers(0, width - across + 1)), int(rng.integers(0, height - down + 1))
    return picture.crop((left, top, left + across, top + down))


def _scaled(factor: float) -> Transform:
    def scale(picture: Image.Image, rng: Rng) -> Image.Image:
        size = (round(picture.width * factor), round(picture.height * factor))
        return picture.resize(size, Image.Resampling.LANCZOS)

    return scale


def _caption(picture: Image.Image, rng: Rng) -> Image.Image:
    out = picture.copy()
    width, height = out.size
    draw = ImageDraw.Draw(out)
    words = str(rng.choice(["LOOK AT THIS", "MONDAY MOOD", "WISH YOU WERE HERE", "SALE ENDS TODAY", "HELLO AGAIN"]))
    font = ImageFont.load_default(width * 1.25 / len(words))
    spot = (width / 2, height * float(rng.choice([0.12, 0.88])))
    draw.text(spot, words, "white", font, "mm", stroke_width=3, stroke_fill="black")
    return out


def _watermark(picture: Image.Image, rng: Rng) -> Image.Image:
    width, height = picture.size
    layer = Image.new("L", (width * 2, height * 2), 0)
    draw = ImageDraw.Draw(layer)
    font = ImageFont.load_default(width / 18)
    for row in range(0, height * 2, height // 5):
        for column in range(0, width * 2, width // 2):
            draw.text((column + (row // 2) % (width // 3), row), "SAMPLE PICTURE", 105, font)
    turned = layer.rotate(28).crop((width // 2, height // 2, width // 2 + width, height // 2 + height))
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, turned)


def _colours(picture: Image.Image, rng: Rng) -> Image.Image:
    hue, saturation, value = picture.convert("HSV").split()
    turn = int(rng.integers(18, 60))
    turned = Image.merge("HSV", (hue.point([(v + turn) % 256 for v in range(256)]), saturation, value))
    return ImageEnhance.Color(turned.convert("RGB")).enhance(0.85)


def _border(picture: Image.Image, rng: Rng) -> Image.Image:
    colour = str(rng.choice(["white", "black", "#c9b28a"]))
    return ImageOps.expand(picture, round(min(picture.size) * rng.uniform(0.05, 0.1)), colour)


def _tilt(picture: Image.Image, rng: Rng) -> Image.Image:
    degrees = float(rng.uniform(4, 9) * rng.choice([-1, 1]))
    return picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


TRANSFORMATIONS: dict[str, Transform] = {
    "crop": _crop,
    "half size": _scaled(0.5),
    "larger": _scaled(1.5),
    "jpeg 20": lambda picture, rng: picture,
    "caption": _caption,
    "watermark": _watermark,
    "mirrored": lambda picture, rng: ImageOps.mirror(picture),
    "rotated 90": lambda picture, rng: picture.transpose(Image.Transpose.ROTATE_90),
    "tilted": _tilt,
    "blurred": lambda picture, rng: picture.filter(ImageFilter.GaussianBlur(2.5)),
    "other colours": _colours,
    "grey": lambda picture, rng: ImageOps.grayscale(picture).convert("RGB"),
    "brighter": lambda picture, rng: ImageEnhance.Brightness(picture).enhance(1.35),
    "border": _border,
}
