"""What becomes of pictures that are posted again: put beside others, on pages and stories, drawn over, cut down to
thumbnails. As `pixel_changes`: each takes a picture (uint8 RGB, H x W x 3), a strength and a source of chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from revsearch_tui.core.evaluation.robustness.pixel_changes import (
    WORDS,
    crop,
    draw_face,
    fitted_font,
    jpeg,
    mirror,
    pixels_of,
)

if TYPE_CHECKING:
    import numpy as np
    from PIL import ImageDraw

    from revsearch_tui.api.types import Picture

_MARKS = ("SAMPLE", "preview only", "stock photo", "DO NOT COPY")
_PROSE = """
the of and a to in is that it was for on as with his they at be this from have or by one had not but what all were when
we there can an your which their said if do will each about how up out them then she many some so these would other into
has more her two like him see time could no make than first been its who now people my made over did down only way find
use may water long little very after words called just where most know
"""
_COLOURS = ((230, 60, 70), (255, 204, 51), (64, 160, 255), (90, 200, 110), (180, 90, 220), (255, 140, 40))
_PORTRAIT = math.sqrt(2)
"""Height of a page of A4 to its width."""


def mirror_crop(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """Left to right, and then cut so that `percent` % of the area is left; where it lies is left to chance."""
    return crop(mirror(picture, 1, chance), 100 * (1 - math.sqrt(percent / 100)), chance)


def turn_crop(picture: Picture, degrees: float, chance: np.random.Generator) -> Picture:
    """Turn about the centre, left or right by chance, and cut out the largest upright part that is all picture."""
    from PIL import Image

    signed = degrees if chance.integers(2) else -degrees
    turned = Image.fromarray(picture).rotate(signed, Image.Resampling.BICUBIC, expand=True)
    wide, high = _upright_part(picture.shape[1], picture.shape[0], math.radians(degrees))
    wide, high = max(1, math.floor(wide) - 2), max(1, math.floor(high) - 2)  # the outermost pixels are half outside
    left, top = (turned.width - wide) // 2, (turned.height - high) // 2
    return pixels_of(turned.crop((left, top, left + wide, top + high)))


def _upright_part(width: float, height: float, angle: float) -> tuple[float, float]:
    """Width and height of the largest upright rectangle within one that is turned by an angle in radians.

    Either two of its corners lie on the longer sides, halfway between the shorter ones, or each lies on a side.
    """
    sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
    long, short = max(width, height), min(width, height)
    if short <= 2 * sine * cosine * long or abs(sine - cosine) < 1e-9:
        half = short / 2
        return (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
    turn = cosine * cosine - sine * sine
    return abs((width * cosine - height * sine) / turn), abs((height * cosine - width * sine) / turn)


def thumbnail(picture: Picture, side: float, chance: np.random.Generator) -> Picture:
    """The square in the middle, made `side` x `side` pixels."""
    from PIL import Image, ImageOps

    size = (round(side), round(side))
    return pixels_of(ImageOps.fit(Image.fromarray(picture), size, Image.Resampling.LANCZOS))


def tiny(picture: Picture, side: float, chance: np.random.Generator) -> Picture:
    """Made smaller until the longest side has `side` pixels, and compressed as JPEG of quality 10."""
    from PIL import Image

    factor = min(1.0, side / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    return jpeg(pixels_of(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)), 10, chance)


def collage(picture: Picture, parts: float, chance: np.random.Generator, others: Sequence[Picture] = ()) -> Picture:
    """The picture whole as one of 2 halves or 3 thirds, beside or above each other, or of 4 quarters.

    Which is left to chance, as is which of the others lie beside it; those are cut to its size. A part for which there
    is no other picture is white.
    """
    from PIL import Image, ImageOps

    count = round(parts)
    height, width = picture.shape[:2]
    columns = 2 if count == 4 else count if chance.integers(2) else 1
    whole = Image.new("RGB", (width * columns, height * (count // columns)), (255, 255, 255))
    cells = [(width * (cell % columns), height * (cell // columns)) for cell in chance.permutation(count).tolist()]
    whole.paste(Image.fromarray(picture), cells[0])
    for cell, other in zip(cells[1:], chance.permutation(len(others)).tolist(), strict=False):
        whole.paste(ImageOps.fit(Image.fromarray(others[other]), (width, height)), cell)
    return pixels_of(whole)


def story(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """The picture whole in the middle of a screen of 9 to 16, over a blur of itself that fills it."""
    from PIL import Image, ImageFilter, ImageOps

    image = Image.fromarray(picture)
    width = max(image.width, math.ceil(image.height * 9 / 16))
    height = max(image.height, round(width * 16 / 9))
    screen = ImageOps.fit(image, (width, height)).filter(ImageFilter.GaussianBlur(width / 20)).point(_darker)
    screen.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return pixels_of(screen)


def _darker(value: int) -> int:
    return value * 3 // 4


def emoji(picture: Picture, count: float, chance: np.random.Generator) -> Picture:
    """So many drawn faces, hearts, stars and dots over the picture, each 12 to 30 % of the shorter side."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for number in range(round(count)):
        size = max(4.0, min(image.size) * float(chance.uniform(0.12, 0.3)))
        left = float(chance.uniform(0, max(0.0, image.width - size)))
        top = float(chance.uniform(0, max(0.0, image.height - size)))
        kind = int(chance.integers(4)) if number else 0  # at least one is a face
        colour = _COLOURS[int(chance.integers(len(_COLOURS)))]
        if kind == 0:
            draw_face(pen, left, top, size)
        elif kind == 1:
            pen.ellipse((left, top, left + size, top + size), fill=colour)
        else:
            outline = _heart() if kind == 2 else _star()
            pen.polygon([(left + x * size, top + y * size) for x, y in outline], fill=colour)
    return pixels_of(image)


