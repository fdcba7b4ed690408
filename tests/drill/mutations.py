"""Drill: pictures whose bytes were changed lie among sound ones."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, features

from revsearch_tui.core.storage.catalog.catalog import Catalog
from tests.drill.drill import Drill, Outcome
from tests.drill.ending import trouble_of_ending
from tests.support.drawn import draw
from tests.support.forked import forks
from tests.support.stored import assert_same_rows, collection_of, journals

_BATCH = 50
_BATCHES = 20
_SIZE = (160, 120)


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def _deep(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)


FORMATS: Mapping[str, Callable[[Image.Image], bytes]] = {
    "plain.png": lambda p: _saved(p, "PNG"),
    "deep.png": lambda p: _saved(_deep(p), "PNG"),
    "palette.png": lambda p: _saved(p.quantize(32), "PNG"),
    "alpha.png": lambda p: _saved(p.convert("RGBA"), "PNG"),
    "plain.jpg": lambda p: _saved(p, "JPEG", quality=90, comment=b"drawn"),
    "progressive.jpg": lambda p: _saved(p, "JPEG", progressive=True),
    "cmyk.jpg": lambda p: _saved(p.convert("CMYK"), "JPEG"),
    "grey.jpg": lambda p: _saved(p.convert("L"), "JPEG"),
    "plain.gif": lambda p: _saved(p, "GIF"),
    "moving.gif": lambda p: _saved(p, "GIF", save_all=True, append_images=[p.rotate(90)], duration=100),
    "plain.bmp": lambda p: _saved(p, "BMP"),
    "plain.tiff": lambda p: _saved(p, "TIFF"),
    "packed.tiff": lambda p: _saved(p, "TIFF", compression="tiff_lzw"),
    "lossy.webp": lambda p: _saved(p, "WEBP"),
    "lossless.webp": lambda p: _saved(p, "WEBP", lossless=True),
    "plain.ppm": lambda p: _saved(p, "PPM"),
    "plain.ico": lambda p: _saved(p.resize((64, 64)), "ICO"),
    "plain.jp2": lambda p: _saved(p, "JPEG2000"),
    "plain.avif": lambda p: _saved(p, "AVIF"),
}
_OPTIONAL = {"plain.jp2": "jpg_2000", "plain.avif": "avif", "lossy.webp": "webp", "lossless.webp": "webp"}


def originals() -> dict[str, bytes]:
    """Name -> bytes of a picture in each format that Pillow can write here."""
    return {
        name: make(draw(number, _SIZE))
        for number, (name, make) in enumerate(FORMATS.items())
        if name not in _OPTIONAL or features.check(_OPTIONAL[name])
    }


def _flip(chance: random.Random, data: bytearray, _other: bytes) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _truncate(chance: random.Random, data: bytearray, _other: bytes) -> None:
    del data[chance.randrange(len(data)) :]


def _cut_out(chance: random.Random, data: bytearray, _other: bytes) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 200)]


def _splice(chance: random.Random, data: bytearray, other: bytes) -> None:
    place, start = chance.randrange(len(data)), chance.randrange(len(other))
    piece = other[start : start + chance.randrange(1, 4000)]
    data[place : place + (len(piece) if chance.random() < 0.5 else 0)] = piece


def _repeat(chance: random.Random, data: bytearray, _other: bytes) -> None:
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.randrange(1, 1000)] * chance.randrange(1, 4)


def _edit_header(chance: random.Random, data: bytearray, _other: bytes) -> None:
    """Numbers in the first bytes, where sizes, counts and offsets are, become extreme ones."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(min(160, len(data)))
        value = chance.choice((b"\0", b"\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\1", b"\x80"))
        data[place : place + len(value)] = value


MUTATIONS = (_flip, _flip, _truncate, _cut_out, _splice, _repeat, _edit_header, _edit_header, _edit_header)


def mutated(seed: int, sound: Mapping[str, bytes]) -> tuple[str, bytes]:
    """The name and the bytes of the mutated picture of a seed."""
    chance = random.Random(seed)
    name = chance.choice(sorted(sound))
    data, other = bytearray(sound[name]), sound[chance.choice(sorted(sound))]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if data:
            chance.choice(MUTATIONS)(chance, data, other)
    return f"{seed:04d}-{name}", bytes(data)


