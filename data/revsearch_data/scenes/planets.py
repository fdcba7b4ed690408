"""Planets, rings and moons before nebulae and stars."""

from __future__ import annotations

import cv2
import numpy as np

from revsearch_data.canvas import (
    Array,
    Rng,
    Size,
    axes,
    blend,
    colours,
    finish,
    mix,
    noise,
    profile,
    ramp,
    shift_hue,
    stars,
)

_SURFACES = [
    "#3b1f2b #a23b2a #e08e45 #f6d7a7 #c96f4a",
    "#0b2545 #13518a #1f7fb0 #e6ddb0 #4f8a4b #f4f7f5",
    "#40342a #8c7355 #c9b28a #efe3c8 #a58d6a",
    "#0d1b3e #1f3c88 #3a7bd5 #9fd3ff #e8f7ff",
    "#2b0f3a #6a2c70 #b83b5e #f08a5d #f9ed69",
    "#14342b #2d6a4f #74c69d #d8f3dc #b7e4c7",
    "#2a2a2e #55565c #8a8b91 #c7c8cc #6d6e75",
    "#4a0d0d #8f1d1d #d1495b #ffb4a2 #ffe5d9",
]
_NEBULAE = [
    "#03030d #150f33 #4b1d6e #c2477f #ffc2a6",
    "#020812 #06243d #0e5f76 #49b6a8 #d9ffe8",
    "#0a0405 #2c0b12 #7a1c2b #d9663f #ffdca8",
    "#04060f #101a44 #2d3fa0 #6e8cf0 #dfe7ff",
    "#050505 #101218 #20242f #3b4252 #8b93a7",
]


