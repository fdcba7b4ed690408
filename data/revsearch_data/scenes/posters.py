"""Posters: large type over plain geometry."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from revsearch_data.canvas import PALETTES, Array, Rng, Size, axes, blend, byte_colour, disc, distance, finish, to_float

_WORDS = [
    ("NOCTURNE", "music for a late hour"),
    ("SOLSTICE", "the longest evening of the year"),
    ("TIDAL", "notes from the shore"),
    ("ORBIT", "a guide to slow satellites"),
    ("FJORD", "north, by ferry"),
    ("CITRUS", "twelve drinks for summer"),
    ("MERIDIAN", "lines that hold the world"),
    ("ECHO", "sound in old halls"),
    ("PRISM", "light taken apart"),
    ("SAFFRON", "market days in spring"),
    ("ATLAS", "maps of elsewhere"),
    ("VELVET", "a night at the theatre"),
    ("MISTRAL", "wind over lavender"),
    ("RHYTHM", "drums in the park"),
    ("COSMOS", "open observatory"),
    ("JARDIN", "seeds, bulbs and patience"),
    ("KINETIC", "sculpture in motion"),
    ("HARBOUR", "ships, ropes and weather"),
    ("LUMEN", "festival of lamps"),
    ("TERRA", "clay and kiln"),
    ("ZEPHYR", "kites over the dunes"),
    ("QUARTZ", "stones that keep time"),
    ("BAZAAR", "spice, silk, silver"),
    ("AURORA", "skies above sixty degrees"),
]


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One poster; eight compositions, a title and a line of small print."""
    width, height = size
    palette = PALETTES[(index * 7 + index // 8) % len(PALETTES)]
    order = np.argsort(palette.sum(1))
    paper = palette[order[-1]] if index % 3 else palette[order[0]]
    inks = palette[order[:-1]] if index % 3 else palette[order[1:]]
    image = np.broadcast_to(paper, (height, width, 3)).astype(np.float32)
    kinds = (_sunburst, _quarters, _rings, _stripes, _dots, _hills, _arches, _shards)
    kinds[index % 8](image, rng, inks[rng.permutation(len(inks))])
    canvas = Image.fromarray(finish(image, rng))
    title, line = _WORDS[index % len(_WORDS)]
    _letter(canvas, rng, title, line, paper, inks, index)
    return finish(to_float(np.asarray(canvas)), rng, vignette=0.1)


def _font(text: str, width: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """PIL's own font, in the size at which `text` is about `width` pixels wide."""
    probe = ImageFont.load_default(100)
    return ImageFont.load_default(max(9.0, 100 * width / max(1.0, probe.getlength(text))))


def _letter(canvas: Image.Image, rng: Rng, title: str, line: str, paper: Array, inks: Array, index: int) -> None:
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas)
    dark = float(paper.mean()) < 0.45
    ink = byte_colour(inks[-1] if dark else inks[0])
    ground = byte_colour(paper)
    place = index % 4
    if place == 3:
        side = Image.new("RGB", (height, round(width * 0.22)), ground)
        pen = ImageDraw.Draw(side)
        pen.text(
            (height * 0.5, side.height * 0.4),
            title,
            ink,
            _font(title, min(height * 0.8, len(title) * width * 0.085)),
            "mm",
            stroke_width=2,
            stroke_fill=ink,
        )
        pen.text(
            (height * 0.5, side.height * 0.83),
            line,
            ink,
            _font(line, min(height * 0.5, len(line) * width * 0.016)),
            "mm",
        )
        canvas.paste(side.rotate(90, expand=True), (0, 0))
        return
    font = _font(title, width * rng.uniform(0.62, 0.86))
    box = draw.textbbox((0, 0), title, font, stroke_width=3)
    tall = box[3] - box[1]
    small = _font(line, min(width * 0.5, len(line) * width * 0.022))
    strip = round(tall * 1.55 + small.getbbox(line)[3] * 1.5)
    top = (0, height - strip, round(height * rng.uniform(0.3, 0.5)))[place]
    draw.rectangle((0, top, width, top + strip), fill=ground)
    draw.text((width * 0.07, top + tall * 0.25 - box[1]), title, ink, font, stroke_width=3, stroke_fill=ink)
    draw.text((width * 0.07, top + tall * 1.45), line, ink, small)
    number = str(1950 + (index * 13) % 74)
    draw.text((width * 0.93, top + tall * 1.45), number, ink, small, "ra")


def _sunburst(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    size = (width, height)
    cx, cy = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.35, 0.8)
    x, y = axes(size)
    rays = float(rng.integers(10, 22))
    wedge = np.sin((np.arctan2(y - cy, x - cx)) * rays / 2 * 2 + rng.uniform(0, 6)) * distance(size, cx, cy) / rays
    blend(image, np.clip(wedge * 2 + 0.5, 0, 1), inks[0])
    blend(image, disc(size, cx, cy, min(size) * rng.uniform(0.18, 0.3)), inks[1])
    blend(image, disc(size, cx, cy, min(size) * 0.14), inks[2])


def _quarters(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    tile = min(width, height) / float(rng.integers(3, 6))
    for row in range(int(height / tile) + 1):
        for column in range(int(width / tile) + 1):
            left, top = int(column * tile), int(row * tile)
            part = image[top : int(top + tile), left : int(left + tile)]
            if min(part.shape[:2]) < 2:
                continue
            tile_size = (part.shape[1], part.shape[0])
            part[:] = inks[int(rng.integers(0, len(inks)))]
            corner = rng.integers(0, 2, 2) * tile
            ink = inks[int(rng.integers(0, len(inks)))]
            kind = int(rng.integers(0, 4))
            if kind < 2:
                blend(part, disc(tile_size, float(corner[0]), float(corner[1]), tile), ink)
            elif kind == 2:
                blend(part, disc(tile_size, tile / 2, tile / 2, tile * 0.32), ink)


def _rings(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    size = (width, height)
    for k in range(int(rng.integers(1, 4))):
        cx, cy = width * rng.uniform(0.1, 0.9), height * rng.uniform(0.1, 0.9)
        reach, gap = min(size) * rng.uniform(0.35, 0.7), rng.uniform(14, 30)
        away = distance(size, cx, cy)
        groove = np.clip(np.abs((away % gap) - gap / 2) - gap * 0.22 + 0.5, 0, 1)
        blend(image, groove * (away < reach), inks[k % len(inks)])


def _stripes(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    x, y = axes((width, height))
    turn = rng.choice([0.0, 0.785, 1.57, 2.356]) + rng.uniform(-0.1, 0.1)
    place = x * np.cos(turn) + y * np.sin(turn)
    place = (place - place.min()) / float(np.ptp(place))
    edges = np.sort(rng.uniform(0.1, 0.95, 8))
    for k in range(0, 8, 2):
        blend(image, ((place > edges[k]) & (place < edges[k + 1])).astype(np.float32), inks[k // 2 % len(inks)])
    blend(
        image,
        disc((width, height), width * rng.uniform(0.3, 0.7), height * rng.uniform(0.4, 0.7), min(width, height) * 0.24),
        inks[-1],
    )


def _dots(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    x, y = axes((width, height))
    step = min(width, height) / rng.uniform(8, 16)
    cx, cy = width * rng.uniform(0.1, 0.9), height * rng.uniform(0.1, 0.9)
    u, v = np.floor(x / step) * step + step / 2, np.floor(y / step) * step + step / 2
    swell = step * 0.5 * np.clip(1.15 - np.hypot(u - cx, v - cy) / max(width, height), 0.08, 1)
    mask = np.clip(swell - np.hypot(x - u, y - v) + 0.5, 0, 1)
    tones = inks[((u / step + v / step * 2).astype(int)) % len(inks)]
    blend(image, mask, np.asarray(tones, dtype=np.float32))


def _hills(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    x, y = axes((width, height))
    blend(
        image,
        disc(
            (width, height),
            width * rng.uniform(0.25, 0.75),
            height * rng.uniform(0.25, 0.45),
            min(width, height) * 0.24,
        ),
        inks[0],
    )
    for k in range(5):
        line = height * (0.42 + 0.13 * k) + np.sin(x / width * rng.uniform(3, 8) + rng.uniform(0, 6)) * height * 0.07
        blend(image, np.clip(y - line + 0.5, 0, 1), inks[(k + 1) % len(inks)])


def _arches(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    x, y = axes((width, height))
    for k in range(int(rng.integers(2, 4))):
        cx, cy = width * rng.uniform(0.15, 0.85), height * rng.uniform(0.35, 0.7)
        reach = min(width, height) * rng.uniform(0.25, 0.45)
        for step in range(6):
            radius = reach * (1 - step / 6)
            away = np.where(y < cy, np.hypot(x - cx, y - cy), np.abs(x - cx))
            blend(image, np.clip(radius - away + 0.5, 0, 1), inks[(k + step) % len(inks)])


def _shards(image: Array, rng: Rng, inks: Array) -> None:
    height, width = image.shape[:2]
    x, y = axes((width, height))
    for k in range(int(rng.integers(7, 14))):
        turn, offset = rng.uniform(0, 2 * np.pi, 2), rng.uniform(-0.2, 0.25, 2) * min(width, height)
        cx, cy = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)
        sides = [(x - cx) * np.cos(t) + (y - cy) * np.sin(t) + o for t, o in zip(turn, offset, strict=True)]
        mask = np.clip(np.minimum(*sides) + 0.5, 0, 1) * (0.85 if k % 2 else 0.6)
        blend(image, mask, inks[k % len(inks)])
