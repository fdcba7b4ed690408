"""Hot-air balloons over hazy hills."""

from __future__ import annotations

import numpy as np

from revsearch_data.canvas import PALETTES, SKIES, Array, Rng, Size, axes, below, blend, finish, mix, profile
from revsearch_data.scenes.landscapes import air


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One to nine balloons, the far ones smaller and paler."""
    width, height = size
    sky = [s for s in SKIES if not s.night][(index * 3) % 10]
    horizon = height * rng.uniform(0.7, 0.95)
    image = air(rng, size, sky, horizon)
    for layer in range(3):
        line = horizon + layer * height * 0.07 - profile(rng, width, 2 + 2 * layer, 5, 0.4) * height * 0.14
        blend(image, below(size, line), mix(sky.haze, sky.near, 0.3 + 0.3 * layer))
    count = (1, 3, 5, 2, 9, 4)[index % 6]
    scales = np.sort(rng.uniform(0.35, 1.0, count)) * (0.27, 0.21, 0.16, 0.23, 0.12, 0.18)[index % 6] * min(size)
    if count == 1:
        scales = np.array([min(size) * rng.uniform(0.24, 0.36)])
    for k, radius in enumerate(scales.tolist()):
        palette = PALETTES[(index * 5 + k * 3 + 1) % len(PALETTES)]
        lane = (k * 0.618 + rng.uniform(0, 0.25) + index * 0.37) % 1.0
        cx = width * (0.12 + 0.76 * lane)
        cy = radius * 1.1 + rng.uniform(0.0, 1.0) * max(10.0, horizon * 0.9 - radius * 3.2)
        fade = 0.0 if count == 1 else 0.5 * (1 - radius / max(scales)) ** 0.8
        _balloon(image, rng, cx, cy, radius, palette, sky.haze, fade)
    return finish(image, rng, grain=0.025, vignette=0.2)


def _balloon(
    image: Array, rng: Rng, cx: float, cy: float, radius: float, palette: Array, haze: Array, fade: float
) -> None:
    # Only the part of the picture that the balloon covers is worked on.
    left, upper = max(0, int(cx - radius * 1.1) - 2), max(0, int(cy - radius) - 2)
    image = image[upper : int(cy + radius * 2.2) + 2, left : int(cx + radius * 1.1) + 2]
    if not image.size:
        return
    cx, cy = cx - left, cy - upper
    x, y = axes((image.shape[1], image.shape[0]))
    tall = radius * 2.35
    v = (y - (cy - radius)) / tall
    inside = np.clip(v, 0, 1)
    half = radius * np.maximum(np.clip(np.sin(np.pi * inside**0.74), 0, 1) ** 0.7, 0.17 * (inside > 0.5)) + 1e-3
    u = np.clip((x - cx) / half, -1, 1)
    mask = np.clip(half - np.abs(x - cx) + 0.5, 0, 1) * ((v > 0) & (v < 1))
    gores = float(rng.choice([5, 7, 9, 11]))
    gore = np.floor((np.arcsin(u) / np.pi + 0.5) * gores).astype(int)
    tones = palette[rng.permutation(5)]
    period = int(rng.choice([2, 2, 3]))
    body = tones[gore % period]
    style = int(rng.integers(0, 4))
    if style == 1:
        body = np.where((np.abs(inside - 0.38) < 0.09)[..., None], tones[3], body)
    elif style == 2:
        zigzag = np.abs(((np.arcsin(u) / np.pi + 0.5) * gores) % 1 - 0.5) * 0.22
        body = np.where((np.abs(inside - 0.3 - zigzag) < 0.06)[..., None], tones[3], body)
    elif style == 3:
        body = tones[(np.floor(inside * 9) + gore).astype(int) % period + 1]
    body = np.where((inside > 0.9)[..., None], tones[4], body)
    shine = np.clip(0.5 + 0.62 * np.sqrt(1 - u * u) - 0.28 * u, 0, 1.25)
    basket_top, basket = cy - radius + tall * 1.14, radius * 0.2
    ropes = (np.abs(np.abs(x - cx) - basket * 0.8) < 0.9) & (y > cy - radius + tall * 0.98) & (y < basket_top)
    crate = (np.abs(x - cx) < basket) & (y >= basket_top) & (y < basket_top + basket * 1.5)
    wood = np.array([0.34, 0.2, 0.12], dtype=np.float32)
    blend(image, ropes * np.float32(0.8 - fade * 0.5), wood)
    blend(image, crate * np.float32(1.0), mix(wood, haze, fade))
    blend(image, mask.astype(np.float32), mix(body * shine[..., None], haze, fade))
