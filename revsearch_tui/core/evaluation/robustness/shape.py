"""Changes of a picture's frame: cut, turned, mirrored, scaled, framed, tilted.

Each function takes a picture (uint8 RGB, H x W x 3), a strength and a source of chance, and gives a new picture. Equal
arguments give equal pixels; a function that leaves nothing to chance ignores the last argument. Pillow does the
resampling, in whole numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from revsearch_tui.api.types import Picture


def crop(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """Cut off `percent` % of the width and of the height (0 to below 100); where the rest lies is left to chance.

    At 20 % a picture keeps 64 % of its area.
    """
    height, width = picture.shape[:2]
    wide, high = max(1, round(width * (1 - percent / 100))), max(1, round(height * (1 - percent / 100)))
    left, top = int(chance.integers(width - wide + 1)), int(chance.integers(height - high + 1))
    return _whole(picture[top : top + high, left : left + wide])


def rotate(picture: Picture, degrees: float, chance: np.random.Generator) -> Picture:
    """Turn about the centre, left or right by chance.

    Multiples of 90 degrees are exact and swap width and height; for others the frame stays, corners that leave it are
    lost and those that come free are black.
    """
    import numpy as np
    from PIL import Image

    signed = degrees if chance.integers(2) else -degrees
    if degrees % 90 == 0:
        return _whole(np.rot90(picture, round(signed / 90)))
    return _pixels(Image.fromarray(picture).rotate(signed, Image.Resampling.BICUBIC))


def mirror(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """Left to right."""
    return _whole(picture[:, ::-1])


def flip(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """Top to bottom, as seen in water."""
    return _whole(picture[::-1])


def scale(picture: Picture, factor: float, chance: np.random.Generator) -> Picture:
    """Width and height times `factor`, by Lanczos."""
    from PIL import Image

    height, width = picture.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return _pixels(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def border(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """A border of `percent` % of the width left and right and of the height above and below, black or white."""
    import numpy as np

    height, width = picture.shape[:2]
    across, down = round(width * percent / 100), round(height * percent / 100)
    framed = np.full((height + 2 * down, width + 2 * across, 3), 255 * chance.integers(2), np.uint8)
    framed[down : down + height, across : across + width] = picture
    return framed


def perspective(picture: Picture, percent: float, chance: np.random.Generator) -> Picture:
    """Move each corner inwards, by chance up to `percent` % of the width and of the height; around it is black."""
    from PIL import Image

    height, width = picture.shape[:2]
    inwards = chance.uniform(0, percent / 100, (4, 2))
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    moved = [
        (x + (-1 if x else 1) * dx * width, y + (-1 if y else 1) * dy * height)
        for (x, y), (dx, dy) in zip(corners, inwards.tolist(), strict=True)
    ]
    coefficients = _homography(moved, corners)
    image = Image.fromarray(picture)
    return _pixels(
        image.transform((width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    )


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> list[float]:
    """The eight numbers that Pillow takes: they map four points of the output, `source`, to points of the input."""
    import numpy as np

    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, np.float64), np.array(right, np.float64))]


def _whole(view: Picture) -> Picture:
    import numpy as np

    return np.ascontiguousarray(view)


def _pixels(image: object) -> Picture:
    import numpy as np

    return np.array(image, np.uint8)
