"""A photo of a screen that shows the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revsearch_tui.core.evaluation.robustness.pixel_changes import clipped, homography

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture

    Floats = npt.NDArray[np.float64]

_MARGIN = 0.1
"""What is seen around the screen, of each side at either end."""
_BEZEL = 0.025
_ROOM, _FRAME = (46, 41, 37), (12, 12, 14)


def screen(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """The picture on a screen in a dark room, photographed from aside: slant, moire, glare, blur, a cast, noise.

    `percent` is how bad it is: at 0 the camera stands straight before the screen and nothing disturbs, at 100 the
    picture is hard to make out.
    """
    import numpy as np
    from PIL import Image, ImageFilter

    bad = percent / 100
    height, width = picture.shape[:2]
    across, down = round(width * _MARGIN), round(height * _MARGIN)
    rim = max(1, round(_BEZEL * max(height, width)))
    size = (width + 2 * across, height + 2 * down)
    room = Image.new("RGB", size, _ROOM)
    room.paste(_FRAME, (across - rim, down - rim, across + width + rim, down + height + rim))
    room.paste(Image.fromarray(picture), (across, down))
    lit = Image.new("L", size)
    lit.paste(255, (across, down, across + width, down + height))

    slant = _slant(size, bad, chance)
    seen, glass = (
        image.transform(size, Image.Transform.PERSPECTIVE, slant, Image.Resampling.BICUBIC, fillcolor=fill)
        for image, fill in ((room, _ROOM), (lit, 0))
    )
    seen = seen.filter(ImageFilter.GaussianBlur(bad * max(size) / 350))
    light = np.asarray(seen, np.float64)
    shown = np.asarray(glass, np.float64)[:, :, None] / 255
    light = light * (1 + shown * 0.35 * bad * _moire(size, chance))
    light = light + shown * 190 * bad * _glare(size, chance)[:, :, None]
    light = light * (1 + 0.22 * bad * chance.uniform(-1, 1, 3))
    return clipped(light + chance.normal(0, 16 * bad, light.shape))


def _slant(size: tuple[int, int], bad: float, chance: np.random.Generator) -> list[float]:
    """The numbers for Pillow that move each corner by up to 14 % of the sides, more inwards than outwards."""
    width, height = size
    corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    inwards = chance.uniform(-0.04 * bad, 0.14 * bad, (4, 2)).tolist()
    moved = [
        (x + (-1 if x else 1) * dx * width, y + (-1 if y else 1) * dy * height)
        for (x, y), (dx, dy) in zip(corners, inwards, strict=True)
    ]
    return homography(moved, corners)


def _moire(size: tuple[int, int], chance: np.random.Generator) -> Floats:
    """(height, width, 3) from -1 to 1: the fine lines of the screen times those of the camera.

    Their product has the sum of both frequencies, which is too fine to be seen, and the difference: broad waves. The
    colours of a screen lie beside each other, so that their waves are shifted.
    """
    import numpy as np

    down, across = np.mgrid[: size[1], : size[0]].astype(np.float64)
    period = float(chance.uniform(2.2, 3.2))
    near = float(chance.uniform(1.04, 1.12))
    waves = []
    for pitch in (period, period * near):
        angle = float(chance.uniform(-0.12, 0.12))
        waves.append(2 * np.pi * (across * np.cos(angle) + down * np.sin(angle)) / pitch)
    shifts = np.array([0, 2, 4]) * np.pi / 3 * float(chance.uniform(0.2, 0.6))
    product: Floats = np.sin(waves[0])[:, :, None] * np.sin(waves[1][:, :, None] + shifts)
    return product


def _glare(size: tuple[int, int], chance: np.random.Generator) -> Floats:
    """(height, width) from 0 to 1: a soft spot, or a soft band across, at any angle."""
    import numpy as np

    down, across = np.mgrid[: size[1], : size[0]].astype(np.float64)
    reach = float(chance.uniform(0.1, 0.2)) * max(size)
    x, y = (across - float(chance.uniform(0.2, 0.8)) * size[0], down - float(chance.uniform(0.2, 0.8)) * size[1])
    angle = float(chance.uniform(0, np.pi))
    aside, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    stretch = 6.0 if chance.integers(2) else 1.5
    found: Floats = np.exp(-((aside / reach) ** 2) - (along / (stretch * reach)) ** 2)
    return found
