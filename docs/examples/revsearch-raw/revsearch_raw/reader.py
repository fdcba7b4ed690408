"""RAW files by LibRaw. The host calls it in a process of its own."""

from collections.abc import Callable
from io import BytesIO

import rawpy
from PIL import Image, ImageOps
from revsearch_tui.api import PictureError

_ENOUGH = 960
"""Pixels of the longest side: methods see no more of any picture."""
_MOST_PIXELS = 300_000_000

_ORIENTATION = 0x0112

_TURNED = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.ROTATE_90,
    6: Image.Transpose.ROTATE_270,
}
"""What LibRaw's numbers for how the camera was held ask for."""


def make() -> Callable[[bytes], Image.Image]:
    return read


def read(data: bytes) -> Image.Image:
    """The picture, upright: the preview that the camera made, if it is large enough, else developed from the sensor's
    values. Raises `PictureError` where the bytes are none that LibRaw knows."""
    try:
        with rawpy.imread(BytesIO(data)) as raw:
            width, height = raw.sizes.width, raw.sizes.height
            if not 0 < width * height <= _MOST_PIXELS:
                raise PictureError(f"a RAW picture of {width} x {height} pixels")
            return _preview(raw) or _developed(raw)
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        raise PictureError("damaged, or no RAW file that LibRaw knows", detail=_told(error)) from None


def _preview(raw: rawpy.RawPy) -> Image.Image | None:
    """The preview within the file, where it shows as much as methods look at and can be read."""
    wanted = min(_ENOUGH, max(raw.sizes.width, raw.sizes.height))
    try:
        thumb = raw.extract_thumb()
        image: Image.Image
        if isinstance(thumb.data, bytes):
            image = Image.open(BytesIO(thumb.data), formats=["JPEG"])
            image.load()
        else:
            image = Image.fromarray(thumb.data)
    except (rawpy.LibRawError, OSError, SyntaxError, ValueError):
        return None
    if max(image.size) < wanted:
        return None
    turn = _TURNED.get(raw.sizes.flip)
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    elif turn is not None and _lies_as_the_sensor(image, raw):
        image = image.transpose(turn)
    return image.convert("RGB")


def _lies_as_the_sensor(image: Image.Image, raw: rawpy.RawPy) -> bool:
    """Whether a preview has the sensor's orientation and not that of the picture, which some cameras give it."""
    return raw.sizes.flip == 3 or (image.width >= image.height) == (raw.sizes.raw_width >= raw.sizes.raw_height)


def _developed(raw: rawpy.RawPy) -> Image.Image:
    """With the white balance of the camera; at half the size, which needs no demosaicing, where that is enough."""
    halved = max(raw.sizes.width, raw.sizes.height) // 2 >= _ENOUGH
    return Image.fromarray(raw.postprocess(use_camera_wb=True, half_size=halved, output_bps=8))


def _told(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
