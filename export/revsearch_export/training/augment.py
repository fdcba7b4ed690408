"""Random changes of a batch of training pictures, all drawn from one generator given by the caller.

The generator is of the processor, so that every device sees the same changes; they are made where the pictures are.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor

from revsearch_export.training.recipe import Augmentation


def augmented(pictures: Tensor, mirrored: Tensor, wanted: Augmentation, generator: torch.Generator) -> Tensor:
    """(n, 3, side, side) of the pictures' own dtype, uint8 or float32, changed. `mirrored` (n,) bool tells which are
    turned left to right."""
    pictures = torch.where(_beside(pictures, mirrored)[:, None, None, None], pictures.flip(3), pictures)
    if wanted.zoom or wanted.turn:
        pictures = _warped(pictures, wanted, generator)
    elif wanted.shift:
        pictures = _shifted(pictures, wanted.shift, generator)
    if wanted.light:
        pictures = _lit(pictures, wanted.light, generator)
    if wanted.erase:
        pictures = _erased(pictures, wanted.erase, generator)
    return pictures


def mirror_mask(positions: Tensor, epoch: int, rule: str, seed: int, generator: torch.Generator) -> Tensor:
    """(n,) bool: which of the pictures at these positions of the data are mirrored in this epoch."""
    if rule == "none":
        return torch.zeros(len(positions), dtype=torch.bool)
    if rule == "random":
        return torch.rand(len(positions), generator=generator) < 0.5
    # Alternating flip: by chance in the first epoch, then the other way round each time (arXiv:2404.00498, 3.6).
    first = ((positions * 2654435761 + seed * 40503) >> 13) & 1
    return (first + epoch) % 2 == 1


def mixed(pictures: Tensor, wanted: Augmentation, generator: torch.Generator) -> tuple[Tensor, Tensor, float]:
    """Each picture mixed with another of the batch, as `mixup` or `cutmix` ask, by the toss of a coin where both do:
    the pictures, the others' positions, and the share of the first.

    Sources: Zhang et al., "mixup: Beyond Empirical Risk Minimization", arXiv:1710.09412; Yun et al., "CutMix:
    Regularization Strategy to Train Strong Classifiers with Localizable Features", arXiv:1905.04899.
    """
    order = torch.randperm(len(pictures), generator=generator)
    others = pictures[_beside(pictures, order)]
    both = wanted.mixup > 0 and wanted.cutmix > 0
    if wanted.cutmix and not (both and float(torch.rand(1, generator=generator)) < 0.5):
        pictures, share = _pasted(pictures, others, _beta(wanted.cutmix, generator), generator)
    else:
        share = _beta(wanted.mixup, generator)
        pictures = pictures * share + others * (1 - share)
    return pictures, order, share


def _pasted(pictures: Tensor, others: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, float]:
    """A rectangle of `1 - share` of each picture's area, or what lies within, is that of the other picture. Gives what
    share is left indeed."""
    height, width = pictures.shape[2:]
    part = math.sqrt(1 - share) / 2
    across, down = torch.rand(2, generator=generator).tolist()
    left, right = (min(1.0, max(0.0, across + way * part)) for way in (-1, 1))
    top, bottom = (min(1.0, max(0.0, down + way * part)) for way in (-1, 1))
    rows, columns = slice(round(top * height), round(bottom * height)), slice(round(left * width), round(right * width))
    pictures = pictures.clone()
    pictures[:, :, rows, columns] = others[:, :, rows, columns]
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    return pictures, 1 - area / (height * width)


def _beside(pictures: Tensor, drawn: Tensor) -> Tensor:
    """What was drawn, where the pictures are, without waiting for a GPU to have done what it was told before."""
    return drawn.to(pictures.device, non_blocking=True)


def _beta(alpha: float, generator: torch.Generator) -> float:
    """A draw from Beta(alpha, alpha), from two gamma draws of exponentials (Johnk's method, alpha at most 1)."""
    while True:
        first, second = (torch.rand(2, generator=generator, dtype=torch.float64) ** (1 / alpha)).tolist()
        if 0 < first + second <= 1:
            return float(first / (first + second))


def _shifted(pictures: Tensor, most: int, generator: torch.Generator) -> Tensor:
    count, _, height, width = pictures.shape
    device = pictures.device
    padded = functional.pad(pictures.float(), (most,) * 4, mode="reflect").to(pictures.dtype)
    top = _beside(pictures, torch.randint(0, 2 * most + 1, (count, 1), generator=generator))
    left = _beside(pictures, torch.randint(0, 2 * most + 1, (count, 1), generator=generator))
    rows, columns = top + torch.arange(height, device=device), left + torch.arange(width, device=device)
    each = torch.arange(count, device=device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _warped(pictures: Tensor, wanted: Augmentation, generator: torch.Generator) -> Tensor:
    count, _, height, width = pictures.shape

    def between(most: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * most

    angle = between(math.radians(wanted.turn))
    scale = 1 / (1 + between(wanted.zoom))
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    right, down = between(2 * wanted.shift / width), between(2 * wanted.shift / height)
    affine = torch.stack([torch.stack([cosine, -sine, right], 1), torch.stack([sine, cosine, down], 1)], 1)
    grid = functional.affine_grid(_beside(pictures, affine), [count, 3, height, width], align_corners=False)
    warped = functional.grid_sample(pictures.float(), grid, padding_mode="reflection", align_corners=False)
    return warped if pictures.is_floating_point() else warped.round_().to(pictures.dtype)


def _lit(pictures: Tensor, most: float, generator: torch.Generator) -> Tensor:
    count = len(pictures)
    values = pictures.float()
    contrast = (
        1 + (torch.rand(count, 1, 1, 1, generator=generator).to(pictures.device, non_blocking=True) * 2 - 1) * most
    )
    brightness = (
        (torch.rand(count, 1, 1, 1, generator=generator).to(pictures.device, non_blocking=True) * 2 - 1) * most * 128
    )
    mean = values.mean(dim=(1, 2, 3), keepdim=True)
    lit = ((values - mean) * contrast + mean + brightness).clamp_(0, 255)
    return lit if pictures.is_floating_point() else lit.round_().to(pictures.dtype)


def _erased(pictures: Tensor, part: float, generator: torch.Generator) -> Tensor:
    """With a grey square in each, whose centre lies anywhere (DeVries and Taylor 2017, arXiv:1708.04552)."""
    count, _, height, width = pictures.shape
    half = max(1, round(min(height, width) * part / 2))
    y = torch.randint(0, height, (count, 1), generator=generator)
    x = torch.randint(0, width, (count, 1), generator=generator)
    rows = (torch.arange(height) - y).abs() < half
    columns = (torch.arange(width) - x).abs() < half
    blank = _beside(pictures, (rows[:, :, None] & columns[:, None, :])[:, None])
    return torch.where(blank, torch.full((), 118, dtype=pictures.dtype, device=pictures.device), pictures)