def prepare(ground: Path) -> None:
    """The sound pictures, and a home that holds nothing else."""
    for name, data in originals().items():
        (ground / "sound").mkdir(exist_ok=True)
        (ground / "sound" / name).write_bytes(data)
    done = forks().run(ground / "home", "index", ground / "sound", "-m", "phash", "-q")
    assert done.returncode == 0, done.stderr


def run(case: str, ground: Path, room: Path) -> Outcome:
    """Index a batch of mutated pictures beside the sound ones."""
    first = int(case.partition("-")[0])
    sound = {path.name: path.read_bytes() for path in (ground / "sound").iterdir()}
    files = dict(mutated(seed, sound) for seed in range(first, first + _BATCH))
    for name, data in files.items():
        (room / "pictures").mkdir(exist_ok=True)
        (room / "pictures" / name).write_bytes(data)
    environment = {"REVSEARCH_INDEX_DECODE_TIMEOUT_S": "20"}
    home = room / "home"
    done = forks().run(
        home, "index", room / "pictures", ground / "sound", "-m", "phash", "-f", "json", environment=environment
    )
    trouble = trouble_of_ending(done)
    if not trouble and done.returncode != 0:
        trouble = f"ended with {done.returncode}: {done.stderr}"
    if not trouble:
        trouble = _trouble_of_sound_pictures(home, ground)
    if trouble:
        return Outcome(_BATCH, [f"seeds {case}: {trouble[:400]}"] * _BATCH)
    skipped = forks().run(home, "collections", "skipped", "-f", "json")
    reasons = {row["path"]: row["reason"] for row in json.loads(skipped.stdout or "[]")}
    return Outcome(_BATCH, _unaccounted(home, room / "pictures", sorted(files), reasons))


def _trouble_of_sound_pictures(home: Path, ground: Path) -> str:
    whole, found = journals(ground / "home")["phash"], journals(home)["phash"]
    try:
        assert_same_rows({"phash": {i: found[i] for i in whole if i in found}}, {"phash": whole})
    except AssertionError as error:
        return f"a sound picture is not as in a clean run: {error}"
    return ""


def _unaccounted(home: Path, folder: Path, names: list[str], reasons: Mapping[str, str]) -> list[str]:
    """A line for each file that is neither indexed with an embedding nor skipped with a reason."""
    embedded = set(journals(home)["phash"])
    with Catalog(collection_of(home).catalog_file) as catalog:
        known = {Path(row.path.decode()).name: row for row in catalog.files() if b"/pictures/" in row.path}
    troubles = []
    for name in names:
        row = known.get(name)
        if row is None:
            troubles.append(f"{name}: the catalog does not know it")
        elif row.image_id is not None and row.image_id not in embedded:
            troubles.append(f"{name}: it is indexed without an embedding")
        elif row.image_id is None and not reasons.get(str(folder / name), "").strip():
            troubles.append(f"{name}: it is skipped without a reason")
    return troubles


DRILL = Drill(
    name="mutations",
    title="Mutated pictures",
    what=(
        f"Pictures drawn in {len(FORMATS)} formats (PNG of 8 and 16 bits, with a palette and with alpha; JPEG, "
        "progressive, CMYK and grey; GIF, BMP, TIFF, WebP, PPM, ICO, JPEG 2000, AVIF) get bits flipped, are cut off, "
        "cut up and spliced, and have numbers in their headers replaced, each by a seed of its own. They are indexed "
        f"by `phash` in batches of {_BATCH}, with the sound pictures beside them."
    ),
    survived=(
        "the run ends with exit status 0; the file is indexed, or listed by `collections skipped` with a reason; the "
        "sound pictures have the embeddings of a run without the mutated ones"
    ),
    cases=tuple(f"{first}-{first + _BATCH - 1}" for first in range(0, _BATCH * _BATCHES, _BATCH)),
    sample=("0-49",),
    prepare=prepare,
    run=run,
    tries=_BATCH,
)
