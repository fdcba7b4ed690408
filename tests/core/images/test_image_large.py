"""Pictures of very many pixels: one limit for all formats, and memory that holds little of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from revsearch_tui.api import PictureError
from revsearch_tui.core.config.settings import load_config
from revsearch_tui.core.images.decode import decode_bytes
from revsearch_tui.core.images.pool import DecodePool
from revsearch_tui.core.images.scaling import reduced, shrunk
from tests.support.library import Library
from tests.support.program import revsearch
from tests.support.texture import draw as draw_file

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]

SIZE = (4100, 390)
"""As few pixels as are made half as large while they are decoded."""

TIFFS: dict[str, dict[str, object]] = {
    "bare, one strip": {},
    "bare, strips": {"strip_size": 30_000},
    "LZW": {"compression": "tiff_lzw", "strip_size": 30_000},
    "LZW with differences": {"compression": "tiff_lzw", "strip_size": 30_000, "tiffinfo": {317: 2}},
    "Deflate": {"compression": "tiff_adobe_deflate", "strip_size": 100_000},
    "JPEG": {"compression": "jpeg", "strip_size": 200_000, "quality": 95},
    "turned": {"compression": "tiff_lzw", "strip_size": 30_000, "tiffinfo": {274: 6}},
}


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def in_parts(data: bytes) -> tuple[np.ndarray, tuple[int, int]]:
    found = reduced(opened(data), data)
    assert found is not None, "its parts are not known"
    from revsearch_tui.core.images.decoded_picture import upright

    image = upright(found.image, found.orientation).convert("RGB")
    return np.asarray(image).astype(int), (found.width, found.height)


def whole(data: bytes) -> tuple[np.ndarray, tuple[int, int]]:
    image = opened(data)
    image.load()
    return np.asarray(shrunk(image).convert("RGB")).astype(int), image.size


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "CMYK", "1"])
@pytest.mark.parametrize("kind", TIFFS)
def test_a_tiff_file_decoded_in_parts_is_the_whole_one_made_small(
    kind: str, mode: str, photo: Make, encode: Encode
) -> None:
    if kind == "JPEG" and mode in ("P", "RGBA", "1"):
        pytest.skip("JPEG holds no such pixels")
    if kind == "LZW with differences" and mode == "1":
        pytest.skip("bits have no differences")
    image = photo(*SIZE)
    image = image.quantize(64) if mode == "P" else image.convert(mode)
    data = encode(image, "TIFF", **TIFFS[kind])
    (small, size), (expected, full_size) = in_parts(data), whole(data)
    assert size == full_size
    assert small.shape == expected.shape
    assert np.abs(small - expected).max() <= 2


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_wide_numbers_keep_their_range_when_decoded_in_parts(dtype: type, photo: Make, encode: Encode) -> None:
    values = np.asarray(photo(*SIZE).convert("L")).astype(dtype) * 16
    data = encode(Image.fromarray(values), "TIFF", compression="tiff_lzw", strip_size=30_000)
    found = reduced(opened(data), data)
    assert found is not None and found.image.size == (2050, 195)
    image = opened(data)
    image.load()
    assert np.abs(np.asarray(found.image).astype(float) - np.asarray(shrunk(image)).astype(float)).max() <= 1
    blocks = values.reshape(195, 2, 2050, 2).astype(float).mean(axis=(1, 3))
    assert np.abs(np.asarray(found.image) - blocks).max() <= 0.5


@pytest.mark.parametrize("sides", [(256, 64), (128, 128), (64, 16)])
def test_tiles_are_put_together(sides: tuple[int, int], photo: Make) -> None:
    image = photo(*SIZE)
    data = tiled(image, *sides)
    (small, size), (expected, full_size) = in_parts(data), whole(data)
    assert (size, small.shape) == (full_size, expected.shape)
    assert (small == expected).all()


def tiled(image: Image.Image, wide: int, high: int) -> bytes:
    """An uncompressed TIFF of tiles, which Pillow does not write."""
    import struct

    across, down = -(-image.width // wide), -(-image.height // high)
    tiles = [
        image.crop((x * wide, y * high, (x + 1) * wide, (y + 1) * high)).tobytes()
        for y in range(down)
        for x in range(across)
    ]
    number, length = len(tiles), wide * high * 3
    start = 8 + 2 + 12 * 10 + 4
    lists, pixels = start + 6, start + 6 + 8 * number
    entries = [
        (256, 4, 1, image.width),
        (257, 4, 1, image.height),
        (258, 3, 3, start),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (277, 3, 1, 3),
        (322, 4, 1, wide),
        (323, 4, 1, high),
        (324, 4, number, lists),
        (325, 4, number, lists + 4 * number),
    ]
    directory = struct.pack("<H", 10) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    offsets = struct.pack(f"<{number}I", *(pixels + length * n for n in range(number)))
    counts = struct.pack(f"<{number}I", *[length] * number)
    return b"II*\0\x08\0\0\0" + directory + struct.pack("<3H", 8, 8, 8) + offsets + counts + b"".join(tiles)


def test_a_jpeg_2000_file_is_decoded_at_a_smaller_scale(photo: Make, encode: Encode) -> None:
    data = encode(photo(*SIZE), "JPEG2000")
    small, size = in_parts(data)
    expected, _ = whole(data)
    assert (size, small.shape) == (SIZE, expected.shape)
    assert np.abs(small - expected).mean() < 3


def test_a_cut_tiff_file_is_refused_in_parts_too(photo: Make, encode: Encode) -> None:
    data = encode(photo(*SIZE), "TIFF", compression="tiff_lzw", strip_size=30_000)
    with pytest.raises(Exception, match=r".+"):
        in_parts(data[: len(data) // 2])


# The limit


@pytest.mark.drill
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "GIF", "BMP", "WEBP", "JPEG2000", "AVIF"])
def test_every_format_has_the_same_limit_and_the_reason_names_it_and_the_setting(
    kind: str, photo: Make, encode: Encode
) -> None:
    data = encode(photo(1500, 1000), kind)
    with pytest.raises(PictureError) as caught:
        decode_bytes(data, "x", max_pixels=1_000_000)
    assert caught.value.reason == "too large: it has more than 1 million pixels (index.max_megapixels)"
    assert "1500" in caught.value.detail
    assert decode_bytes(data, "x", max_pixels=1_500_000).width == 1500


@pytest.mark.drill
def test_the_limit_is_a_setting_for_indexing_and_for_queries(tmp_path: Path) -> None:
    large = draw_file(tmp_path / "pictures" / "large.png", 1, side=1100)
    draw_file(tmp_path / "pictures" / "small.png", 2)
    home, limit = tmp_path / "home", {"REVSEARCH_INDEX_MAX_MEGAPIXELS": "1"}
    done = revsearch(home, "index", tmp_path / "pictures", "-m", "phash", environment=limit)
    assert b"more than 1 million pixels (index.max_megapixels)" in done.stderr
    refused = revsearch(home, "search", large, "-m", "phash", environment=limit)
    assert refused.returncode == 2 and b"more than 1 million pixels (index.max_megapixels)" in refused.stderr
    assert revsearch(home, "search", large, "-m", "phash").returncode == 0
    assert load_config(tmp_path / "none.toml", {}).number("index.max_megapixels") == 200


def test_a_picture_above_the_limit_is_indexed_once_the_limit_is_raised(tmp_path: Path) -> None:
    draw_file(tmp_path / "pictures" / "large.png", 1, side=1100)
    library = Library(tmp_path / "home")
    assert library.index(tmp_path / "pictures", max_pixels=1_000_000).pictures == 0
    assert library.index(max_pixels=1_000_000).skipped == []
    assert library.index(max_pixels=2_000_000).pictures == 1


# Scans


def scan(mode: str, size: tuple[int, int] = (12_000, 8_000)) -> Image.Image:
    """A page of 96 million pixels with shapes on it."""
    image = Image.new(mode, size, "white")
    pen = ImageDraw.Draw(image)
    for number in range(12):
        left, top = number * size[0] // 13, (number * 5 % 12) * size[1] // 13
        pen.rectangle((left, top, left + size[0] // 10, top + size[1] // 10), fill=number * 20)
    return image


SCANS: dict[str, tuple[str, str, dict[str, object], int]] = {
    "bilevel TIFF": ("1", "TIFF", {"compression": "group4"}, 200),
    "grey TIFF": ("L", "TIFF", {"compression": "tiff_adobe_deflate"}, 200),
    "grey JPEG": ("L", "JPEG", {}, 200),
    "grey PNG": ("L", "PNG", {"compress_level": 1}, 250),
}


@pytest.mark.drill
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory was used")
@pytest.mark.parametrize("kind", SCANS)
def test_a_scan_of_96_megapixels_is_read_in_bounded_memory(kind: str, encode: Encode, tmp_path: Path) -> None:
    mode, form, options, most_mb = SCANS[kind]
    image = scan(mode)
    path = tmp_path / "scan"
    path.write_bytes(encode(image, form, **options))
    program = (
        "import re, sys; from pathlib import Path; from revsearch_tui.core.images.decode import decode_image\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "found = decode_image(data, 'scan')\n"
        "found.image.save(sys.argv[1] + '.png')\n"
        "print(found.width, found.height, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    width, height, used_kb = (int(word) for word in done.stdout.split())
    assert (width, height) == image.size
    assert used_kb / 1024 < most_mb
    expected = np.asarray(image.convert("L").resize((960, 640), Image.Resampling.BOX)).astype(int)
    found = np.asarray(Image.open(f"{path}.png").convert("L")).astype(int)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 2


def test_a_large_scan_is_read_by_a_decoding_process_within_its_memory(encode: Encode) -> None:
    data = encode(scan("RGB"), "PNG", compress_level=1)
    with DecodePool(1, timeout_s=60) as pool:
        decoded = pool.decode(data, "scan.png")
    assert (decoded.width, decoded.height, decoded.picture.shape) == (12_000, 8_000, (640, 960, 3))
