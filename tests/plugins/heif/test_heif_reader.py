"""HEIC and HEIF files through the reader plugin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("revsearch_heif", reason="the plugin is not installed")
pillow_heif = pytest.importorskip("pillow_heif")

from revsearch_heif.plugin import revsearch_image_readers  # noqa: E402

from revsearch_tui.api import PictureError  # noqa: E402
from revsearch_tui.core.images.crop import parse_crop  # noqa: E402
from revsearch_tui.core.images.decode import decode_bytes  # noqa: E402

READERS = revsearch_image_readers()


def _scene(width: int = 128, height: int = 64) -> Image.Image:
    """Red on the left, blue on the right, a white stripe along the top."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    image.paste((255, 255, 255), (0, 0, width, height // 8))
    return image


def _heif(image: Image.Image, **options: object) -> bytes:
    buffer = BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=90, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def heic() -> bytes:
    try:
        return _heif(_scene())
    except Exception as error:
        pytest.skip(f"this pillow-heif cannot write HEIF: {error}")


def test_describing_the_reader_imports_nothing_heavy() -> None:
    program = (
        "import sys, revsearch_heif.plugin as plugin; plugin.revsearch_image_readers();"
        "print([name for name in ('PIL', 'numpy', 'pillow_heif') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


@pytest.mark.parametrize("name", ["photo.heic", "PHOTO.HEIC", "no suffix"])
def test_heic_is_read_by_name_or_by_content(name: str, heic: bytes) -> None:
    decoded = decode_bytes(heic, name, READERS)
    assert (decoded.width, decoded.height, decoded.format) == (128, 64, "heif")
    assert decoded.picture.shape == (64, 128, 3)
    left, right = decoded.picture[40, 20].astype(int), decoded.picture[40, 100].astype(int)
    assert left[0] - left[2] > 120 and right[2] - right[0] > 120


def test_heic_needs_the_reader(heic: bytes) -> None:
    with pytest.raises(PictureError, match="HEIF"):
        decode_bytes(heic, "photo.heic")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_heic_photos_stand_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = _scene()
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Transpose members that store it so that it needs turning
    if orientation in inverse:
        stored = stored.transpose(Image.Transpose(inverse[orientation]))
    picture = decode_bytes(_heif(stored, exif=exif.tobytes()), "x.heic", READERS).picture.astype(int)
    assert picture.shape == (64, 128, 3)
    assert picture[3, 64].min() > 200, "the white stripe is on top"
    assert picture[40, 20, 0] > picture[40, 20, 2] and picture[40, 100, 2] > picture[40, 100, 0]


def test_a_crop_of_a_heic_photo_is_cut_from_the_upright_picture(heic: bytes) -> None:
    cut = decode_bytes(heic, "x.heic", READERS, parse_crop("50%,50%,50%,50%")).picture
    assert cut.shape == (32, 64, 3)
    assert (cut[:, 8:, 2] > cut[:, 8:, 0]).all()


@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_truncated_heic_files_are_refused(part: float, heic: bytes) -> None:
    with pytest.raises(PictureError):
        decode_bytes(heic[: int(len(heic) * part)], "x.heic", READERS)


def test_a_jpeg_that_is_named_heic_is_read_all_the_same() -> None:
    buffer = BytesIO()
    _scene().save(buffer, "JPEG")
    named = decode_bytes(buffer.getvalue(), "x.heic", READERS)
    assert named.format == "jpeg"
    assert np.array_equal(named.picture, decode_bytes(buffer.getvalue(), "x.jpg").picture)


def test_avif_is_read_by_the_host(make_avif: Callable[[], bytes]) -> None:
    decoded = decode_bytes(make_avif(), "x.avif", READERS)
    assert (decoded.width, decoded.height, decoded.format) == (128, 64, "avif")


@pytest.fixture
def make_avif() -> Callable[[], bytes]:
    def make() -> bytes:
        from PIL import features

        if not features.check("avif"):
            pytest.skip("this Pillow reads no AVIF")
        buffer = BytesIO()
        _scene().save(buffer, "AVIF")
        return buffer.getvalue()

    return make
