"""Which frame of an animation stands for it. Imports Pillow."""

from __future__ import annotations

from PIL import Image

from revsearch_tui.core.images.colour import eight_bit, over_ground
from revsearch_tui.core.images.frame_notes import frame_note

_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF", "FLI")
_MOST_FRAMES = 64
_MOST_PIXELS = 100_000_000
_PLAIN = 8
"""Tones, of 256, that the channels of a frame that shows nothing may spread over: compression leaves traces."""


def telling_frame(image: Image.Image) -> tuple[Image.Image, str]:
    """A loaded file's first frame that is not of one colour, and a note where that is not the first of all.

    Looks at no more than 64 frames and 100 million pixels. Where none of these shows anything, it is the first.
    """
    if image.format not in _ANIMATED or not getattr(image, "is_animated", False) or not _is_plain(image):
        return image, ""
    first = image.copy()
    first.format = image.format
    count = int(getattr(image, "n_frames", 1))
    for number in range(1, min(count, _MOST_FRAMES, _MOST_PIXELS // (image.width * image.height))):
        try:
            image.seek(number)
            image.load()
        except Exception:  # a damaged frame; the first is sound
            break
        if not _is_plain(image):
            return image, frame_note(number + 1, count)
    return first, ""


def _is_plain(image: Image.Image) -> bool:
    extrema = over_ground(eight_bit(image)).convert("RGB").getextrema()
    return all(high - low <= _PLAIN for low, high in extrema)  # type: ignore[misc]
