"""Flow fields: many thin strokes that follow a vector field."""

from __future__ import annotations

import numpy as np

from revsearch_data.canvas import PALETTES, Array, Rng, Size, byte_colour, curve, finish, gradient, mix, noise, to_float


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One field; noise, two vortices, or waves bend the strokes."""
    width, height = size
    palette = PALETTES[(index * 3 + 5) % len(PALETTES)]
    order = np.argsort(palette.sum(1))
    ground = palette[order[0]] * 0.6 if index % 2 else mix(palette[order[-1]], np.ones(3, dtype=np.float32), 0.35)
    canvas = (np.clip(gradient(size, np.stack([ground, ground * 0.85]), rng.uniform(0, 180)), 0, 1) * 255).astype(
        np.uint8
    )
    angle = _field(rng, size, index % 3)
    count, steps, stride = int(rng.integers(600, 1000)), int(rng.integers(16, 34)), 7.0
    points = rng.uniform(-0.05, 1.05, (count, 2)) * [width, height]
    trail = np.empty((steps, count, 2))
    for step in range(steps):
        trail[step] = points
        columns = np.clip(points[:, 0].astype(int), 0, width - 1)
        rows = np.clip(points[:, 1].astype(int), 0, height - 1)
        turn = angle[rows, columns]
        points = points + stride * np.stack([np.cos(turn), np.sin(turn)], 1)
    tint = noise(rng, size, (2, 2), 2)
    inks = palette[order[1:]] if index % 2 else palette[order[:-1]]
    for k in range(count):
        x, y = trail[0, k]
        place = tint[min(height - 1, max(0, int(y))), min(width - 1, max(0, int(x)))]
        ink = inks[int(np.clip(place * 1.3 - 0.15 + rng.normal(0, 0.12), 0, 0.999) * len(inks))]
        curve(canvas, trail[:, k], byte_colour(ink * rng.uniform(0.85, 1.15)), int(rng.choice([1, 2, 2, 3, 4])))
    return finish(to_float(canvas), rng, grain=0.03, vignette=0.15)


def _field(rng: Rng, size: Size, kind: int) -> Array:
    width, height = size
    bumps = rng.uniform(1.5, 3.5)
    bend = noise(rng, size, (bumps, bumps), 2, 0.4)
    if kind == 0:
        return np.asarray(bend * 2 * np.pi * rng.uniform(0.9, 1.6) + rng.uniform(0, 6))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if kind == 1:
        total = np.zeros((height, width), dtype=np.complex64)
        for _ in range(int(rng.integers(2, 4))):
            cx, cy = width * rng.uniform(0.1, 0.9), height * rng.uniform(0.1, 0.9)
            dx, dy = x - cx, y - cy
            turn = np.arctan2(dy, dx) + np.pi / 2 * rng.choice([-1, 1]) + 0.25
            total += np.exp(1j * turn) / (np.hypot(dx, dy) + 20)
        return np.asarray(np.angle(total) + (bend - 0.5) * 0.8)
    lane = rng.uniform(0, np.pi)
    along = (x * np.cos(lane) + y * np.sin(lane)) / min(size)
    return np.asarray(lane + np.sin(along * rng.uniform(4, 12)) * rng.uniform(0.6, 1.3) + (bend - 0.5) * 1.2)
