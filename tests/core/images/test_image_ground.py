"""What a transparent picture is laid on: white, and black where a drawing cannot be seen on white."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from revsearch_tui.core.images.decode import decode_bytes

Encode = Callable[..., bytes]


def drawing(colour: tuple[int, ...], mode: str = "RGBA", opacity: int = 255) -> Image.Image:
    """Shapes of one colour on a transparent ground."""
    image = Image.new(mode, (200, 150), (*colour[: len(mode) - 1], 0))
    pen = ImageDraw.Draw(image)
    ink = (*colour[: len(mode) - 1], opacity)
    pen.ellipse((20, 20, 90, 120), fill=ink)
    pen.line((100, 10, 190, 140), fill=ink, width=5)
    return image


def over(image: Image.Image, ground: str) -> np.ndarray:
    base = Image.new("RGBA", image.size, ground)
    base.alpha_composite(image.convert("RGBA"))
    return np.asarray(base.convert("RGB")).astype(int)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("colour", [(255, 255, 255), (240, 250, 245)])
def test_a_white_drawing_lies_on_black(kind: str, colour: tuple[int, ...], encode: Encode) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    image = drawing(colour)
    picture = decode_bytes(encode(image, kind, **options), "x").picture
    assert np.abs(picture - over(image, "black")).max() <= 1


def test_a_white_drawing_of_greys_of_a_palette_and_half_transparent_lies_on_black(encode: Encode) -> None:
    grey = drawing((255,), "LA")
    palette = Image.new("P", (200, 150), 0)
    palette.putpalette([0, 0, 0, 255, 255, 255])
    ImageDraw.Draw(palette).ellipse((20, 20, 90, 120), fill=1)
    assert decode_bytes(encode(grey, "PNG"), "x").picture[70, 50].tolist() == [255] * 3
    assert decode_bytes(encode(grey, "PNG"), "x").picture[2, 2].tolist() == [0] * 3
    for kind in ("PNG", "GIF"):
        picture = decode_bytes(encode(palette, kind, transparency=0), "x").picture
        assert (picture[70, 50].tolist(), picture[2, 2].tolist()) == ([255] * 3, [0] * 3)
    faint = drawing((255, 255, 255), opacity=120)
    assert decode_bytes(encode(faint, "PNG"), "x").picture[70, 50].tolist() == [120] * 3


@pytest.mark.parametrize(
    "colour", [(0, 0, 0), (120, 120, 120), (200, 200, 200), (255, 255, 0), (255, 120, 120), (0, 255, 255)]
)
def test_a_drawing_that_is_seen_on_white_stays_there(colour: tuple[int, ...], encode: Encode) -> None:
    image = drawing(colour)
    assert np.abs(decode_bytes(encode(image, "PNG"), "x").picture - over(image, "white")).max() <= 1


def test_a_white_drawing_with_dark_lines_stays_on_white(encode: Encode) -> None:
    image = drawing((255, 255, 255))
    ImageDraw.Draw(image).ellipse((20, 20, 90, 120), outline=(0, 0, 0, 255))
    assert decode_bytes(encode(image, "PNG"), "x").picture[2, 2].tolist() == [255] * 3


def test_what_is_evenly_transparent_or_not_to_be_seen_at_all_stays_on_white(encode: Encode) -> None:
    for opacity in (0, 5, 128, 255):
        data = encode(Image.new("RGBA", (30, 30), (255, 255, 255, opacity)), "PNG")
        assert (decode_bytes(data, "x").picture == 255).all()


def test_the_ground_of_a_large_white_drawing_is_black_too(encode: Encode) -> None:
    image = drawing((255, 255, 255)).resize((2000, 1500), Image.Resampling.BICUBIC)
    picture = decode_bytes(encode(image, "PNG"), "x").picture
    assert (picture[4, 4].tolist(), picture[330, 260].tolist()) == ([0] * 3, [255] * 3)
