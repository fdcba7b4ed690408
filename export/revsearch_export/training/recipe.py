"""Everything that decides how a network is trained, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of training pictures.

    `mirror`: none, random, or alternate (each picture every other epoch, which wastes none). `shift` in pixels.
    `zoom` is the greatest change of scale, 0.1 for 0.9 to 1.1; `turn` in degrees; `light` the greatest change of
    brightness and contrast as a fraction; `erase` the side of a blanked square as a fraction of the picture's;
    `mixup` and `cutmix` the parameters, 0 for none, of the Beta distributions that pairs of pictures are blended with,
    and that a rectangle of one is pasted into the other with.
    """

    mirror: str = "alternate"
    shift: int = 2
    zoom: float = 0.0
    turn: float = 0.0
    light: float = 0.0
    erase: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. Learning rates are for the mean loss of a batch.

    `optimiser`: muon (filters by Muon at `lr`; shifts by SGD with momentum at `shift_lr`, the classifier at `head_lr`),
    muon-adamw (filters by Muon at `lr`, all else by AdamW at `head_lr`), sgd (Nesterov momentum 0.9) or adamw, both
    with `lr` for everything. The rate rises over the first `warmup` of all steps and falls to zero: linearly, or as a
    cosine. `decay` is what weights lose in one step at full rate, save those of Muon, which keeps them at a length.
    Training stops where the validation loss has not improved for `patience` epochs, 0 for never.
    """

    epochs: float
    batch: int
    lr: float
    optimiser: str = "muon"
    shift_lr: float = 0.0
    head_lr: float = 0.0
    decay: float = 0.0
    warmup: float = 0.0
    schedule: str = "linear"
    smoothing: float = 0.1
    auxiliary: float = 0.4
    patience: int = 0
    seed: int = 0
    precision: str = "auto"
    device: str = "auto"
    checkpoint_s: float = 60.0
    augmentation: Augmentation = field(default_factory=Augmentation)

    def as_record(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
