"""Changes of a picture: of its pixels in place, of its frame, and what people put on pictures. Each takes a picture
and a strength.

Each function takes a picture (uint8 RGB, H x W x 3), a strength and a source of chance, and gives a new picture. Equal
arguments give equal pixels; a function that leaves nothing to chance ignores the last argument. Pillow does the
resampling, in whole numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL import ImageDraw, ImageFont

    from revsearch_tui.api.types import Picture

WORDS = ("WHEN YOU SEE IT", "so it begins", "Monday again", "NOBODY: nothing", "wait for it", "Happy Birthday!")
_LIGHT = ((250, 250, 250), (70, 70, 70), (225, 225, 225))
_NIGHT = ((24, 24, 24), (190, 190, 190), (48, 48, 48))
_YELLOW, _DARK, _RED = (255, 204, 51), (60, 40, 10), (230, 60, 70)


def jpeg(picture: Picture, quality: float, chance: np.random.Generator) -> Picture:
    """Compressed as JPEG at this quality (1 to 95, Pillow's scale) and read back."""
    import io

    import numpy as np
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=round(quality))
    with Image.open(stream) as image:
        return np.array(image.convert("RGB"), np.uint8)


def blur(picture: Picture, sigma: float, chance: np.random.Generator) -> Picture:
    """A Gaussian blur with this standard deviation in pixels."""
    import numpy as np
    from PIL import Image, ImageFilter

    return np.array(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(sigma)), np.uint8)


def noise(picture: Picture, sigma: float, chance: np.random.Generator) -> Picture:
    """Gaussian noise with this standard deviation, of 255, in each channel on its own."""
    return clipped(picture + chance.normal(0, sigma, picture.shape))


def brightness(picture: Picture, factor: float, chance: np.random.Generator) -> Picture:
    """Every value times `factor`; what goes beyond white is white."""
    return clipped(picture * float(factor))


def contrast(picture: Picture, factor: float, chance: np.random.Generator) -> Picture:
    """Distances from the mean of all values times `factor`."""
    mean = float(picture.mean())
    return clipped((picture - mean) * factor + mean)


def hue(picture: Picture, degrees: float, chance: np.random.Generator) -> Picture:
    """Hues turned by so many degrees of the circle of colours, one way or the other by chance."""
    import numpy as np
    from PIL import Image

    turned = np.array(Image.fromarray(picture).convert("HSV"), np.uint8)
    steps = round(degrees / 360 * 256) * (1 if chance.integers(2) else -1)
    turned[:, :, 0] = (turned[:, :, 0].astype(np.int64) + steps) % 256
    return np.array(Image.fromarray(turned, "HSV").convert("RGB"), np.uint8)


def grey(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """Shades of grey only."""
    import numpy as np
    from PIL import Image

    return np.array(Image.fromarray(picture).convert("L").convert("RGB"), np.uint8)


def invert(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """The negative: every value is 255 less itself."""
    import numpy as np

    return np.asarray(255 - picture, np.uint8)


def clipped(values: np.typing.NDArray[np.floating[Any]]) -> Picture:
    """Values rounded, and cut off at 0 and 255."""
    import numpy as np

    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def text(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A line of white letters with a black outline, `percent` % of the height tall, along the top or the bottom.

    It is made smaller where it would be wider than the picture.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    words = WORDS[int(chance.integers(len(WORDS)))]
    font, size = fitted_font(pen, words, picture.shape[0] * percent / 100, 0.96 * image.width)
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
    draw_face(ImageDraw.Draw(image), left, top, diameter)
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


def fitted_font(
    pen: ImageDraw.ImageDraw, words: str, size: float, wide: float
) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, float]:
    """A font of at most this size, and its size, in which words are no wider than `wide` pixels; at least 6."""
    from PIL import ImageFont

    size = max(6.0, size)
    size = max(6.0, min(size, size * wide / max(1.0, pen.textlength(words, ImageFont.load_default(size)))))
    return ImageFont.load_default(size), size


def draw_face(pen: ImageDraw.ImageDraw, left: float, top: float, size: float) -> None:
    """A round laughing face in a square of this size."""

    def box(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
        return left + x * size, top + y * size, left + (x + wide) * size, top + (y + high) * size

    pen.ellipse(box(0, 0, 1, 1), fill=_YELLOW, outline=_DARK, width=max(1, round(size / 30)))
    pen.ellipse(box(0.24, 0.26, 0.16, 0.2), fill=_DARK)
    pen.ellipse(box(0.6, 0.26, 0.16, 0.2), fill=_DARK)
    pen.chord(box(0.2, 0.3, 0.6, 0.55), 10, 170, fill=_RED, outline=_DARK, width=max(1, round(size / 40)))


def crop(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """Cut off `percent` % of the width and of the height (0 to below 100); where the rest lies is left to chance.

    At 20 % a picture keeps 64 % of its area.
    """
    height, width = picture.shape[:2]
    wide, high = max(1, round(width * (1 - percent / 100))), max(1, round(height * (1 - percent / 100)))
    left, top = int(chance.integers(width - wide + 1)), int(chance.integers(height - high + 1))
    return contiguous(picture[top : top + high, left : left + wide])


def rotate(picture: Picture, degrees: float, chance: np.random.Generator) -> Picture:
    """Turn about the centre, left or right by chance.

    Multiples of 90 degrees are exact and swap width and height; for others the frame stays, corners that leave it are
    lost and those that come free are black.
    """
    import numpy as np
    from PIL import Image

    signed = degrees if chance.integers(2) else -degrees
    if degrees % 90 == 0:
        return contiguous(np.rot90(picture, round(signed / 90)))
    return pixels_of(Image.fromarray(picture).rotate(signed, Image.Resampling.BICUBIC))


def mirror(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """Left to right."""
    return contiguous(picture[:, ::-1])


def flip(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """Top to bottom, as seen in water."""
    return contiguous(picture[::-1])


def scale(picture: Picture, factor: float, chance: np.random.Generator) -> Picture:
    """Width and height times `factor`, by Lanczos."""
    from PIL import Image

    height, width = picture.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return pixels_of(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def border(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A border of `percent` % of the width left and right and of the height above and below, black or white."""
    import numpy as np

    height, width = picture.shape[:2]
    across, down = round(width * percent / 100), round(height * percent / 100)
    framed = np.full((height + 2 * down, width + 2 * across, 3), 255 * chance.integers(2), np.uint8)
    framed[down : down + height, across : across + width] = picture
    return framed


def perspective(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """Move each corner inwards, by chance up to `percent` % of the width and of the height; around it is black."""
    from PIL import Image

    height, width = picture.shape[:2]
    inwards = chance.uniform(0, percent / 100, (4, 2))
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    moved = [
        (x + (-1 if x else 1) * dx * width, y + (-1 if y else 1) * dy * height)
        for (x, y), (dx, dy) in zip(corners, inwards.tolist(), strict=True)
    ]
    coefficients = homography(moved, corners)
    image = Image.fromarray(picture)
    return pixels_of(
        image.transform((width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    )


def homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> list[float]:
    """The eight numbers that Pillow takes: they map four points of the output, `source`, to points of the input."""
    import numpy as np

    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, np.float64), np.array(right, np.float64))]


def contiguous(view: Picture) -> Picture:
    """A view of pixels, laid out in memory as it is seen."""
    import numpy as np

    return np.ascontiguousarray(view)


def pixels_of(image: object) -> Picture:
    """The pixels of a Pillow image."""
    import numpy as np

    return np.array(image, np.uint8)
