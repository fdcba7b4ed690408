"""Cities at night, dusk and dawn, with lit windows and sometimes a river."""

from __future__ import annotations

import numpy as np

from revsearch_data.canvas import (
    Array,
    Rng,
    Size,
    axes,
    blend,
    colours,
    disc,
    finish,
    glow,
    mix,
    noise,
    polygon,
    ramp,
    reflect,
    shift_hue,
    stars,
)

# Sky from top to horizon, front building, window light.
_MOODS = [
    ("#070b24 #1b2350 #4a3f78", "#0a0c1c", "#ffd98a"),
    ("#2a0f3f #7a1f6b #ff5e7e", "#160a24", "#7df9ff"),
    ("#12355b #4a7fa7 #f7b267", "#101a2b", "#fff0b3"),
    ("#001a23 #31493c #7a9e7e", "#07120f", "#e8f1c8"),
    ("#6d3b47 #d98b6a #ffe0b0", "#2c1a24", "#fff5d0"),
    ("#9fc9e8 #d6e8f2 #fdf3e7", "#3f5673", "#e9f4ff"),
    ("#03050f #101a3a #1f3d6d", "#05070f", "#ffb45e"),
    ("#f7a072 #f9c9a8 #fdebd7", "#5b3f5e", "#fff3c9"),
]


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One skyline: three depths of buildings before a sky, above a river in every third picture."""
    width, height = size
    stops_code, front_code, light_code = _MOODS[index % len(_MOODS)]
    turn = rng.uniform(-0.04, 0.04)
    stops, light = shift_hue(colours(stops_code), turn), colours(light_code)[0]
    front = shift_hue(colours(front_code), turn)[0]
    _, y = axes(size)
    ground = int(height * (rng.uniform(0.66, 0.76) if index % 3 == 1 else 1.0))
    image = ramp(stops, np.broadcast_to(y / (ground * 0.9), (height, width)))
    dark = float(stops[0].mean()) < 0.25
    if dark:
        stars(image, rng, width * height // 1500, 0.6, 0.8)
    haze = np.clip((noise(rng, size, (2, 8), 4) - 0.5) * 1.8, 0, 1)
    blend(image, haze * 0.35, stops[-1])
    moon = (width * rng.uniform(0.1, 0.9), height * rng.uniform(0.1, 0.42), min(size) * rng.uniform(0.04, 0.16))
    blend(image, glow(size, moon[0], moon[1], moon[2] * 1.6) * 0.5, light)
    blend(image, disc(size, *moon), mix(light, np.ones(3, dtype=np.float32), 0.6))
    peak = rng.uniform(0.2, 0.8)
    skyline = rng.uniform(0.42, 0.8)
    for depth, share in ((0, 0.25), (1, 0.6), (2, 1.0)):
        colour = mix(stops[-1], front, share)
        _row_of_buildings(image, rng, ground, colour, light, depth, peak, skyline)
    if ground < height:
        reflect(image, rng, ground, mix(front, stops[0], 0.5), 0.3)
    return finish(image, rng, grain=0.025, vignette=0.3)


def _row_of_buildings(
    image: Array, rng: Rng, ground: int, colour: Array, light: Array, depth: int, peak: float, skyline: float
) -> None:
    width = image.shape[1]
    x = -int(rng.integers(0, 30))
    scale = (0.75, 0.9, 1.15)[depth]
    while x < width:
        across = int(rng.integers(34, 84) * scale)
        centre = (x + across / 2) / width
        hill = 0.4 + 0.6 * np.exp(-(((centre - peak) / 0.28) ** 2))
        tall = ground * skyline * hill * rng.uniform(0.5, 1.0) * (1.12, 0.9, 0.62)[depth]
        _building(image, rng, x, across, int(ground - tall), ground, colour * rng.uniform(0.85, 1.15), light, depth)
        x += across + int(rng.integers(-6, 8 if depth < 2 else 14))


def _building(
    image: Array, rng: Rng, x: int, across: int, top: int, ground: int, colour: Array, light: Array, depth: int
) -> None:
    width = image.shape[1]
    left, right = max(0, x), min(width, x + across)
    if right - left < 4 or top >= ground:
        return
    top = max(4, top)
    image[top:ground, left:right] = colour
    image[top:ground, left : left + max(2, across // 9)] = colour * 1.25
    kind = int(rng.integers(0, 6))
    if kind == 1:
        image[max(0, top - across // 3) : top, left + across // 4 : max(left + across // 4, right - across // 4)] = (
            colour
        )
    elif kind in (2, 3):
        roof = across * (0.5 if kind == 2 else 0.9)
        tip = x + across * (0.5 if kind == 2 else rng.choice([0.0, 1.0]))
        mask = np.zeros(image.shape[:2], dtype=np.uint8)
        polygon(mask, np.array([[x, top + 1], [x + across, top + 1], [tip, top - roof * 0.6]]), 255)
        blend(image, mask.astype(np.float32) / 255, colour)
    elif kind == 4:
        middle = min(width - 2, max(1, x + across // 2))
        image[max(0, top - across // 2) : top, middle - 1 : middle + 1] = colour
        image[max(0, top - across // 2) : max(0, top - across // 2) + 3, middle - 1 : middle + 2] = (0.9, 0.15, 0.15)
    if depth == 0:
        return
    step_x, step_y, win_x, win_y = ((6, 8, 3, 4), (9, 12, 5, 7))[depth - 1]
    rows, columns = (ground - top - 10) // step_y, (right - left - 8) // step_x
    if rows < 1 or columns < 1:
        return
    lit = rng.random((rows, columns)) < rng.uniform(0.25, 0.85) * (0.4 + 0.6 * rng.random((rows, 1)))
    power = np.where(lit, rng.uniform(0.45, 1.0, (rows, columns)), 0.06)
    cell = np.zeros((step_y, step_x))
    cell[:win_y, :win_x] = 1
    panes = np.kron(power, cell).astype(np.float32)[..., None] * (0.7, 0.95)[depth - 1]
    warmth = mix(light, np.array([1, 1, 1], dtype=np.float32), float(rng.uniform(0, 0.35)))
    part = image[top + 8 : top + 8 + rows * step_y, left + 5 : left + 5 + columns * step_x]
    part += (warmth - part) * panes
