import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from revsearch_tui.api import PictureError

pytest.importorskip("rawpy")

from revsearch_raw.reader import read


def scene(width: int = 160, height: int = 120) -> np.ndarray:
    """Red above to the left, green to the right, blue below."""
    colours = np.zeros((height, width, 3), np.uint8)
    colours[: height // 2, : width // 2, 0] = 200
    colours[: height // 2, width // 2 :, 1] = 200
    colours[height // 2 :, :, 2] = 200
    return colours


def jpeg(colours: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "JPEG", quality=90)
    return file.getvalue()


def strongest(image: Image.Image, across: float, down: float) -> str:
    pixel = image.getpixel((int(across * image.width), int(down * image.height)))
    assert isinstance(pixel, tuple)
    return "RGB"[int(np.argmax(pixel))]


def test_the_sensors_values_are_developed(dng: Callable[..., bytes]) -> None:
    image = read(dng(scene()))
    assert image.mode == "RGB" and abs(image.width - 160) <= 8 and abs(image.height - 120) <= 8
    assert [strongest(image, 0.25, 0.25), strongest(image, 0.75, 0.25), strongest(image, 0.5, 0.75)] == ["R", "G", "B"]


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0.25, 0.25)), (3, (0.75, 0.75)), (6, (0.75, 0.25)), (8, (0.25, 0.75))]
)
def test_a_picture_stands_as_the_camera_was_held(
    dng: Callable[..., bytes], orientation: int, corner: tuple[float, float]
) -> None:
    image = read(dng(scene(), orientation))
    assert (image.width > image.height) == (orientation in (1, 3))
    assert strongest(image, *corner) == "R"


def test_a_preview_that_is_large_enough_is_taken(dng: Callable[..., bytes]) -> None:
    inside = np.full((720, 1080, 3), (250, 250, 10), np.uint8)
    image = read(dng(scene(1600, 1200), preview=jpeg(inside), preview_size=(1080, 720)))
    assert image.size == (1080, 720)
    pixel = image.getpixel((500, 300))
    assert isinstance(pixel, tuple) and pixel[0] > 200 and pixel[2] < 80


def test_a_preview_is_turned_as_the_picture_is(dng: Callable[..., bytes]) -> None:
    image = read(dng(scene(1600, 1200), 6, preview=jpeg(scene(1080, 720)), preview_size=(1080, 720)))
    assert image.size == (720, 1080) and strongest(image, 0.75, 0.25) == "R"


def test_a_preview_that_is_too_small_is_not(dng: Callable[..., bytes]) -> None:
    inside = np.full((120, 160, 3), (250, 250, 10), np.uint8)
    image = read(dng(scene(1600, 1200), preview=jpeg(inside), preview_size=(160, 120)))
    assert max(image.size) > 700 and strongest(image, 0.25, 0.25) == "R"


@pytest.mark.parametrize("data", [b"", b"no picture", bytes(5000)])
def test_what_is_no_raw_file_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(PictureError, match="no RAW file that LibRaw knows"):
        read(data)


def test_a_file_that_ends_early_is_refused_or_read_in_part(dng: Callable[..., bytes]) -> None:
    whole = dng(scene())
    for length in (20, 200, 400):
        with pytest.raises(PictureError):
            read(whole[:length])
