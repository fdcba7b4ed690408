"""Changes of a picture's pixels in place: compressed, blurred, noisy, lighter, of other colours.

The functions are of the form that `shape` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from revsearch_tui.api.types import Picture


def jpeg(picture: Picture, quality: float, chance: np.random.Generator) -> Picture:
    """Compressed as JPEG at this quality (1 to 95, Pillow's scale) and read back."""
    import io

    import numpy as np
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=round(quality))
    with Image.open(stream) as image:
        return np.array(image.convert("RGB"), np.uint8)


def blur(picture: Picture, sigma: float, chance: np.random.Generator) -> Picture:
    """A Gaussian blur with this standard deviation in pixels."""
    import numpy as np
    from PIL import Image, ImageFilter

    return np.array(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(sigma)), np.uint8)


def noise(picture: Picture, sigma: float, chance: np.random.Generator) -> Picture:
    """Gaussian noise with this standard deviation, of 255, in each channel on its own."""
    return _clipped(picture + chance.normal(0, sigma, picture.shape))


def brightness(picture: Picture, factor: float, chance: np.random.Generator) -> Picture:
    """Every value times `factor`; what goes beyond white is white."""
    return _clipped(picture * float(factor))


def contrast(picture: Picture, factor: float, chance: np.random.Generator) -> Picture:
    """Distances from the mean of all values times `factor`."""
    mean = float(picture.mean())
    return _clipped((picture - mean) * factor + mean)


def hue(picture: Picture, degrees: float, chance: np.random.Generator) -> Picture:
    """Hues turned by so many degrees of the circle of colours, one way or the other by chance."""
    import numpy as np
    from PIL import Image

    turned = np.array(Image.fromarray(picture).convert("HSV"), np.uint8)
    steps = round(degrees / 360 * 256) * (1 if chance.integers(2) else -1)
    turned[:, :, 0] = (turned[:, :, 0].astype(np.int64) + steps) % 256
    return np.array(Image.fromarray(turned, "HSV").convert("RGB"), np.uint8)


def grey(picture: Picture, strength: float, chance: np.random.Generator) -> Picture:
    """Shades of grey only."""
    import numpy as np
    from PIL import Image

    return np.array(Image.fromarray(picture).convert("L").convert("RGB"), np.uint8)


def _clipped(values: np.typing.NDArray[np.floating[Any]]) -> Picture:
    import numpy as np

    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
