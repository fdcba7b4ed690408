"""Changed copies of a picture to learn from, with several changes by chance, one on the other.

Pictures are uint8 RGB, H x W x 3. Equal pictures and an equal state of `chance` give equal pixels.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture

Chance: TypeAlias = np.random.Generator
Change: TypeAlias = Callable[[Image.Image, Chance], Image.Image]

_SIDES = (256, 400)
"""The longest side of a copy before its frame; copies are mostly of small pictures."""
_FRAMED = 480
_LETTERS = "abcdefghijklmnopqrstuvwxyz     "


def view(picture: Picture, others: Sequence[Picture], hard: float, chance: Chance) -> Picture:
    """A changed copy. `hard`, 0..1, is how likely and how large changes are; `others` may lie beside the picture."""
    image = _at_most(Image.fromarray(picture), int(chance.integers(*_SIDES)))
    for likely, change in (
        (0.25 * hard, _colours),
        (0.5, lambda shown, drawn: _cut(shown, 1 - 0.93 * hard, drawn)),
        (0.3, lambda shown, _: ImageOps.mirror(shown)),
        (0.06 * hard, lambda shown, _: ImageOps.flip(shown)),
        (0.22 * hard, _turned),
        (0.2 * hard, _aslant),
        (0.4, _lit),
        (0.35 * hard, _drawn_over),
        (0.3 * hard, lambda shown, drawn: _compressed(shown, drawn.uniform(5, 50))),
        (0.2 * hard, lambda shown, drawn: shown.filter(ImageFilter.GaussianBlur(drawn.uniform(1, 5)))),
        (0.15 * hard, _noisy),
        (0.42 * hard, lambda shown, drawn: _framed(shown, others, drawn)),
        (0.15 * hard, lambda shown, drawn: _compressed(_at_most(shown, int(drawn.integers(90, 220))), 10)),
    ):
        if chance.random() < likely:
            image = change(image, chance)
    return np.array(image.convert("RGB"), np.uint8)


def _at_most(image: Image.Image, side: int) -> Image.Image:
    factor = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR) if factor < 1 else image


def _colours(image: Image.Image, chance: Chance) -> Image.Image:
    """Inverted, grey, or with hues turned."""
    kind = chance.random()
    if kind < 0.35:
        return ImageOps.invert(image)
    if kind < 0.65:
        return image.convert("L").convert("RGB")
    turned = np.array(image.convert("HSV"), np.uint8)
    turned[:, :, 0] += np.uint8(chance.integers(10, 246))
    return Image.fromarray(turned, "HSV").convert("RGB")


def _cut(image: Image.Image, least: float, chance: Chance) -> Image.Image:
    """A part of `least` of the area, 0..1, or more, of another aspect ratio."""
    left, aspect = (
        math.exp(chance.uniform(math.log(max(0.01, min(0.9, least))), 0)),
        math.exp(chance.uniform(-0.35, 0.35)),
    )
    wide = min(image.width, max(8, round(image.width * math.sqrt(left) * aspect)))
    high = min(image.height, max(8, round(image.height * math.sqrt(left) / aspect)))
    x, y = int(chance.integers(image.width - wide + 1)), int(chance.integers(image.height - high + 1))
    return image.crop((x, y, x + wide, y + high))


def _turned(image: Image.Image, chance: Chance) -> Image.Image:
    """By a multiple of 90 degrees, or by less than 45 with black corners, or cut so that there are none."""
    kind, degrees = chance.random(), float(chance.uniform(5, 45)) * (1 if chance.integers(2) else -1)
    if kind < 0.4:
        return image.transpose(
            (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[chance.integers(3)]
        )
    turned = image.rotate(degrees, Image.Resampling.BILINEAR)
    return turned if kind < 0.75 else ImageOps.crop(turned, min(image.size) // 5)


def _aslant(image: Image.Image, chance: Chance) -> Image.Image:
    """Corners moved by up to a fifth of the sides; what comes free has one colour."""
    width, height = image.size
    dx, dy = chance.uniform(-0.05, 0.2, 4) * width, chance.uniform(-0.05, 0.2, 4) * height
    corners = (dx[0], dy[0], dx[1], height - dy[1], width - dx[2], height - dy[2], width - dx[3], dy[3])
    starts = (0, 0, 0, height, width, height, width, 0)
    inside = tuple(float(2 * start - corner) for corner, start in zip(corners, starts, strict=True))
    fill = tuple(int(value) for value in chance.integers(0, 256, 3)) if chance.integers(2) else (0, 0, 0)
    return image.transform(image.size, Image.Transform.QUAD, inside, Image.Resampling.BILINEAR, fillcolor=fill)


def _lit(image: Image.Image, chance: Chance) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(chance.uniform(0.5, 1.9))
    image = ImageEnhance.Contrast(image).enhance(chance.uniform(0.5, 1.8))
    return ImageEnhance.Color(image).enhance(chance.uniform(0.4, 1.6))


def _words(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], size: float, colour: tuple[int, ...], drawn: Chance
) -> None:
    letters = "".join(_LETTERS[letter] for letter in drawn.integers(len(_LETTERS), size=60).tolist())
    pen.text(place, letters, colour, ImageFont.load_default(max(6.0, size)))


def _drawn_over(image: Image.Image, chance: Chance) -> Image.Image:
    """With a line of letters, with shapes, or with pale letters all over."""
    image, kind = image.copy(), chance.random()
    width, height = image.size
    if kind < 0.7:
        pen = ImageDraw.Draw(image)
        if kind < 0.3:
            size = height * float(chance.uniform(0.08, 0.28))
            colour = tuple(int(value) for value in chance.integers(0, 256, 3))
            _words(pen, (width * chance.uniform(0, 0.3), (height - size) * chance.random()), size, colour, chance)
            return image
        for _ in range(int(chance.integers(1, 9))):
            side = min(image.size) * chance.uniform(0.12, 0.4)
            x, y = chance.uniform(-side / 2, width - side / 2), chance.uniform(-side / 2, height - side / 2)
            colour = tuple(int(value) for value in chance.integers(0, 256, 3))
            shape = (pen.ellipse, pen.rectangle)[chance.integers(2)]
            shape((x, y, x + side, y + side), fill=colour)
        return image
    layer = Image.new("L", (2 * max(image.size),) * 2)
    pen, opaque, size = ImageDraw.Draw(layer), int(chance.integers(50, 180)), max(image.size) * 0.07
    for row in range(0, layer.height, max(1, round(2 * size))):
        _words(pen, (0, row), size, (opaque,), chance)
    layer = layer.rotate(float(chance.uniform(-45, 45)))
    left, top = (layer.width - width) // 2, (layer.height - height) // 2
    image.paste((255, 255, 255), (0, 0), layer.crop((left, top, left + width, top + height)))
    return image


def _compressed(image: Image.Image, quality: float) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=round(quality))
    return Image.open(stream).convert("RGB")


def _noisy(image: Image.Image, chance: Chance) -> Image.Image:
    values = np.asarray(image, np.float32)
    noise = chance.normal(0, chance.uniform(5, 35), values.shape)
    return Image.fromarray(np.clip(values + noise, 0, 255).astype(np.uint8))


def _framed(image: Image.Image, others: Sequence[Picture], chance: Chance) -> Image.Image:
    """Beside others, on a page of letters, over a blur of itself, with bands, or on another picture."""
    width, height = image.size
    kind, other = int(chance.integers(6)), Image.fromarray(others[int(chance.integers(len(others)))])
    if kind <= 1:
        columns, rows = ((2, 1), (1, 2), (3, 1), (2, 2))[chance.integers(4)]
        whole = Image.new("RGB", (width * columns, height * rows), (255, 255, 255))
        cells = [(width * (cell % columns), height * (cell // columns)) for cell in chance.permutation(columns * rows)]
        for cell in cells[1:]:
            beside = Image.fromarray(others[int(chance.integers(len(others)))])
            whole.paste(ImageOps.fit(_at_most(beside, _FRAMED), (width, height)), cell)
        whole.paste(image, cells[0])
        return _at_most(whole, _FRAMED)
    around = chance.uniform(1.1, 2.2, 2) if kind <= 4 else chance.uniform(1.2, 1.8, 2)
    size = (round(width * around[0]), round(height * around[1]))
    if kind == 2:
        whole = Image.new("RGB", size, (255, 255, 255))
        pen, step = ImageDraw.Draw(whole), max(8, size[0] // 30)
        for row in range(0, size[1], step):
            _words(pen, (size[0] * 0.05, row), step * 0.7, (20, 20, 20), chance)
    elif kind == 3:
        whole = (
            ImageOps.fit(image, size).filter(ImageFilter.GaussianBlur(width / 20)).point(lambda value: value * 3 // 4)
        )
    elif kind == 4:
        whole = Image.new("RGB", size, tuple(int(value) for value in chance.choice([0, 255, 128, 30], 1)) * 3)
    else:
        whole = ImageOps.fit(other, size)
    whole.paste(image, (int(chance.integers(size[0] - width + 1)), int(chance.integers(size[1] - height + 1))))
    return _at_most(whole, _FRAMED)
