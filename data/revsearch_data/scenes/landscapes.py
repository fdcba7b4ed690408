"""Layered mountains, hills and dunes in haze, some with a lake or a wood in front."""

from __future__ import annotations

import numpy as np

from revsearch_data.canvas import (
    SKIES,
    Array,
    Rng,
    Size,
    Sky,
    axes,
    below,
    blend,
    disc,
    finish,
    glow,
    mix,
    noise,
    polygon,
    profile,
    ramp,
    reflect,
    stars,
    to_float,
)


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One landscape; the variants are misty ranges, a lake, a pine wood, and dunes or hills."""
    width, height = size
    sky = SKIES[index % len(SKIES)]
    variant = (index + index // len(SKIES)) % 4
    horizon = height * rng.uniform(0.42, 0.66)
    image = air(rng, size, sky, horizon)
    if variant == 1:
        shore = int(height * rng.uniform(0.62, 0.74))
        _ranges(image, rng, sky, shore * 0.75, shore * 1.04, layers=int(rng.integers(3, 5)), rough=0.52)
        reflect(image, rng, shore, mix(sky.stops[0], sky.near, 0.35), 0.18)
        bank = height * 0.97 - profile(rng, width, 3) * height * 0.09
        blend(image, below(size, bank), sky.near)
        _pines(image, rng, bank, sky.near * 0.8, int(rng.integers(8, 26)), height * 0.16)
    elif variant == 2:
        line = _ranges(image, rng, sky, horizon, height * 0.86, layers=int(rng.integers(3, 6)), rough=0.5)
        _pines(image, rng, line, sky.near, int(rng.integers(40, 90)), height * rng.uniform(0.12, 0.3))
    elif variant == 3:
        _ranges(image, rng, sky, horizon, height * 0.95, layers=int(rng.integers(4, 7)), rough=0.22)
    else:
        _ranges(image, rng, sky, horizon, height * 1.0, layers=int(rng.integers(5, 9)), rough=0.5)
    return finish(image, rng, grain=0.03, vignette=0.25)


def air(rng: Rng, size: Size, sky: Sky, horizon: float, sun: bool = True) -> Array:
    """Sky, clouds and, if wanted, sun or moon, down to the row `horizon` and haze below it."""
    width, height = size
    _, y = axes(size)
    image = ramp(sky.stops, np.broadcast_to(y / horizon, (height, width)))
    if sky.night:
        stars(image, rng, width * height // 900, 0.75)
    clouds = noise(rng, size, (2.5, rng.uniform(6, 12)), 5, 0.55)
    cover = np.clip((clouds - rng.uniform(0.45, 0.62)) * 2.6, 0, 1) * np.clip(1.2 - y / horizon, 0, 1)
    blend(image, cover * (0.25 if sky.night else 0.6), mix(sky.haze, sky.sun, 0.6))
    if not sun:
        return image
    sun_x, sun_y = width * rng.uniform(0.14, 0.86), horizon * rng.uniform(0.25, 0.9)
    radius = min(size) * rng.uniform(0.035, 0.11)
    blend(image, glow(size, sun_x, sun_y, radius * 2.6) * 0.75, sky.sun)
    blend(image, disc(size, sun_x, sun_y, radius), sky.sun)
    if sky.night and rng.random() < 0.6:
        blend(image, disc(size, sun_x + radius * 0.45, sun_y - radius * 0.15, radius * 0.92) * 0.9, sky.stops[1])
    return image


def _ranges(image: Array, rng: Rng, sky: Sky, top: float, bottom: float, layers: int, rough: float) -> Array:
    """Ranges one before the other, each clearer than the last; returns the line of the nearest."""
    height, width = image.shape[:2]
    size = (width, height)
    _, y = axes(size)
    line = np.full((1, width), bottom, dtype=np.float32)
    tilt = rng.uniform(-0.5, 0.5)
    for layer in range(layers):
        depth = (layer + 1) / layers
        reach = height * (0.34 - 0.2 * depth) * rng.uniform(0.6, 1.25)
        ridge = profile(rng, width, rng.uniform(1.5, 3.5) + 2.5 * depth * (rough > 0.3), 7, rough)
        slope = (np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]) * tilt * height * 0.2 * (1 - 2 * (layer % 2))
        line = top + (bottom - top) * depth**1.25 + slope - (ridge - 0.25) * reach
        colour = mix(sky.haze, sky.near, 0.16 + 0.84 * depth**1.1)
        mist = np.clip((y - line) / (height * 0.3), 0, 1) * 0.75 * (1 - depth) ** 0.7
        blend(image, below(size, line), mix(colour, mix(sky.haze, sky.sun, 0.25), mist[..., None]))
        if layer <= 1 and rough > 0.4:
            relief = noise(rng, size, (9, 7), 5, 0.6)
            cap = np.clip((relief - 0.42) * 6, 0, 1) * np.clip(1.1 - (y - line) / (reach * 0.45 + 1), 0, 1)
            blend(image, below(size, line + 1) * cap * 0.55, mix(sky.sun, sky.haze, 0.35))
        elif rough < 0.3:
            ripple = 0.5 + 0.5 * np.sin((y - line) * 0.22 + noise(rng, size, (3, 3), 3) * 14)
            blend(image, below(size, line + 1) * ripple * 0.10, sky.sun)
    return line


def _pines(image: Array, rng: Rng, line: Array, colour: Array, count: int, tallest: float) -> None:
    """Pines that stand on `line`, drawn as stacked triangles."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), dtype=np.uint8)
    for x in rng.uniform(0, width, count):
        foot = float(line[0, min(width - 1, int(x))]) + 6
        tall = tallest * rng.uniform(0.45, 1.0)
        for tier in range(5):
            top = foot - tall * (1 - tier * 0.17)
            half = tall * (0.06 + 0.045 * tier)
            polygon(mask, np.array([[x, top], [x - half, top + tall * 0.34], [x + half, top + tall * 0.34]]), 255)
    blend(image, to_float(mask), colour)
