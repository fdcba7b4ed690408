"""Any mode of Pillow to 8-bit sRGB over white. Imports Pillow."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_READY = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")


def eight_bit(image: Image.Image) -> Image.Image:
    """The loaded image in one of the modes L, LA, RGB, RGBA, CMYK or LAB, with the range of its numbers at 8 bits.

    16-bit greys are divided by 257. Wider integers and floats have no range of their own: values within 0..1 (floats),
    0..255 or 0..65535 are taken as such, anything else is stretched between its least and greatest finite value.
    """
    if image.mode in _SIXTEEN_BIT or image.mode in ("I", "F"):
        return _scaled(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in _READY:
        return image
    modes = {"1": "L", "La": "LA", "RGBa": "RGBA"}
    return image.convert(modes.get(image.mode, "RGB"))


def _scaled(image: Image.Image) -> Image.Image:
    import numpy as np

    values = np.asarray(image)
    if image.mode in _SIXTEEN_BIT:
        table = ((np.arange(65536) + 128) // 257).astype(np.uint8)
        return Image.fromarray(table[values])
    low, high = _range(values, image.mode)
    # In place: a file at the size limit is near the memory limit here.
    numbers = np.nan_to_num(values.astype(np.float32, copy=False), nan=low, posinf=high, neginf=low)
    numbers -= low
    numbers *= 255.0 / (high - low) if high > low else 0.0
    numbers += 0.5
    return Image.fromarray(numbers.clip(0, 255, out=numbers).astype(np.uint8))


def _range(values: npt.NDArray[Any], mode: str) -> tuple[float, float]:
    import numpy as np

    if mode == "I":
        least, greatest = float(values.min()), float(values.max())
    else:
        finite = np.isfinite(values)
        if not finite.any():
            return 0.0, 0.0
        least = float(np.min(values, where=finite, initial=np.inf))
        greatest = float(np.max(values, where=finite, initial=-np.inf))
    if least < 0 or greatest > 65535:
        return least, greatest
    ceilings = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    return 0.0, next(ceiling for ceiling in ceilings if greatest <= ceiling)


def over_white(image: Image.Image) -> Image.Image:
    """An LA or RGBA image laid over white, as L or RGB; any other as it is."""
    if image.mode not in ("LA", "RGBA"):
        return image
    base = "L" if image.mode == "LA" else "RGB"
    white = Image.new(base, image.size, "white")
    white.paste(image.convert(base), mask=image.getchannel("A"))
    return white


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
