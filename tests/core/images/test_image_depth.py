"""Files of more than 8 bits: those that use a small part of their range look as their 8-bit versions do."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from revsearch_tui.core.images.decode import decode_bytes
from tests.support.drawn import draw_folder
from tests.support.library import Library

Encode = Callable[..., bytes]
Numbers = npt.NDArray[np.generic]


@pytest.fixture
def tones() -> npt.NDArray[np.float64]:
    """(90, 120, 3) smooth tones from 0 to 1, different in each channel."""
    rng = np.random.default_rng(7)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    values = np.asarray(small.resize((120, 90), Image.Resampling.BICUBIC)).astype(np.float64)
    return (values - values.min()) / (values.max() - values.min())


def png16(values: Numbers) -> bytes:
    """A PNG of 16 bits a channel from (h, w, 1 to 4) numbers; Pillow writes such files of greys only."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = values.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def tiff16(values: Numbers, order: str = "<", compression: int = 1) -> bytes:
    """A TIFF of 16 bits a channel, in one strip, packed or not (8: Deflate)."""
    height, width, channels = values.shape
    raw = values.astype(f"{order}u2").tobytes()
    raw = zlib.compress(raw) if compression == 8 else raw
    bits = struct.pack(f"{order}{channels}H", *[16] * channels)
    tags: Sequence[tuple[int, int, int, int | bytes]] = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, channels, bits if channels > 2 else 16),
        (259, 3, 1, compression),
        (262, 3, 1, 2 if channels >= 3 else 1),
        (273, 4, 1, -1),
        (277, 3, 1, channels),
        (278, 4, 1, height),
        (279, 4, 1, len(raw)),
        *([(338, 3, 1, 2)] if channels == 4 else []),
    ]
    start = 8 + 2 + 12 * len(tags) + 4
    directory, extra = struct.pack(f"{order}H", len(tags)), b""
    for tag, form, count, value in tags:
        if isinstance(value, bytes):
            packed, extra = struct.pack(f"{order}I", start + len(extra)), extra + value
        elif value == -1:
            packed = struct.pack(f"{order}I", start + 2 * (channels if channels > 2 else 0))
        else:
            packed = struct.pack(f"{order}{'H' if form == 3 else 'I'}", value).ljust(4, b"\0")
        directory += struct.pack(f"{order}HHI", tag, form, count) + packed
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(f"{order}I", 8) + directory + bytes(4) + extra + raw


def picture_of(data: bytes, name: str = "x") -> npt.NDArray[np.int64]:
    return np.asarray(decode_bytes(data, name).picture).astype(np.int64)


def eight_bit_version(tones: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.rint(tones * 255).astype(np.int64)


COLOURS: dict[str, Callable[[Numbers], bytes]] = {
    "PNG": png16,
    "TIFF": tiff16,
    "TIFF, other byte order": lambda values: tiff16(values, ">"),
    "TIFF, packed": lambda values: tiff16(values, "<", 8),
}
GREYS: dict[str, Callable[[Numbers], bytes]] = {
    "PNG": png16,
    "TIFF": tiff16,
    "TIFF, other byte order": lambda values: tiff16(values, ">"),
}


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("form", GREYS)
def test_a_grey_file_looks_as_its_8_bit_version(form: str, bits: int, tones: npt.NDArray[np.float64]) -> None:
    grey = tones[..., :1]
    found = picture_of(GREYS[form](np.rint(grey * (2**bits - 1))))
    assert np.abs(found - eight_bit_version(grey)).max() <= 1


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("form", COLOURS)
def test_a_colour_file_looks_as_its_8_bit_version(form: str, bits: int, tones: npt.NDArray[np.float64]) -> None:
    found = picture_of(COLOURS[form](np.rint(tones * (2**bits - 1))))
    assert np.abs(found - eight_bit_version(tones)).max() <= 1
    assert len(np.unique(found)) > 200, "with all its tones"


@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_of_a_12_bit_file_is_its_own(channels: int, tones: npt.NDArray[np.float64]) -> None:
    values = np.rint(tones[..., : channels - 1] * 4095)
    opacity = np.full((*values.shape[:2], 1), 65535.0)
    opacity[:20] = 0
    found = picture_of(png16(np.concatenate([values, opacity], axis=2)))
    assert (found[:20] == 255).all()
    expected = eight_bit_version(tones[20:, :, : channels - 1])
    assert np.abs(found[20:] - expected).max() <= 1


def test_a_colour_tiff_with_transparency_looks_as_its_8_bit_version(tones: npt.NDArray[np.float64]) -> None:
    values = np.concatenate([np.rint(tones * 4095), np.full((*tones.shape[:2], 1), 65535.0)], axis=2)
    assert np.abs(picture_of(tiff16(values)) - eight_bit_version(tones)).max() <= 1


def test_a_photograph_that_uses_its_range_is_what_pillow_makes_of_it(tones: npt.NDArray[np.float64]) -> None:
    data = png16(np.rint(tones * 20_000))
    expected = np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(np.int64)
    assert (picture_of(data) == expected).all()


@pytest.mark.parametrize("value", [0, 3, 257, 4095])
def test_a_file_of_one_value_keeps_its_tone(value: int) -> None:
    for channels in (1, 3):
        found = picture_of(png16(np.full((8, 8, channels), value)))
        assert (found == (value + 128 * (channels == 1)) // (257 - (channels == 3))).all()


def test_noise_in_a_black_file_stays_black() -> None:
    values = np.random.default_rng(1).integers(0, 4, (40, 40, 1))
    assert picture_of(png16(values)).max() <= 3


@pytest.mark.parametrize(
    ("scale", "kind"),
    [(4095, np.int32), (1023, np.int32), (1 / 16, np.float32), (1 / 200, np.float32), (8.0, np.float32)],
)
def test_wide_integers_and_floats_that_use_little_of_their_range_are_not_black(
    scale: float, kind: type, tones: npt.NDArray[np.float64], encode: Encode
) -> None:
    found = picture_of(encode(Image.fromarray((tones[..., 0] * scale).astype(kind)), "TIFF"))
    assert found.max() >= 120 and len(np.unique(found)) > 100


def test_one_wild_value_does_not_cost_the_rest_of_a_wide_picture(
    tones: npt.NDArray[np.float64], encode: Encode
) -> None:
    values = (tones[..., 0] * 900_000).astype(np.int32)
    values[3, 3] = 2**31 - 1
    found = picture_of(encode(Image.fromarray(values), "TIFF"))
    assert len(np.unique(found)) > 200


def test_low_bytes_that_cannot_be_read_cost_nothing(tones: npt.NDArray[np.float64]) -> None:
    from revsearch_tui.core.images.colour import deep_tiles, deepened

    data = png16(np.rint(tones * 4095))
    image = Image.open(BytesIO(data))
    tiles = deep_tiles(image)
    image.load()
    assert deepened(image, data[:200], tiles) is image


def test_local_features_find_a_picture_by_its_12_bit_version(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    drawn = draw_folder(folder, range(4)) / "p02.png"
    deep = np.asarray(Image.open(drawn)).astype(np.uint16) * 16
    (tmp_path / "deep.png").write_bytes(png16(deep))
    library = Library(tmp_path / "home", ["sift"])
    library.index(folder)
    first = library.search(tmp_path / "deep.png", k=1)[0]
    assert first.path == drawn and first.verified
