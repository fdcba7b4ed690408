"""Sea: stacked waves, sunsets over water, line-drawn swell, beaches from above."""

from __future__ import annotations

import cv2
import numpy as np

from revsearch_data.canvas import (
    PALETTES,
    SKIES,
    Array,
    Rng,
    Size,
    axes,
    below,
    blend,
    colours,
    disc,
    finish,
    glow,
    gradient,
    mix,
    noise,
    profile,
    ramp,
    shift_hue,
)
from revsearch_data.scenes.landscapes import air

_SEAS = [
    "#f4f1de #9ad1d4 #3a8fb7 #14507a #082a4a",
    "#fff1e6 #fec5bb #e5989b #b5838d #6d6875",
    "#e0fbfc #98c1d9 #3d5a80 #293241 #141a26",
    "#fdf0d5 #83c5be #2a8f85 #006d77 #013a40",
    "#ffe8a3 #ffb347 #f26a4b #a4243b #3c0d2b",
    "#e9f5db #b5c99a #7a9e6a #40705a #17383a",
]


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One sea picture; the four kinds take turns."""
    kinds = (_stacked, _sunset, _engraved, _beach)
    return kinds[index % 4](rng, size, index // 4)


def _crest(rng: Rng, width: int, bumps: float, sharp: float) -> Array:
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    phase = rng.uniform(0, 2 * np.pi)
    drift = (profile(rng, width, 3, 3) - 0.5) * 1.6
    swell = 1 - np.abs(np.sin(x * bumps * np.pi + phase + drift)) ** sharp
    return np.asarray(swell * (0.7 + 0.3 * profile(rng, width, 4, 2)), dtype=np.float32)


def _stacked(rng: Rng, size: Size, index: int) -> Array:
    width, height = size
    stops = shift_hue(colours(_SEAS[index % len(_SEAS)]), rng.uniform(-0.05, 0.05))
    top = height * rng.uniform(0.2, 0.5)
    image = gradient(size, np.stack([stops[0], mix(stops[0], stops[1], 0.5)]))
    radius = min(size) * rng.uniform(0.08, 0.2)
    sun = PALETTES[int(rng.integers(0, len(PALETTES)))][3]
    blend(image, disc(size, width * rng.uniform(0.15, 0.85), top * rng.uniform(0.4, 1.0), radius), sun)
    layers = int(rng.integers(5, 10))
    bumps = rng.uniform(1.5, 5)
    _, y = axes(size)
    foam = np.ones(3, dtype=np.float32)
    for layer in range(layers):
        depth = (layer + 1) / layers
        line = top + (height - top) * (layer / layers) ** 1.1
        line = line - _crest(rng, width, bumps * rng.uniform(0.8, 1.3), rng.uniform(0.6, 1.3)) * height * 0.17
        colour = ramp(stops[1:], np.array([depth]))[0]
        shade = np.clip((y - line) / (height * 0.22), 0, 1)
        blend(image, np.clip(1 - np.abs(y - line + 9) / 14, 0, 1) * 0.28, stops[-1])
        blend(image, below(size, line), mix(colour, stops[-1], shade[..., None] * 0.45))
        edge = np.clip(2.2 - np.abs(y - line - 3), 0, 1) + 0.6 * np.clip(1.4 - np.abs(y - line - 11), 0, 1)
        blend(image, np.clip(edge, 0, 1) * 0.8, foam)
    return finish(image, rng, grain=0.03)


def _sunset(rng: Rng, size: Size, index: int) -> Array:
    width, height = size
    sky = SKIES[(index * 5 + 3) % len(SKIES)]
    horizon = int(height * rng.uniform(0.35, 0.62))
    image = air(rng, size, sky, horizon, sun=False)
    sun_x, sun_y = width * rng.uniform(0.2, 0.8), horizon - height * rng.uniform(-0.02, 0.12)
    radius = min(size) * rng.uniform(0.06, 0.13)
    blend(image, glow(size, sun_x, sun_y, radius * 3) * 0.8, sky.sun)
    blend(image, disc(size, sun_x, sun_y, radius), sky.sun)
    x, y = axes(size)
    down = np.clip(y - horizon, 0.5, None)
    texture = noise(rng, (512, 512), (40, 40), 4, 0.6)
    far = 60.0 / (down + 8)
    # Folding back and forth keeps the texture free of seams.
    u = np.abs(((x - width / 2) * far * 0.7 + 230) % 1022 - 511)
    v = np.abs(np.broadcast_to(far * 420, (height, width)) % 1022 - 511)
    swell = np.asarray(cv2.remap(texture, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR))
    t = down / (height - horizon)
    water = ramp(np.stack([mix(sky.haze, sky.stops[1], 0.5), sky.stops[0], sky.near]), np.broadcast_to(t, swell.shape))
    water = water * (0.7 + 0.6 * swell[..., None])
    path = np.exp(-(((x - sun_x) / (radius * 0.8 + down * 0.5)) ** 2))
    glitter = np.clip((swell - 0.52) * 7, 0, 1) * path + np.clip((swell - 0.7) * 4, 0, 1) * 0.25
    water += (sky.sun - water) * np.clip(glitter, 0, 1)[..., None]
    blend(image, np.broadcast_to(np.clip(y - horizon, 0, 1), swell.shape), water)
    _boat(image, rng, size, horizon, sky.near)
    return finish(image, rng, grain=0.03, vignette=0.3)


def _boat(image: Array, rng: Rng, size: Size, horizon: int, colour: Array) -> None:
    width, height = size
    x, foot, tall = width * rng.uniform(0.1, 0.9), horizon + height * 0.03, height * rng.uniform(0.06, 0.2)
    mask = np.zeros((height, width), dtype=np.uint8)
    for points in (
        [[x, foot - tall], [x, foot - tall * 0.1], [x + tall * 0.5, foot - tall * 0.1]],
        [[x - 3, foot - tall * 0.8], [x - 3, foot - tall * 0.1], [x - tall * 0.35, foot - tall * 0.1]],
        [
            [x - tall * 0.5, foot],
            [x + tall * 0.6, foot],
            [x + tall * 0.4, foot + tall * 0.13],
            [x - tall * 0.35, foot + tall * 0.13],
        ],
    ):
        cv2.fillPoly(mask, [np.array(points, dtype=np.int32)], 255, lineType=cv2.LINE_AA)
    blend(image, mask.astype(np.float32) / 255, colour)


def _engraved(rng: Rng, size: Size, index: int) -> Array:
    width, height = size
    palette = PALETTES[(index * 3 + 1) % len(PALETTES)]
    paper, ink = palette[np.argmax(palette.sum(1))], palette[np.argmin(palette.sum(1))]
    accent = palette[3]
    image = gradient(size, np.stack([mix(paper, accent, 0.25), paper]), rng.uniform(60, 120))
    blend(
        image,
        disc(size, width * rng.uniform(0.2, 0.8), height * rng.uniform(0.18, 0.4), min(size) * rng.uniform(0.12, 0.22)),
        accent,
    )
    _, y = axes(size)
    top, layers = height * rng.uniform(0.3, 0.5), int(rng.integers(3, 6))
    for layer in range(layers):
        line = top + (height - top) * layer / layers - _crest(rng, width, rng.uniform(1, 3.2), 0.7) * height * 0.26
        depth = y - line
        fill = mix(paper, palette[1 + layer % 3], 0.75)
        blend(image, below(size, line), fill)
        stripes = np.clip(np.abs((depth % 13) - 6.5) - 4.6, 0, 1) * np.clip(1.2 - depth / (height * 0.4), 0, 1)
        blend(image, stripes * (depth > 0), ink)
        blend(image, np.clip(2.6 - np.abs(depth), 0, 1), ink)
    return finish(image, rng, grain=0.05)


def _beach(rng: Rng, size: Size, index: int) -> Array:
    width, height = size
    x, y = axes(size)
    turn = rng.uniform(0, 2 * np.pi)
    across = (x - width / 2) * np.cos(turn) + (y - height / 2) * np.sin(turn)
    coast = across / min(size) + (noise(rng, size, (2, 2), 4, 0.45) - 0.5) * 0.75 + rng.uniform(-0.15, 0.15)
    sea = shift_hue(colours("#f3e2c0 #e2cfa0 #bfe8dc #4fc3c7 #1789a8 #0c4f7a"), rng.uniform(-0.06, 0.06) + 0.02 * index)
    image = ramp(sea, coast * 1.1 + 0.42)
    lace = noise(rng, size, (26, 20), 4, 0.6)
    for offset in (0.0, 0.1, 0.22, 0.38):
        band = np.exp(-(((coast + 0.07 - offset - (lace - 0.5) * 0.06) / (0.016 + offset * 0.03)) ** 2))
        blend(image, np.clip(band * (0.4 + lace), 0, 1) * (0.95 - offset), np.ones(3, dtype=np.float32))
    image = image * (0.93 + 0.14 * lace[..., None])
    for _ in range(int(rng.integers(3, 12))):
        place = (width * rng.uniform(0, 1), height * rng.uniform(0, 1))
        if coast[int(place[1] * 0.999), int(place[0] * 0.999)] < -0.15:
            _parasol(image, rng, size, *place)
    return finish(image, rng, grain=0.04)


def _parasol(image: Array, rng: Rng, size: Size, cx: float, cy: float) -> None:
    radius = min(size) * 0.05
    palette = PALETTES[int(rng.integers(0, len(PALETTES)))]
    x, y = axes(size)
    blend(image, disc(size, cx + 7, cy + 9, radius) * 0.3, np.zeros(3, dtype=np.float32))
    sector = np.floor((np.arctan2(y - cy, x - cx) / np.pi + 1) * 5).astype(int) % 2
    blend(image, disc(size, cx, cy, radius), np.stack([palette[3], np.ones(3, dtype=np.float32)])[sector])
