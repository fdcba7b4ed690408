"""What people put on pictures: words, stickers, the frame of a screenshot. The functions are as `shape` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL import ImageDraw

    from revsearch_tui.api.types import Picture

_WORDS = ("WHEN YOU SEE IT", "so it begins", "Monday again", "NOBODY: nothing", "wait for it", "Happy Birthday!")
_LIGHT = ((250, 250, 250), (70, 70, 70), (225, 225, 225))
_NIGHT = ((24, 24, 24), (190, 190, 190), (48, 48, 48))
_YELLOW, _DARK, _RED = (255, 204, 51), (60, 40, 10), (230, 60, 70)


def text(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A line of white letters with a black outline, `percent` % of the height tall, along the top or the bottom.

    It is made smaller where it would be wider than the picture.
    """
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    words = _WORDS[int(chance.integers(len(_WORDS)))]
    size = max(6.0, picture.shape[0] * percent / 100)
    size = max(
        6.0, min(size, size * 0.96 * image.width / max(1.0, pen.textlength(words, ImageFont.load_default(size))))
    )
    font = ImageFont.load_default(size)
    left = (image.width - pen.textlength(words, font)) / 2
    top = 0.02 * image.height if chance.integers(2) else 0.97 * image.height - 1.2 * size
    pen.text((left, top), words, (255, 255, 255), font, stroke_width=max(1, round(size / 14)), stroke_fill=(0, 0, 0))
    return np.array(image, np.uint8)


def sticker(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A round drawn face somewhere, its diameter `percent` % of the shorter side."""
    import numpy as np
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    diameter = max(4.0, min(image.size) * percent / 100)
    left = float(chance.uniform(0, max(0.0, image.width - diameter)))
    top = float(chance.uniform(0, max(0.0, image.height - diameter)))
    _face(ImageDraw.Draw(image), left, top, diameter)
    return np.array(image, np.uint8)


def screenshot(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """The picture as part of a screenshot: margins of `percent` % of its sides, a bar with buttons above, text below.

    Light or dark by chance. The bar and the text are as tall as a tenth of the picture.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    across, down, bar = round(width * percent / 100), round(height * percent / 100), max(8, round(height / 10))
    paper, ink, panel = _LIGHT if chance.integers(2) else _NIGHT
    screen = Image.new("RGB", (width + 2 * across, height + 2 * down + 2 * bar), paper)
    pen = ImageDraw.Draw(screen)
    pen.rectangle((0, 0, screen.width, bar), fill=panel)
    for number in range(3):
        x = bar * (0.5 + number * 0.7)
        pen.ellipse((x - bar / 5, bar * 0.3, x + bar / 5, bar * 0.7), fill=ink)
    if screen.width > bar * 3.2:  # room for an address beside the buttons
        pen.rounded_rectangle((bar * 2.6, bar * 0.2, screen.width - bar * 0.5, bar * 0.8), bar * 0.3, fill=paper)
    screen.paste(Image.fromarray(picture), (across, bar + down))
    y = bar + 2 * down + height
    for line in range(2):
        end = across + width * float(chance.uniform(0.4, 0.95))
        pen.rectangle((across, y + bar * (0.2 + 0.4 * line), end, y + bar * (0.35 + 0.4 * line)), fill=ink)
    return np.array(screen, np.uint8)


def _face(pen: ImageDraw.ImageDraw, left: float, top: float, size: float) -> None:
    def box(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
        return left + x * size, top + y * size, left + (x + wide) * size, top + (y + high) * size

    pen.ellipse(box(0, 0, 1, 1), fill=_YELLOW, outline=_DARK, width=max(1, round(size / 30)))
    pen.ellipse(box(0.24, 0.26, 0.16, 0.2), fill=_DARK)
    pen.ellipse(box(0.6, 0.26, 0.16, 0.2), fill=_DARK)
    pen.chord(box(0.2, 0.3, 0.6, 0.55), 10, 170, fill=_RED, outline=_DARK, width=max(1, round(size / 40)))
