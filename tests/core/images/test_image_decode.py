"""What a file's bytes become, and which files are refused with which reason."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from revsearch_tui.api import PictureError, ReaderInfo, UsageError
from revsearch_tui.core.images.crop import parse_crop
from revsearch_tui.core.images.decode import decode_bytes
from revsearch_tui.core.images.limits import WORKING_SIDE
from revsearch_tui.core.images.reasons import CUT_SHORT

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]
Corners = Callable[..., tuple[str, ...]]

UPRIGHT = ("red", "green", "blue", "yellow")
# How a file's pixels must be stored so that a viewer that obeys the orientation shows them upright.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _turned(image: Image.Image, orientation: int) -> tuple[Image.Image, bytes]:
    operation = STORED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return (image if operation is None else image.transpose(operation)), exif.tobytes()


def _refusal(data: bytes, name: str = "some.file") -> str:
    with pytest.raises(PictureError) as caught:
        decode_bytes(data, name)
    assert str(caught.value) == f"{name}: {caught.value.reason}"
    return caught.value.reason


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_exif_orientation_gives_an_upright_picture(
    kind: str, orientation: int, quarters: Make, encode: Encode, corners: Corners
) -> None:
    stored, exif = _turned(quarters(96, 64), orientation)
    decoded = decode_bytes(encode(stored, kind, exif=exif), "x")
    assert (decoded.width, decoded.height) == (96, 64)
    assert decoded.picture.shape == (64, 96, 3)
    assert corners(decoded.picture) == UPRIGHT


@pytest.mark.parametrize("orientation", STORED)
def test_a_large_turned_jpeg_is_upright_after_reduced_scale_decoding(
    orientation: int, quarters: Make, encode: Encode, corners: Corners
) -> None:
    stored, exif = _turned(quarters(2400, 1600), orientation)
    decoded = decode_bytes(encode(stored, "JPEG", exif=exif), "x.jpg")
    assert (decoded.width, decoded.height, decoded.format) == (2400, 1600, "jpeg")
    assert decoded.picture.shape == (640, 960, 3)
    assert corners(decoded.picture) == UPRIGHT


def test_a_damaged_exif_block_does_not_cost_the_picture(quarters: Make, encode: Encode, corners: Corners) -> None:
    data = encode(quarters(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert corners(decode_bytes(data, "x.jpg").picture) == UPRIGHT


def test_pictures_are_contiguous_rgb_bytes_that_nobody_can_write_to(quarters: Make, encode: Encode) -> None:
    picture = decode_bytes(encode(quarters(), "PNG"), "x").picture
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        picture[:] = 0
    with pytest.raises(ValueError, match="WRITEABLE"):
        picture.flags.writeable = True


@pytest.mark.parametrize("size", [(32, 32), (1, 1), (959, 3), (960, 960)])
def test_small_pictures_keep_their_size(size: tuple[int, int], photo: Make, encode: Encode) -> None:
    picture = decode_bytes(encode(photo(*size), "PNG"), "x").picture
    assert picture.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(961, 10), (3000, 2), (1, 2000), (1919, 1081), (1921, 1080), (7700, 40)])
def test_large_pictures_get_exactly_the_working_side(
    kind: str, size: tuple[int, int], photo: Make, encode: Encode
) -> None:
    decoded = decode_bytes(encode(photo(*size), kind), "x")
    height, width = decoded.picture.shape[:2]
    assert max(height, width) == WORKING_SIDE
    assert (decoded.width, decoded.height) == size
    assert abs(width - max(1, size[0] * WORKING_SIDE / max(size))) < 1
    assert abs(height - max(1, size[1] * WORKING_SIDE / max(size))) < 1


def test_reduced_scale_decoding_changes_little(photo: Make, encode: Encode) -> None:
    image = photo(4000, 3000)
    data = encode(image, "JPEG", quality=90)
    exact = np.asarray(Image.open(BytesIO(data)).resize((960, 720), Image.Resampling.HAMMING)).astype(int)
    assert np.abs(decode_bytes(data, "x").picture - exact).mean() < 1.0


def test_the_same_bytes_give_the_same_picture_whatever_the_name(photo: Make, encode: Encode) -> None:
    data = encode(photo(1500, 900), "JPEG")
    first, second = decode_bytes(data, "a.jpg"), decode_bytes(data, "b.heic")
    assert np.array_equal(first.picture, second.picture)


def test_another_process_decodes_to_the_same_picture(photo: Make, encode: Encode) -> None:
    data = encode(photo(1500, 900), "JPEG")
    program = (
        "import sys, zlib; from revsearch_tui.core.images.decode import decode_bytes;"
        "print(zlib.crc32(decode_bytes(sys.stdin.buffer.read(), 'x').picture.tobytes()))"
    )
    told = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, check=True).stdout
    assert int(told) == zlib.crc32(decode_bytes(data, "x").picture.tobytes())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animated_file_gives_its_first_frame(kind: str, encode: Encode) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert decode_bytes(data, "x").picture[10, 10].tolist() == [255, 0, 0]


def test_a_file_of_several_photos_gives_its_first(quarters: Make, encode: Encode, corners: Corners) -> None:
    data = encode(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (30, 30))])
    assert corners(decode_bytes(data, "x.mpo").picture) == UPRIGHT


def test_an_empty_file_is_refused() -> None:
    assert _refusal(b"") == "empty file"


@pytest.mark.parametrize("data", [b"hello, this is text", bytes(4000), b"\x00", b"GRIB" + bytes(100)])
def test_files_that_are_no_pictures_are_refused(data: bytes) -> None:
    assert _refusal(data).startswith("not a picture")


def test_a_damaged_header_is_told_from_no_picture(quarters: Make, encode: Encode) -> None:
    data = encode(quarters(), "PNG")
    assert "PNG" in _refusal(data[:10] + b"\xff" * 20)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA", "JPEG2000", "AVIF"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.98])
def test_truncated_files_are_refused(kind: str, part: float, photo: Make, encode: Encode) -> None:
    data = encode(photo(400, 300), kind)
    reason = _refusal(data[: int(len(data) * part)])
    assert reason == CUT_SHORT or reason.startswith("damaged")
    if kind in ("JPEG", "PNG", "GIF", "BMP"):
        assert reason == CUT_SHORT


def test_a_large_truncated_jpeg_is_refused_at_reduced_scale_too(photo: Make, encode: Encode) -> None:
    data = encode(photo(3000, 2000), "JPEG")
    assert _refusal(data[: len(data) * 9 // 10]) == CUT_SHORT


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


@pytest.mark.parametrize("side", [14_200, 20_000, 60_000])
def test_a_bomb_is_refused_before_its_pixels_are_made(side: int) -> None:
    assert _refusal(_png_header(side, side)).startswith("too large: ")


def _jpeg_header(width: int, height: int, quarters: Image.Image, encode: Encode, **options: object) -> bytes:
    data = bytearray(encode(quarters, "JPEG", **options))
    start = next(i for i in range(2, len(data)) if data[i] == 0xFF and data[i + 1] in (0xC0, 0xC2))
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def test_jpeg_bombs_are_refused_with_their_size(quarters: Make, encode: Encode) -> None:
    for options in ({}, {"progressive": True}):
        with pytest.raises(PictureError) as caught:
            decode_bytes(_jpeg_header(60_000, 60_000, quarters(), encode, **options), "a.jpg")
        assert caught.value.reason == "too large: it has more than 200 million pixels (index.max_megapixels)"
        assert caught.value.detail == "60000 x 60000 pixels"


def test_a_photo_of_a_108_megapixel_camera_is_read(encode: Encode) -> None:
    data = encode(Image.new("L", (12_000, 9_000), 77), "JPEG")
    decoded = decode_bytes(data, "x.jpg")
    assert decoded.picture.shape == (720, 960, 3)
    assert (decoded.width, decoded.height) == (12_000, 9_000)


def test_eps_is_refused_without_running_anything() -> None:
    assert "Ghostscript" in _refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")


def test_a_crop_is_cut_from_the_upright_original(quarters: Make, encode: Encode) -> None:
    stored, exif = _turned(quarters(96, 64), 6)
    data = encode(stored, "PNG", exif=exif)
    decoded = decode_bytes(data, "x", crop=parse_crop("48,0,48,32"))
    assert (decoded.picture.shape, decoded.width, decoded.height) == ((32, 48, 3), 96, 64)
    assert (decoded.picture == (30, 200, 40)).all()


def test_a_crop_of_a_large_jpeg_keeps_its_detail(photo: Make, encode: Encode) -> None:
    image = photo(4000, 3000)
    data = encode(image, "JPEG", quality=95)
    decoded = decode_bytes(data, "x.jpg", crop=parse_crop("1000,500,960,600"))
    assert decoded.picture.shape == (600, 960, 3)
    expected = np.asarray(image.crop((1000, 500, 1960, 1100))).astype(int)
    assert np.abs(decoded.picture - expected).mean() < 2


def test_a_crop_that_allows_reduced_scale_shows_the_same_part(photo: Make, encode: Encode) -> None:
    image = photo(4000, 3000)
    data = encode(image, "JPEG", quality=95)
    decoded = decode_bytes(data, "x.jpg", crop=parse_crop("25%,25%,50%,50%"))
    assert decoded.picture.shape == (720, 960, 3)
    expected = np.asarray(image.crop((1000, 750, 3000, 2250)).resize((960, 720), Image.Resampling.HAMMING)).astype(int)
    assert np.abs(decoded.picture - expected).mean() < 2


def test_a_crop_beyond_the_picture_is_a_usage_error(quarters: Make, encode: Encode) -> None:
    with pytest.raises(UsageError, match="64 x 48"):
        decode_bytes(encode(quarters(), "PNG"), "x", crop=parse_crop("60,0,10,10"))


def _reader(factory: str, **more: object) -> ReaderInfo:
    fields: dict[str, object] = {"suffixes": (".toy",), "magic": ((2, b"TOY"),), **more}
    return ReaderInfo(name="toy", title="Toy", summary="", factory=factory, **fields)  # type: ignore[arg-type]


TOY = """
from PIL import Image
from revsearch_tui.api import PictureError

