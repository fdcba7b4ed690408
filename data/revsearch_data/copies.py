"""Near-copies of a picture, as they come about in real life: cropped, scaled, recompressed, written over ...

Every transformation takes an RGB picture and a random generator and returns the new picture; the JPEG quality to
save it with stands in `QUALITY` where it is not the usual one.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from revsearch_data.canvas import Rng

Transform = Callable[[Image.Image, Rng], Image.Image]
QUALITY = {"jpeg 20": 20}


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
