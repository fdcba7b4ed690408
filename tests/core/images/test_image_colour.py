"""Modes, depths, profiles and transparency, all the way to 8-bit sRGB over white."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from revsearch_tui.core.images.decode import decode_bytes

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]


def _pixel(data: bytes) -> list[int]:
    picture = decode_bytes(data, "x").picture
    return [int(value) for value in picture[picture.shape[0] // 2, picture.shape[1] // 2]]


def _display_p3_like() -> bytes:
    """A matrix profile whose red, green and blue are further out than sRGB's, written by hand."""
    import struct

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(number(value) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + bytes(79)
    tags = {
        b"desc": text,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2919, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1572, 0.0666, 0.7841),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4sI4s4s4s", offset + len(body), b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += number(0.9642) + number(1.0) + number(0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def test_a_wide_gamut_profile_is_converted_to_srgb(encode: Encode) -> None:
    colour = (200, 100, 100)
    data = encode(Image.new("RGB", (32, 32), colour), "PNG", icc_profile=_display_p3_like())
    red, green, blue = _pixel(data)
    assert red > 208 and green < 97 and abs(blue - 96) < 6, "the same numbers mean a stronger red in a wider gamut"


def test_an_srgb_profile_changes_nothing(encode: Encode) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(Image.new("RGB", (32, 32), (200, 100, 90)), "PNG", icc_profile=profile)
    assert _pixel(data) == [200, 100, 90]


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 500, _display_p3_like()[:200]])
def test_a_damaged_profile_is_ignored(profile: bytes, encode: Encode) -> None:
    data = encode(Image.new("RGB", (32, 32), (10, 20, 30)), "PNG", icc_profile=profile)
    assert _pixel(data) == [10, 20, 30]


def test_a_profile_of_another_colour_space_is_ignored(encode: Encode) -> None:
    data = encode(Image.new("L", (32, 32), 99), "JPEG", icc_profile=_display_p3_like())
    assert _pixel(data) == [99, 99, 99]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_the_colours_it_prints(kind: str, encode: Encode) -> None:
    cyan = encode(Image.new("CMYK", (32, 32), (255, 0, 0, 0)), kind)
    red, green, blue = _pixel(cyan)
    assert red < 20 and green > 130 and blue > 200
    paper = encode(Image.new("CMYK", (32, 32), (0, 0, 0, 0)), kind)
    assert min(_pixel(paper)) > 250


@pytest.mark.parametrize(("stored", "shown"), [(0, 0), (257, 1), (32896, 128), (65535, 255)])
def test_sixteen_bit_grey_keeps_its_tones(stored: int, shown: int, encode: Encode) -> None:
    image = Image.fromarray(np.full((20, 20), stored, np.uint16))
    for kind in ("PNG", "TIFF"):
        assert _pixel(encode(image, kind)) == [shown] * 3


def test_float_pictures_between_zero_and_one_span_black_to_white(encode: Encode) -> None:
    values = np.tile(np.linspace(0, 1, 5, dtype=np.float32), (4, 1))
    picture = decode_bytes(encode(Image.fromarray(values), "TIFF"), "x").picture
    assert picture[0, :, 0].tolist() == [0, 64, 128, 191, 255]


def test_floats_that_are_not_finite_do_no_harm(encode: Encode) -> None:
    values = np.array([[0.0, np.nan, np.inf, -np.inf, 1000.0, -1000.0]], np.float32)
    picture = decode_bytes(encode(Image.fromarray(values), "TIFF"), "x").picture
    assert picture[0, :, 0].tolist() == [128, 0, 255, 0, 255, 0]


def test_a_picture_of_one_value_without_a_range_is_black(encode: Encode) -> None:
    values = np.full((3, 3), -7.0, np.float32)
    assert _pixel(encode(Image.fromarray(values), "TIFF")) == [0, 0, 0]


def test_palette_pictures_show_their_colours(quarters: Make, encode: Encode) -> None:
    data = encode(quarters().quantize(4), "PNG")
    picture = decode_bytes(data, "x").picture
    assert np.abs(picture[0, 0].astype(int) - (220, 30, 30)).max() <= 2


def test_one_bit_pictures_are_black_and_white(encode: Encode) -> None:
    image = Image.new("1", (16, 16), 1)
    image.paste(0, (0, 0, 8, 16))
    picture = decode_bytes(encode(image, "PNG"), "x").picture
    assert picture[4, 2].tolist() == [0, 0, 0]
    assert picture[4, 12].tolist() == [255, 255, 255]


def test_transparency_lies_over_white(encode: Encode) -> None:
    for alpha, expected in ((0, 255), (255, 0), (128, 127)):
        data = encode(Image.new("RGBA", (16, 16), (0, 0, 0, alpha)), "PNG")
        assert _pixel(data) == [expected] * 3
        data = encode(Image.new("LA", (16, 16), (0, alpha)), "PNG")
        assert _pixel(data) == [expected] * 3


def test_a_transparent_palette_entry_lies_over_white(encode: Encode) -> None:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 200, 10, 10])
    assert _pixel(encode(image, "PNG")) == [200, 10, 10]
    assert _pixel(encode(image, "PNG", transparency=1)) == [255, 255, 255]
    assert _pixel(encode(image, "GIF", transparency=1)) == [255, 255, 255]


def test_a_transparent_colour_of_an_rgb_png_lies_over_white(encode: Encode) -> None:
    data = encode(Image.new("RGB", (16, 16), (9, 8, 7)), "PNG", transparency=(9, 8, 7))
    assert _pixel(data) == [255, 255, 255]


def test_hidden_colours_do_not_bleed_when_a_transparent_picture_is_shrunk(encode: Encode) -> None:
    pixels = np.zeros((1920, 1920, 4), np.uint8)
    pixels[:, ::2] = (255, 0, 0, 0)
    pixels[:, 1::2] = (0, 0, 255, 255)
    picture = decode_bytes(encode(Image.fromarray(pixels), "PNG"), "x").picture
    red, green, blue = (int(value) for value in picture[480, 480])
    assert blue > 250 and abs(red - green) <= 1, "half blue over white, without the hidden red"


def test_lab_pictures_become_srgb(encode: Encode) -> None:
    data = encode(Image.new("LAB", (16, 16), (128, 128, 128)), "TIFF")
    red, green, blue = _pixel(data)
    assert max(red, green, blue) - min(red, green, blue) < 8 and 105 < green < 135