def _heart() -> list[tuple[float, float]]:
    """The outline of a heart in the unit square."""
    turns = [math.tau * step / 40 for step in range(40)]
    return [
        (
            0.5 + math.sin(turn) ** 3 / 2,
            0.45 - (13 * math.cos(turn) - 5 * math.cos(2 * turn) - 2 * math.cos(3 * turn) - math.cos(4 * turn)) / 34,
        )
        for turn in turns
    ]


def _star() -> list[tuple[float, float]]:
    """The outline of a star of five points in the unit square."""
    reach = [(0.5, 0.2)[step % 2] for step in range(10)]
    return [
        (0.5 + far * math.sin(math.pi * step / 5), 0.5 - far * math.cos(math.pi * step / 5))
        for step, far in enumerate(reach)
    ]


def watermark(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A text, repeated in slanting lines over all of the picture, white and `percent` % opaque."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(picture)
    side = math.ceil(math.hypot(*image.size)) + 2
    layer = Image.new("L", (side, side))
    pen = ImageDraw.Draw(layer)
    words = f"{_MARKS[int(chance.integers(len(_MARKS)))]}     "
    size = max(6.0, max(image.size) * 0.07)
    font = ImageFont.load_default(size)
    step = max(1.0, pen.textlength(words, font))
    for row in range(math.ceil(side / (2 * size))):
        for column in range(-1, math.ceil(side / step)):
            place = (step * (column + row % 2 / 2), 2 * size * row)
            pen.text(place, words, round(2.55 * percent), font, stroke_width=round(size / 30))
    layer = layer.rotate(float(chance.uniform(20, 40)) * (1 if chance.integers(2) else -1), Image.Resampling.BILINEAR)
    left, top = (side - image.width) // 2, (side - image.height) // 2
    image.paste((255, 255, 255), (0, 0), layer.crop((left, top, left + image.width, top + image.height)))
    return pixels_of(image)


def caption(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A band above and one below the picture, each `percent` % of its height, with large letters, as memes have them.

    Black on white or white on black by chance.
    """
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    band = max(8, round(image.height * percent / 100))
    paper = 255 * int(chance.integers(2))
    framed = Image.new("RGB", (image.width, image.height + 2 * band), (paper,) * 3)
    framed.paste(image, (0, band))
    pen = ImageDraw.Draw(framed)
    for top, words in zip((0, band + image.height), chance.permutation(WORDS).tolist(), strict=False):
        font, size = fitted_font(pen, words.upper(), 0.7 * band, 0.94 * image.width)
        left = (image.width - pen.textlength(words.upper(), font)) / 2
        pen.text((left, top + (band - 1.2 * size) / 2), words.upper(), (255 - paper,) * 3, font)
    return pixels_of(framed)


def page(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """The picture whole on a white page full of lines of text, of which it takes about `percent` %.

    The page is upright A4, and wider or higher only where the picture would not fit.
    """
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    area = image.width * image.height * 100 / percent
    width = max(math.ceil(math.sqrt(area / _PORTRAIT)), math.ceil(image.width * 1.12))
    height = max(math.ceil(area / width), math.ceil(image.height * 1.12))
    sheet = Image.new("RGB", (width, height), (255, 255, 255))
    _write_lines(ImageDraw.Draw(sheet), width, height, chance)
    gap = min(round(width * 0.02), (width - image.width) // 2, (height - image.height) // 2)
    left = int(chance.integers(gap, width - image.width - gap + 1))
    top = int(chance.integers(gap, height - image.height - gap + 1))
    sheet.paste((255, 255, 255), (left - gap, top - gap, left + image.width + gap, top + image.height + gap))
    sheet.paste(image, (left, top))
    return pixels_of(sheet)


def _write_lines(pen: ImageDraw.ImageDraw, width: int, height: int, chance: np.random.Generator) -> None:
    """Black lines of words, broken at the right margin, with shorter ones where a paragraph ends."""
    from PIL import ImageFont

    size = max(6.0, width / 45)
    font, known = ImageFont.load_default(size), _PROSE.split()
    for row in range(round(height * 0.06), round(height * 0.94), math.ceil(1.5 * size)):
        words = [known[word] for word in chance.integers(len(known), size=30).tolist()]
        reach = width * 0.86 * (float(chance.uniform(0.3, 0.8)) if chance.integers(6) == 0 else 1)
        line = " ".join(words)
        while " " in line and pen.textlength(line, font) > reach:
            line = line.rpartition(" ")[0]
        pen.text((width * 0.07, row), line, (20, 20, 20), font)