def make():
    def read(data):
        if data.endswith(b"bad"):
            raise PictureError("the toy is broken")
        if data.endswith(b"bug"):
            raise KeyError("oops")
        image = Image.new("RGB", (40, 30), (1, 2, 3))
        exif = image.getexif()
        exif[0x0112] = 6
        return image
    return read
"""


@pytest.fixture
def toy(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> ReaderInfo:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "toy_reader_of_tests.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(folder))
    return _reader("toy_reader_of_tests:make")


@pytest.mark.parametrize(("name", "data"), [("a.TOY", b"anything"), ("a.bin", b"..TOY...")])
def test_a_plugin_reader_is_found_by_suffix_or_by_content(name: str, data: bytes, toy: ReaderInfo) -> None:
    decoded = decode_bytes(data, name, [toy])
    assert decoded.picture.shape == (30, 40, 3), "readers return upright images: EXIF is not applied again"
    assert decoded.picture[0, 0].tolist() == [1, 2, 3]


def test_a_reader_that_refuses_leaves_the_file_to_the_built_in_formats(
    toy: ReaderInfo, quarters: Make, encode: Encode, corners: Corners
) -> None:
    data = encode(quarters(), "PNG") + b"bad"
    assert corners(decode_bytes(data, "wrongly-named.toy", [toy]).picture) == UPRIGHT


def test_the_reason_of_a_reader_is_told_when_nobody_else_knows_the_file(toy: ReaderInfo) -> None:
    with pytest.raises(PictureError, match="the toy is broken"):
        decode_bytes(b"--- bad", "a.toy", [toy])
    with pytest.raises(PictureError, match="damaged: ") as caught:
        decode_bytes(b"--- bug", "a.toy", [toy])
    assert caught.value.detail == "KeyError: 'oops'"


def test_a_reader_that_cannot_be_imported_is_a_reason_not_a_crash() -> None:
    with pytest.raises(PictureError, match="cannot be loaded"):
        decode_bytes(b"--- toy", "a.toy", [_reader("no_such_module_here:make")])
