"""Marble and poured ink: domain-warped noise with veins of gold."""

from __future__ import annotations

import cv2
import numpy as np

from revsearch_data.canvas import PALETTES, Array, Rng, Size, axes, blend, colours, finish, noise, ramp


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One slab; calm, swirled and striped stones take turns."""
    x, y = axes(size)
    palette = PALETTES[(index * 7 + 3) % len(PALETTES)]
    strength = (0.35, 0.8, 0.55)[index % 3] * rng.uniform(0.8, 1.3) * min(size)
    cells = rng.uniform(1.5, 4)
    push_x = (noise(rng, size, (cells, cells), 4, 0.5) - 0.5) * strength
    push_y = (noise(rng, size, (cells, cells), 4, 0.5) - 0.5) * strength
    base = noise(rng, size, (rng.uniform(2, 5), rng.uniform(2, 5)), 5, 0.5)
    u, v = (x + push_x).astype(np.float32), (y + push_y).astype(np.float32)
    value = np.asarray(cv2.remap(base, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    if index % 3 == 2:
        turn = rng.uniform(0, np.pi)
        lane = (u * np.cos(turn) + v * np.sin(turn)) / min(size)
        t = lane * rng.uniform(1.5, 3.5) + value * 0.4
    else:
        t = value * rng.uniform(1.2, 2.2) + rng.uniform(0, 1)
    image = ramp(palette, t, cyclic=True)
    slope_y, slope_x = np.gradient(value)
    image = image * np.clip(1 + (slope_x + slope_y) * 9, 0.7, 1.35)[..., None]
    veins = np.abs(
        np.asarray(cv2.remap(noise(rng, size, (4, 4), 5, 0.55), v, u, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
        - 0.5
    )
    gold = colours("#f6dc8c #b9873a #fff3c9")
    if index % 2 == 0:
        blend(image, np.clip(1 - veins * 55, 0, 1) * 0.9, ramp(gold, noise(rng, size, (12, 12), 3)))
    else:
        blend(image, np.clip(1 - veins * 30, 0, 1) * 0.45, palette[np.argmax(palette.sum(1))])
    return finish(image, rng, grain=0.03)
