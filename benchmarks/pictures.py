"""Pictures to measure with: drawn from seeds, detailed like photographs, and alike on every machine."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def draw_photo(seed: int, width: int, height: int, *, shapes: int = 160, grain: float = 5.0) -> Image.Image:
    """Clouds of all sizes, sharp shapes over them, and sensor noise of `grain` grey levels."""
    chance = np.random.default_rng(seed)
    image = _noise(chance, 3, width, height)
    for cells in (9, 27, 81, 243):
        if cells * 2 < height:
            image = Image.blend(image, _noise(chance, cells, width, height), 0.35)
    canvas = ImageDraw.Draw(image)
    for _ in range(shapes):
        x, y = chance.integers(0, (width, height))
        size = int(height * chance.uniform(0.01, 0.12))
        colour = tuple(int(value) for value in chance.integers(0, 256, 3))
        corners = [(int(x + dx), int(y + dy)) for dx, dy in chance.integers(-size, size + 1, (4, 2))]
        if chance.random() < 0.5:
            canvas.polygon(corners, fill=colour)
        else:
            canvas.line(corners, fill=colour, width=max(1, size // 12))
    image = image.filter(ImageFilter.GaussianBlur(max(0.6, height / 3000)))
    noise = chance.integers(-256, 257, (height // 2, width), np.int16) * (grain / 148)
    pixels = np.asarray(image, np.int16) + np.concatenate([noise, noise])[:height, :, None].astype(np.int16)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def photo_folder(folder: Path, count: int, different: int, width: int, height: int) -> Path:
    """`count` JPEG files of quality 88. Only `different` are drawn; the rest differ from those by a comment."""
    folder.mkdir(parents=True)
    for number in range(min(count, different)):
        file = folder / f"{number:05d}.jpg"
        draw_photo(number, width, height).save(file, quality=88)
        data = file.read_bytes()
        for copy in range(number + different, count, different):
            text = f"copy {copy}".encode()
            comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
            (folder / f"{copy:05d}.jpg").write_bytes(data[:2] + comment + data[2:])
    return folder


def gallery_folder(folder: Path, count: int) -> tuple[Path, str]:
    """A folder of pictures and what they are: real ones where `REVSEARCH_TEST_DATA` has them, else drawn ones."""
    archive = Path(os.environ.get("REVSEARCH_TEST_DATA", "")) / "corel1k.tar.gz"
    folder.mkdir(parents=True)
    if os.environ.get("REVSEARCH_TEST_DATA") and archive.exists():
        with tarfile.open(archive) as packed:
            members = [member for member in packed.getmembers() if member.name.endswith(".jpg")]
            step = max(1, len(members) // count)
            for number, member in enumerate(sorted(members, key=lambda member: member.name)[::step][:count]):
                source = packed.extractfile(member)
                assert source is not None
                (folder / f"{number:05d}.jpg").write_bytes(source.read())
        return folder, "photographs of 384x256"
    for number in range(count):
        draw_photo(number, 640, 480, shapes=220, grain=2.0).save(folder / f"{number:05d}.jpg", quality=90)
    return folder, "drawn pictures of 640x480"


def tile_folder(gallery: Path, folder: Path, count: int) -> Path:
    """`count` pieces of 32x32 of a gallery's pictures, as JPEG files."""
    folder.mkdir(parents=True)
    members = sorted(gallery.iterdir())
    chance = np.random.default_rng(0)
    for number in range(count):
        with Image.open(members[number % len(members)]) as image:
            x, y = (int(chance.integers(0, length - 32)) for length in image.size)
            image.crop((x, y, x + 32, y + 32)).save(folder / f"{number:05d}.jpg", quality=90)
    return folder


def near_copies(gallery: Path, folder: Path, count: int) -> list[Path]:
    """Queries: members of a gallery, cut, turned a little and compressed anew."""
    folder.mkdir(parents=True)
    members = sorted(gallery.iterdir())
    made = []
    for number, member in enumerate(members[:: max(1, len(members) // count)][:count]):
        with Image.open(member) as image:
            width, height = image.size
            box = (width // 10, height // 10, width * 19 // 20, height * 19 // 20)
            turned = image.rotate(5, Image.Resampling.BICUBIC).crop(box)
            turned.save(folder / f"{number}.jpg", quality=75)
        made.append(folder / f"{number}.jpg")
    return made


def _noise(chance: np.random.Generator, cells: int, width: int, height: int) -> Image.Image:
    grid = chance.integers(0, 256, (cells, max(2, cells * width // height), 3), np.uint8)
    return Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
