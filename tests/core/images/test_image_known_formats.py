"""Every format that the decoder reads is known to what looks for pictures, by its name and, where it can, its bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from revsearch_tui.core.images.decode import FORMATS, decode_bytes
from revsearch_tui.core.images.sniff import PICTURE_SUFFIXES, may_be_picture
from tests.support.library import Library

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]

WITHOUT_MAGIC = ("TGA", "SPIDER", "DIB")
MODES = {"MSP": "1", "XBM": "1", "SPIDER": "F", "BLP": "P", "XPM": "P"}

Image.init()
WRITTEN = sorted(set(Image.SAVE) & set(FORMATS))


def test_every_suffix_of_a_format_that_is_decoded_is_one_of_pictures() -> None:
    suffixes = {suffix for suffix, kind in Image.registered_extensions().items() if kind in FORMATS}
    assert suffixes <= PICTURE_SUFFIXES


def test_no_format_of_pillow_is_forgotten() -> None:
    left_out = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG", "IPTC"}
    assert set(Image.OPEN) - left_out - {"MPO"} == set(FORMATS)


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_picture_of_every_format_is_found_without_a_suffix_and_decoded(
    kind: str, photo: Make, encode: Encode, tmp_path: Path
) -> None:
    image = photo(128, 128).convert(MODES.get(kind, "RGB"))
    path = tmp_path / "noname"
    path.write_bytes(encode(image, kind))
    height, width, _ = decode_bytes(path.read_bytes(), "noname").picture.shape
    assert (height, width) == (128, 128) or kind == "ICNS", "which holds larger copies"
    assert may_be_picture(bytes(path), ()) or kind in WITHOUT_MAGIC


FIRST_BYTES = {
    "FTEX": b"FTEX\0\0\0\0",
    "DCX": b"\xb1\x68\xde\x3a",
    "FITS": b"SIMPLE  =                    T",
    "FLI": struct.pack("<IHHHHHHH", 1000, 0xAF11, 3, 64, 48, 8, 3, 0) + bytes(20),
    "SUN": b"\x59\xa6\x6a\x95",
    "XPM": b"/* XPM */\nstatic char * x[] = {",
    "GBR": struct.pack(">IIIII4s", 28, 2, 8, 8, 1, b"GIMP"),
    "PIXAR": b"\x80\xe8\0\0",
    "MCIDAS": b"\0\0\0\0\0\0\0\4",
    "CUR": b"\0\0\2\0\1\0",
    "XVTHUMB": b"P7 332\n",
    "BigTIFF": b"II+\0\x08\0\0\0",
    "PBM as text": b"P1\n3 3\n0 1 0",
    "PFM": b"PF\n3 3\n-1.0\n",
    "JPEG XL": b"\xff\x0a\xfa\x1f",
}


@pytest.mark.parametrize("kind", FIRST_BYTES)
def test_formats_that_pillow_only_reads_are_known_by_their_first_bytes(kind: str, tmp_path: Path) -> None:
    (tmp_path / "noname").write_bytes(FIRST_BYTES[kind])
    assert may_be_picture(bytes(tmp_path / "noname"), ())


@pytest.mark.parametrize(
    "data", [b"", b"P5 is a fine page size", b"#define WIDTH 3\n", b"\n\n\n", b"%PDF-1.7\n", b"#!/bin/sh\n", bytes(64)]
)
def test_text_and_other_files_are_not_taken_for_pictures(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "noname").write_bytes(data)
    assert not may_be_picture(bytes(tmp_path / "noname"), ())


def texture_file(image: Image.Image) -> bytes:
    """A picture as a game's texture file, which Pillow reads and does not write."""
    pixels = image.tobytes()
    header = struct.pack("<4si2i2i2i", b"FTEX", 0, *image.size, 1, 1, 1, 32)
    return header + struct.pack("<i", len(pixels)) + pixels


@pytest.mark.parametrize("name", ["texture.ftc", "texture.FTU", "texture"])
def test_texture_files_are_indexed(name: str, photo: Make, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / name).write_bytes(texture_file(photo(40, 30)))
    (folder / "notes.txt").write_text("no picture")
    library = Library(tmp_path / "home")
    report = library.index(folder)
    assert (report.pictures, report.skipped, report.others) == (1, [], 1)
    assert library.found(folder / name) == [folder / name]
