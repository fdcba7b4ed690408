"""The kinds of copies, with the strengths that are tried where the user names none: everyday ones, and hard ones that
are asked for by name or as `hard`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.evaluation.record import change_label
from revsearch_tui.core.evaluation.robustness import pixel_changes, repost_changes
from revsearch_tui.core.evaluation.robustness.screen_change import screen

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture


@dataclass(frozen=True, slots=True)
class Transformation:
    """`strengths` are the everyday defaults and `hard` the hard ones; a user's lie in `minimum` to `maximum`. `unit` is
    what a strength counts in; empty where the change has no strength, which then is 1. A change `with_others` takes
    other pictures as its last argument."""

    name: str
    change: Callable[..., Picture]
    strengths: tuple[float, ...]
    unit: str
    minimum: float
    maximum: float
    hard: tuple[float, ...] = ()
    with_others: bool = False


TRANSFORMATIONS: tuple[Transformation, ...] = (
    Transformation("crop", pixel_changes.crop, (10, 20, 30, 40, 50), "% of each side cut off", 0, 95, (68.4, 77.6)),
    Transformation("rotation", pixel_changes.rotate, (5, 15, 25, 45, 90), "degrees", 0, 360, (180,)),
    Transformation("mirror", pixel_changes.mirror, (1,), "", 1, 1),
    Transformation("flip", pixel_changes.flip, (1,), "", 1, 1),
    Transformation("scale", pixel_changes.scale, (0.25, 0.5, 2), "times each side", 0.02, 4),
    Transformation("jpeg", pixel_changes.jpeg, (10, 30, 50, 70, 90), "quality", 1, 95),
    Transformation("blur", pixel_changes.blur, (1, 3, 5), "pixels (standard deviation)", 0, 50),
    Transformation("noise", pixel_changes.noise, (5, 15, 30), "of 255 (standard deviation)", 0, 255),
    Transformation("brightness", pixel_changes.brightness, (0.5, 1.5, 2), "times", 0, 10),
    Transformation("contrast", pixel_changes.contrast, (0.5, 1.5), "times", 0, 10),
    Transformation("hue", pixel_changes.hue, (15, 45, 90), "degrees", 0, 180),
    Transformation("grey", pixel_changes.grey, (1,), "", 1, 1),
    Transformation("text", pixel_changes.text, (10, 20), "% of the height", 1, 50),
    Transformation("sticker", pixel_changes.sticker, (20, 40), "% of the shorter side", 1, 100),
    Transformation("border", pixel_changes.border, (5, 15, 30), "% of each side added at either end", 0, 100),
    Transformation("screenshot", pixel_changes.screenshot, (5, 15), "% of each side as margin", 0, 100),
    Transformation("perspective", pixel_changes.perspective, (5, 10, 20), "% that corners move at most", 0, 45),
    Transformation("screen", screen, (), "% of the worst", 0, 100, (30, 60)),
    Transformation("collage", repost_changes.collage, (), "pictures", 2, 4, (2, 4), with_others=True),
    Transformation("page", repost_changes.page, (), "% of the page", 2, 90, (17,)),
    Transformation("story", repost_changes.story, (), "", 1, 1, (1,)),
    Transformation("caption", repost_changes.caption, (), "% of the height, each band", 1, 100, (20,)),
    Transformation("watermark", repost_changes.watermark, (), "% opaque", 1, 100, (50,)),
    Transformation("emoji", repost_changes.emoji, (), "faces and shapes", 1, 100, (6,)),
    Transformation("invert", pixel_changes.invert, (), "", 1, 1, (1,)),
    Transformation("mirror-crop", repost_changes.mirror_crop, (), "% of the area left", 1, 100, (40,)),
    Transformation("turn-crop", repost_changes.turn_crop, (), "degrees", 0, 360, (37,)),
    Transformation("thumbnail", repost_changes.thumbnail, (), "pixels each side", 8, 512, (64,)),
    Transformation("tiny", repost_changes.tiny, (), "pixels of the longest side", 16, 640, (160,)),
)
"""Kept areas of the hard crops: 10 % and 5 %."""

HARD, EVERY = "hard", "all"
"""Stand for the hard strengths of every change, and for all strengths."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One transformation at one strength."""

    transformation: str
    strength: float

    @property
    def label(self) -> str:
        """As `change_label` says."""
        return change_label(self.transformation, self.strength)


def find(name: str) -> Transformation:
    """The transformation of that name. Raises `UsageError`."""
    for transformation in TRANSFORMATIONS:
        if transformation.name == name:
            return transformation
    names = [*(transformation.name for transformation in TRANSFORMATIONS), HARD, EVERY]
    raise UsageError(f"there is no transformation '{name}'; {instead(name, names)}")


def parse_variants(texts: Sequence[str]) -> list[Variant]:
    """What `NAME` (at its default strengths), `NAME=V1,V2`, `hard` and `all` ask for; everyday strengths of all where
    nothing is given.

    Raises `UsageError` for an unknown name, and for a strength that is no number or out of range.
    """
    variants: list[Variant] = []
    for text in texts:
        name, equals, values = text.partition("=")
        if text in (HARD, EVERY):
            variants += _defaults(everyday=text == EVERY)
            continue
        transformation = find(name)
        if equals and not transformation.unit:
            raise UsageError(f"the transformation '{name}' has no strength; write it without '='")
        strengths = [_strength(transformation, value) for value in values.split(",")] if equals else None
        defaults = (*transformation.strengths, *transformation.hard)
        variants += [Variant(name, strength) for strength in strengths or defaults]
    if not texts:
        variants = _defaults(hard=False)
    return list(dict.fromkeys(variants))


def _defaults(*, everyday: bool = True, hard: bool = True) -> list[Variant]:
    return [
        Variant(transformation.name, strength)
        for transformation in TRANSFORMATIONS
        for strength in (
            *transformation.strengths[: None if everyday else 0],
            *transformation.hard[: None if hard else 0],
        )
    ]


def shows_others(variant: Variant) -> bool:
    """Whether a copy of this kind shows other pictures beside its original."""
    return find(variant.transformation).with_others


def make_copy(
    picture: Picture, image_id: bytes, variant: Variant, seed: int, others: Sequence[Picture] = ()
) -> Picture:
    """A changed copy of a picture (uint8 RGB, H x W x 3), its longest side at most the working size.

    `others` are pictures that it may be put beside. The same for the same picture, image id, variant, seed and others:
    chance is drawn from a hash of image id, variant and seed.
    """
    import numpy as np

    from revsearch_tui.core.images.limits import WORKING_SIDE

    named = f"{image_id.hex()} {variant.transformation} {variant.strength:.9g} {seed}"
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(named.encode()).digest()[:16]))
    transformation = find(variant.transformation)
    beside = (others,) if transformation.with_others else ()
    made = transformation.change(picture, variant.strength, chance, *beside)
    if max(made.shape[:2]) > WORKING_SIDE:  # as a file of that size would be when it is decoded
        from PIL import Image

        from revsearch_tui.core.images.scaling import shrink

        made = np.array(shrink(Image.fromarray(made)), np.uint8)
    return made


def _strength(transformation: Transformation, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not transformation.minimum <= value <= transformation.maximum:
        raise UsageError(
            f"the strength of '{transformation.name}' is a number from {transformation.minimum:g} to "
            f"{transformation.maximum:g} ({transformation.unit}), not '{text}'"
        )
    return value