def paint(rng: Rng, size: Size, index: int) -> Array:
    """A sky with one large planet, moons, and rings in every third picture."""
    width, height = size
    image = _nebula(rng, size, colours(_NEBULAE[index % len(_NEBULAE)]), faint=index % 4 == 3)
    stars(image, rng, width * height // 500)
    light = rng.uniform(0, 2 * np.pi)
    span = min(size)
    radius = span * (rng.uniform(0.16, 0.26) if index % 3 == 0 else rng.uniform(0.22, 0.62))
    edge = 0.32 if index % 3 == 0 else 0.12
    cx, cy = width * rng.uniform(edge, 1 - edge), height * rng.uniform(edge, 1 - edge)
    surface = shift_hue(colours(_SURFACES[index % len(_SURFACES)]), rng.uniform(-0.08, 0.08))
    tilt = rng.uniform(-0.9, 0.9)
    if index % 3 == 0:
        _ringed(image, rng, cx, cy, radius, surface, light, tilt)
    else:
        _planet(image, rng, cx, cy, radius, surface, light, tilt, banded=index % 2 == 0)
    for _ in range(int(rng.integers(1, 4))):
        small = colours(_SURFACES[int(rng.integers(0, len(_SURFACES)))])
        spot = (width * rng.uniform(0.06, 0.94), height * rng.uniform(0.06, 0.94), span * rng.uniform(0.02, 0.09))
        _planet(image, rng, *spot, small, light, rng.uniform(-1, 1), banded=False)
    return finish(image, rng, grain=0.02, vignette=0.2)


def _nebula(rng: Rng, size: Size, stops: Array, faint: bool) -> Array:
    width, height = size
    warp = [noise(rng, size, (3, 3), 4) - 0.5 for _ in range(2)]
    cloud = noise(rng, size, (3, 2.5), 6, 0.6)
    x, y = axes(size)
    where = ((x + warp[0] * width * 0.5).astype(np.float32), (y + warp[1] * height * 0.5).astype(np.float32))
    cloud = np.asarray(cv2.remap(cloud, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    turn = rng.uniform(0, 2 * np.pi)
    lane = (x / width - 0.5) * np.cos(turn) + (y / height - 0.5) * np.sin(turn) + warp[0] * 0.5
    strength = cloud**1.5 * np.exp(-((lane / 0.3) ** 2)) * (0.45 if faint else 1.25)
    return ramp(stops, strength)


def _sphere(
    rng: Rng, size: Size, cx: float, cy: float, radius: float, surface: Array, light: float, tilt: float, banded: bool
) -> tuple[Array, Array, Array]:
    """The lit surface, the mask of the disc, and the strength of the light, for the whole of `size`."""
    x, y = axes(size)
    dx, dy = (x - cx) / radius, (y - cy) / radius
    square = dx * dx + dy * dy
    depth = np.sqrt(np.clip(1 - square, 0, 1))
    along, up = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    map_size = (512, 256)
    texture = noise(rng, map_size, (10, 3) if banded else (7, 5), 6, 0.55)
    u = (np.arctan2(along, depth + 1e-3) / np.pi + 0.5) * (map_size[0] - 1)
    v = (np.arcsin(np.clip(up, -1, 1)) / np.pi + 0.5) * (map_size[1] - 1)
    value = np.asarray(cv2.remap(texture, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR))
    if banded:
        belts = noise(rng, (4, 256), (2, 9), 4, 0.6)[:, 0]
        value = np.interp(np.clip(up * 0.5 + 0.5 + (value - 0.5) * 0.09, 0, 1), np.linspace(0, 1, 256), belts)
    shine = np.clip(dx * np.cos(light) * 0.8 + dy * np.sin(light) * 0.8 + depth * 0.6, 0, 1)
    lit = ramp(surface, (value - 0.15) * 1.4) * (0.03 + 1.1 * shine[..., None])
    mask = np.clip((1 - np.sqrt(square)) * radius + 0.5, 0, 1)
    return lit, mask, shine


def _planet(
    image: Array, rng: Rng, cx: float, cy: float, radius: float, surface: Array, light: float, tilt: float, banded: bool
) -> None:
    height, width = image.shape[:2]
    reach = radius * 1.35 + 6
    left, right = max(0, int(cx - reach)), min(width, int(cx + reach) + 1)
    top, bottom = max(0, int(cy - reach)), min(height, int(cy + reach) + 1)
    part = image[top:bottom, left:right]
    size = (right - left, bottom - top)
    lit, mask, _ = _sphere(rng, size, cx - left, cy - top, radius, surface, light, tilt, banded)
    x, y = axes(size)
    dx, dy = (x - cx + left) / radius, (y - cy + top) / radius
    away = np.hypot(dx, dy)
    side = np.clip((dx * np.cos(light) + dy * np.sin(light)) / np.maximum(away, 1e-3) * 0.7 + 0.4, 0, 1)
    air = np.exp(-np.clip(away - 1, 0, None) * 14) * side * np.clip((1.33 - away) * 6, 0, 1)
    blend(part, air * 0.7, mix(surface[len(surface) // 2], np.ones(3, dtype=np.float32), 0.3))
    blend(part, mask, lit)
    rim = np.clip(1 - np.abs(away - 0.97) * 18, 0, 1) * mask * side
    blend(part, rim * 0.35, mix(surface[-2], np.ones(3, dtype=np.float32), 0.5))


def _ringed(
    image: Array, rng: Rng, cx: float, cy: float, radius: float, surface: Array, light: float, tilt: float
) -> None:
    height, width = image.shape[:2]
    x, y = axes((width, height))
    dx, dy = (x - cx) / radius, (y - cy) / radius
    along, up = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    flat = np.hypot(along, up / rng.uniform(0.2, 0.42))
    bands = profile(rng, 256, 14, 4, 0.7)[0]
    place = np.clip((flat - 1.3) / 0.95, 0, 1)
    ring = np.interp(place, np.linspace(0, 1, 256), bands).astype(np.float32) * 0.8 + 0.15
    ring *= np.clip((flat - 1.3) * 30, 0, 1) * np.clip((2.25 - flat) * 30, 0, 1)
    colour = ramp(surface[::-1], place)
    blend(image, ring * (up < 0), colour)
    _planet(image, rng, cx, cy, radius, surface, light, tilt, banded=True)
    blend(image, ring * (up >= 0), colour)
