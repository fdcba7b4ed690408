"""Two pictures in full size, a part of each at a time; their difference, and one laid over the other. For one worker
thread at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

    from revsearch_tui.tui.pictures.drawing import Drawing
    from revsearch_tui.tui.pictures.loader import PictureLoader

_LONGEST = 3000
"""Pixels of the longer side that are kept of a picture, which bounds the memory that two take."""
_COMPARED = 1024
_KEPT = 2
_STRONGER = 4
"""Differences are small: these many times as strong they are seen."""
_NEAREST = 1 / 16
_STEP = 0.7071


class Part(NamedTuple):
    """The part of a picture that is shown: `share` of its width and height, about a centre; all in 0 to 1."""

    share: float
    x: float
    y: float

    def enlarged(self, step: int) -> Part:
        """As this, nearer for a step of 1 and farther for -1."""
        share = min(1.0, max(_NEAREST, self.share * (_STEP if step > 0 else 1 / _STEP)))
        return Part(1.0 if share > 0.99 else share, self.x, self.y)._within()

    def moved(self, across: int, down: int) -> Part:
        """As this, a quarter of what is shown farther."""
        return Part(self.share, self.x + across * self.share / 4, self.y + down * self.share / 4)._within()

    def _within(self) -> Part:
        half = self.share / 2
        return Part(self.share, min(1 - half, max(half, self.x)), min(1 - half, max(half, self.y)))

    def of(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in a picture of that many pixels."""
        half = self.share / 2
        left, top = int((self.x - half) * width), int((self.y - half) * height)
        return left, top, max(left + 1, round((self.x + half) * width)), max(top + 1, round((self.y + half) * height))


WHOLE = Part(1.0, 0.5, 0.5)


class View(NamedTuple):
    """What is drawn: a file, or the difference of two, a part of it, in at most so many cells. With an `opacity`, 0 to
    100, the second of two is laid over the first."""

    what: str
    paths: tuple[str, ...]
    part: Part
    width: int
    height: int
    opacity: int | None = None


class TwoPictures:
    """Keeps the pictures it drew last."""

    def __init__(self, loader: PictureLoader) -> None:
        self._loader = loader
        self._images: dict[str, Image] = {}
        self._difference: tuple[tuple[str, ...], Image] | None = None
        self.mean_difference: float | None = None
        """Of the pictures whose difference was drawn last: over all pixels and colours, of 255."""

    def draw(self, view: View) -> Drawing:
        """Raises `RevsearchError`, OSError."""
        assert self._loader.renderer is not None
        image = self._overlaid(view, view.opacity) if view.opacity is not None else self._part(view)
        return self._loader.renderer.draw(image, view.width, view.height)

    def _part(self, view: View) -> Image:
        image = self._differing(view.paths) if len(view.paths) > 1 else self._image(view.paths[0])
        return image.crop(view.part.of(*image.size))

    def _overlaid(self, view: View, opacity: int) -> Image:
        """The second picture is stretched over the first."""
        from PIL import Image

        parts = []
        for path in view.paths:
            image = self._image(path)
            parts.append(image.crop(view.part.of(*image.size)).convert("RGB"))
        under, over = parts
        return Image.blend(under, over.resize(under.size), opacity / 100)

    def _image(self, path: str) -> Image:
        if path not in self._images:
            image = self._loader.whole(Path(path), _LONGEST)
            while len(self._images) >= _KEPT:
                del self._images[next(iter(self._images))]
            self._images[path] = image
        return self._images[path]

    def _differing(self, paths: tuple[str, ...]) -> Image:
        """Where two pictures differ: the second is stretched over the first."""
        from PIL import ImageChops, ImageStat

        if self._difference is None or self._difference[0] != paths:
            first, second = (self._image(path).convert("RGB") for path in paths)
            first.thumbnail((_COMPARED, _COMPARED))
            apart = ImageChops.difference(first, second.resize(first.size))
            mean = ImageStat.Stat(apart).mean
            self.mean_difference = sum(mean) / len(mean)
            self._difference = paths, apart.point(lambda value: min(255, value * _STRONGER))
        return self._difference[1]
