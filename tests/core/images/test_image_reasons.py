"""Why a file is not a picture: the same few sentences whatever decoder met it, and what that said beside them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from revsearch_tui.api import PictureError
from revsearch_tui.core.images import reasons
from revsearch_tui.core.images.decode import decode_bytes
from revsearch_tui.core.images.pool import DecodePool
from tests.drill.mutations import mutated, originals

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]

BEGINNINGS = (
    *(reasons.EMPTY, reasons.UNKNOWN, reasons.CUT_SHORT, reasons.DAMAGED, reasons.UNSUPPORTED, reasons.NO_PIXELS),
    *("damaged: it begins as ", "too large: "),
)


def _refusal(data: bytes, name: str = "some.file") -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode_bytes(data, name)
    return caught.value


def test_mutated_files_of_every_format_are_refused_with_a_reason_of_the_list() -> None:
    sound = originals()
    for seed in range(3000, 3300):
        name, data = mutated(seed, sound)
        try:
            decode_bytes(data, name)
        except PictureError as error:
            assert error.reason.startswith(BEGINNINGS), (seed, name, error.reason)


@pytest.mark.parametrize(
    "kind", ["PCX", "SGI", "TGA", "DDS", "QOI", "PPM", "SPIDER", "IM", "MSP", "XBM", "ICNS", "BLP"]
)
def test_garbled_files_of_rarer_formats_are_refused_with_a_reason_of_the_list(
    kind: str, photo: Make, encode: Encode
) -> None:
    modes = {"SPIDER": "F", "MSP": "1", "XBM": "1", "BLP": "P"}
    size = (128, 128) if kind == "ICNS" else (60, 40)
    whole = encode(photo(*size).convert(modes.get(kind, "RGB")), kind)
    chance = random.Random(zlib.crc32(kind.encode()))
    for _ in range(40):
        data = bytearray(whole[: chance.choice((len(whole), chance.randrange(1, len(whole))))])
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(min(200, len(data)))] = chance.randrange(256)
        try:
            decode_bytes(bytes(data), f"a.{kind.lower()}")
        except PictureError as error:
            assert error.reason.startswith(BEGINNINGS), error.reason


def test_what_the_decoder_said_is_kept_as_the_detail(photo: Make, encode: Encode) -> None:
    data = encode(photo(60, 40), "PPM")
    error = _refusal(data.replace(b"60 40", b"60 4x", 1))
    assert error.reason == reasons.DAMAGED
    assert error.detail.startswith("ValueError: invalid literal for int()")
    assert "int()" not in str(error)


def test_reason_and_detail_come_from_the_decoding_process_too(photo: Make, encode: Encode) -> None:
    data = encode(photo(60, 40), "PPM").replace(b"60 40", b"60 4x", 1)
    with DecodePool(1) as pool, pytest.raises(PictureError) as caught:
        pool.decode(data, "a.ppm")
    assert (caught.value.reason, caught.value.detail) == (reasons.DAMAGED, _refusal(data).detail)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("a.jxl", b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        ("renamed.jpg", b"\xff\x0a" + bytes(60), "JPEG XL"),
        ("a.cr3", b"\0\0\0\x18ftypcrx " + bytes(60), "Canon raw"),
        ("a.wmf", b"\xd7\xcd\xc6\x9a" + bytes(60), "Windows Metafile"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(60), "HEIF"),
    ],
)
def test_pictures_that_only_a_plugin_could_read_are_told_from_no_pictures(name: str, data: bytes, kind: str) -> None:
    assert _refusal(data, name).reason == reasons.needs_reader(kind)
