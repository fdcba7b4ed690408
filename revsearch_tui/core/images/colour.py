"""Any mode of Pillow to 8-bit sRGB over a plain ground. Imports Pillow."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops

_WIDE = ("I", "F")
_READY = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")

_LIGHT = 224
"""From here on a channel of 0..255 can hardly be told from white."""

_FEW = 0.005
_VISIBLE, _VARIED = 32, 32
"""Opacities, of 0..255: the least that can be seen, and what they differ by where there is a drawing on a ground."""


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
