"""The kinds of copies, with the strengths that are tried where the user names none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from revsearch_tui.api import UsageError
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.evaluation.record import change_label
from revsearch_tui.core.evaluation.robustness import pixel_changes

if TYPE_CHECKING:
    import numpy as np

    from revsearch_tui.api.types import Picture

Change: TypeAlias = "Callable[[Picture, float, np.random.Generator], Picture]"


@dataclass(frozen=True, slots=True)
class Transformation:
    """`strengths` are the defaults; a user's lie in `minimum` to `maximum`. `unit` is what a strength counts in;
    empty where the change has no strength, which then is 1."""

    name: str
    change: Change
    strengths: tuple[float, ...]
    unit: str
    minimum: float
    maximum: float


TRANSFORMATIONS: tuple[Transformation, ...] = (
    Transformation("crop", pixel_changes.crop, (10, 20, 30, 40, 50), "% of each side cut off", 0, 95),
    Transformation("rotation", pixel_changes.rotate, (5, 15, 25, 45, 90), "degrees", 0, 360),
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
)


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
    names = [transformation.name for transformation in TRANSFORMATIONS]
    raise UsageError(f"there is no transformation '{name}'; {instead(name, names)}")


def parse_variants(texts: Sequence[str]) -> list[Variant]:
    """What `NAME` (at its default strengths) and `NAME=V1,V2` ask for; everything where nothing is given.

    Raises `UsageError` for an unknown name, and for a strength that is no number or out of range.
    """
    variants: list[Variant] = []
    for text in texts or [transformation.name for transformation in TRANSFORMATIONS]:
        name, equals, values = text.partition("=")
        transformation = find(name)
        if equals and not transformation.unit:
            raise UsageError(f"the transformation '{name}' has no strength; write it without '='")
        strengths = [_strength(transformation, value) for value in values.split(",")] if equals else None
        variants += [Variant(name, strength) for strength in strengths or transformation.strengths]
    return list(dict.fromkeys(variants))


def make_copy(picture: Picture, image_id: bytes, variant: Variant, seed: int) -> Picture:
    """A changed copy of a picture (uint8 RGB, H x W x 3), its longest side at most the working size.

    The same for the same picture, image id, variant and seed: chance is drawn from a hash of the last three.
    """
    import numpy as np

    from revsearch_tui.core.images.limits import WORKING_SIDE

    named = f"{image_id.hex()} {variant.transformation} {variant.strength:.9g} {seed}"
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(named.encode()).digest()[:16]))
    made = find(variant.transformation).change(picture, variant.strength, chance)
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
