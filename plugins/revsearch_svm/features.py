"""All features of a picture side by side, brought to one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from revsearch_svm.cells import Hog, Texture
from revsearch_svm.centre import Floats
from revsearch_svm.patches import Patches
from revsearch_svm.plain import Colours, Pixels

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture


class Part(Protocol):
    """One kind of features."""

    @property
    def dim(self) -> int: ...

    def describe(self) -> dict[str, Any]: ...

    def vectors(self, pictures: Sequence[Picture]) -> Floats: ...


def kind_of(part: Part) -> str:
    """The word for it in a description."""
    return type(part).__name__.lower()


def make_part(description: Mapping[str, Any], arrays: Mapping[str, Any], folder: Path, model: str) -> Part:
    """The part that was described. Raises KeyError, TypeError and ValueError for a bad description, and ModelError."""
    kind = description["kind"]
    simple: dict[str, type[Hog | Colours | Texture | Pixels]] = {
        "hog": Hog,
        "colours": Colours,
        "texture": Texture,
        "pixels": Pixels,
    }
    if kind in simple:
        return simple[kind].of(description)
    if kind == "patches":
        return Patches.of(description, {name: arrays[f"patches.{name}"] for name in ("mean", "whitening", "centroids")})
    if kind == "embedding":
        from revsearch_svm.plain import Embedding

        return Embedding(description["settings"], folder, model)
    raise ValueError(f"features of the kind {kind!r} are not known to this version")


def raw_vectors(parts: Sequence[Part], pictures: Sequence[Picture]) -> Floats:
    """(n, sum of dims) float32."""
    return np.concatenate([part.vectors(pictures) for part in parts], axis=1)


def mirrored(pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures, left and right exchanged."""
    return [picture[:, ::-1] for picture in pictures]


@dataclass(frozen=True)
class Scaling:
    """`mean` and `scale` (d,): (x - mean) * scale, then onto the columns of `projection` (d, k) where there is one.

    All float32.
    """

    mean: Floats
    scale: Floats
    projection: Floats | None = None

    @property
    def dim(self) -> int:
        """Numbers that are left of a picture."""
        return len(self.mean) if self.projection is None else self.projection.shape[1]

    def apply(self, raw: Floats) -> Floats:
        """(n, d or k) float32 of (n, d)."""
        rows = (raw - self.mean) * self.scale
        return rows if self.projection is None else np.asarray(rows @ self.projection, np.float32)
