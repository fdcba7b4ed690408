"""Any mode of Pillow to 8-bit sRGB over a plain ground, and colour of 16 bits a channel, of which Pillow reads the high
bytes. Imports Pillow; numpy only where it is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WIDE = ("I", "F")
_READY = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")
_LIGHT = 224
"""From here on a channel of 0..255 can hardly be told from white."""
_FEW = 0.005
_OPAQUE = 255
_VISIBLE, _VARIED = 32, 32
"""Opacities, of 0..255: the least that can be seen, and what they differ by where there is a drawing on a ground."""

_BAND_ROWS = 256
_HIGHEST = 31
"""The greatest high byte of a channel that is below an eighth of its range: see `depth`."""
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


def eight_bit(image: Image.Image) -> Image.Image:
    """The loaded image in one of the modes L, LA, RGB, RGBA, CMYK or LAB, with the range of its numbers at 8 bits."""
    if image.mode in _WIDE or image.mode.startswith("I;16"):
        from revsearch_tui.core.images.depth import narrowed

        return narrowed(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in _READY:
        return image
    modes = {"1": "L", "La": "LA", "RGBa": "RGBA"}
    return image.convert(modes.get(image.mode, "RGB"))


def opacity_of(image: Image.Image) -> Image.Image | None:
    """How far an LA or RGBA image hides what lies below it, 0 to 255, as L; None where it hides all of it."""
    if image.mode not in ("LA", "RGBA"):
        return None
    alpha = image.getchannel("A")
    return alpha if alpha.getextrema()[0] < _OPAQUE else None  # type: ignore[operator]


def over_ground(image: Image.Image) -> Image.Image:
    """An LA or RGBA image laid over white, as L or RGB; any other as it is.

    A drawing that is too light to be seen on white, such as a white one, is laid over black.
    """
    if image.mode not in ("LA", "RGBA"):
        return image
    alpha = image.getchannel("A")
    on_white = _over(image, alpha, "white")
    return _over(image, alpha, "black") if _vanishes(on_white, alpha) else on_white


def _over(image: Image.Image, alpha: Image.Image, colour: str) -> Image.Image:
    base = "L" if image.mode == "LA" else "RGB"
    ground = Image.new(base, image.size, colour)
    ground.paste(image.convert(base), mask=alpha)
    return ground


def _vanishes(on_white: Image.Image, alpha: Image.Image) -> bool:
    """Whether a drawing on a transparent ground, laid over white, can hardly be told from it."""
    lowest, highest = alpha.getextrema()
    if highest - lowest < _VARIED:  # type: ignore[operator]
        return False
    darkest, *others = on_white.split()
    for channel in others:
        darkest = ImageChops.darker(darkest, channel)
    return sum(darkest.histogram()[:_LIGHT]) <= _FEW * sum(alpha.histogram()[_VISIBLE:])


def srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An L, RGB, CMYK or LAB image as RGB in sRGB. A profile that is damaged or does not fit the mode is ignored."""
    if profile:
        try:
            transform = _transform(profile, image.mode)
            if transform is not None:
                converted: Image.Image = transform.apply(image)
                return converted if converted.mode == "RGB" else converted.convert("RGB")
        except Exception:  # littlecms reports damage of a profile in many ways, and none is a reason to lose the file
            pass
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> Any:
    """The colour transform of a profile to sRGB; None where the profile is sRGB already."""
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    description = (source.profile.profile_description or "").lower()
    if mode == "RGB" and description.startswith("srgb"):
        return None
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def deep_tiles(image: Image.Image) -> list[Any]:
    """How to read the low bytes of a colour image of 16 bits, of which Pillow reads the high ones; empty for any other.

    Ask before the image is loaded.
    """
    found = []
    for tile in getattr(image, "tile", ()):
        args = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        kind, _, depth = str(args[0]).partition(";16") if args else ("", "", "")
        if kind not in ("RGB", "RGBA", "LA") or image.mode not in ("RGB", "RGBA") or depth not in _OTHER_ORDER:
            return []
        # No mode reads the low bytes of LA: as RGBA, all four bytes are read, and the second is what is wanted.
        swapped = "RGBA" if kind == "LA" else f"{kind};16{_OTHER_ORDER[depth]}"
        arguments = (swapped, *args[1:]) if isinstance(tile[3], tuple) else swapped
        found.append(tile._replace(args=arguments))
    return found


def deepened(image: Image.Image, data: bytes, tiles: list[Any]) -> Image.Image:
    """A loaded colour image of 16 bits; where it uses a small part of its range, with all bits of that part.

    `tiles` are its `deep_tiles`. Where the low bytes cannot be read, the image stays as it is.
    """
    colours = image.getextrema()[:3]
    if not tiles or any(extrema[1] > _HIGHEST for extrema in colours):  # type: ignore[index]
        return image
    try:
        low = Image.open(BytesIO(data), formats=[image.format or ""])
        grey = tiles[0][3] == "RGBA" or tiles[0][3][0] == "RGBA"
        low.tile = tiles
        low.load()
        if low.size != image.size:
            return image
        return _joined(image, low.getchannel("G") if grey else low)
    except Exception:  # what can be seen of it was read already
        return image


def _joined(high: Image.Image, low: Image.Image) -> Image.Image:
    import numpy as np

    from revsearch_tui.core.images.depth import TOP, used

    bounds = [(int(band.min()), int(band.max())) for band in _bands(high, low)]
    least, greatest = min(bound[0] for bound in bounds), max(bound[1] for bound in bounds)
    if least == greatest:
        return high
    top = used(greatest, TOP, whole=True)
    joined = high.copy()
    for number, band in enumerate(_bands(high, low)):
        tones = ((band.astype(np.uint32) * 255 + top // 2) // top).astype(np.uint8)
        part = Image.fromarray(tones)
        if high.mode == "RGBA":
            rows = high.crop((0, number * _BAND_ROWS, high.width, number * _BAND_ROWS + part.height))
            part.putalpha(rows.getchannel("A"))
        joined.paste(part, (0, number * _BAND_ROWS))
    return joined


def _bands(high: Image.Image, low: Image.Image) -> Iterator[npt.NDArray[np.uint16]]:
    """Red, green and blue, (rows, width, 3) of 16 bits, in bands of rows."""
    import numpy as np

    for y in range(0, high.height, _BAND_ROWS):
        box = (0, y, high.width, min(y + _BAND_ROWS, high.height))
        above, below = np.asarray(high.crop(box)), np.asarray(low.crop(box))
        below = below[..., :3] if below.ndim == 3 else below[..., None]
        yield above[..., :3].astype(np.uint16) << 8 | below
