"""Plants: branching trees, seed-head flowers, ferns and meadows."""

from __future__ import annotations

import cv2
import numpy as np

from revsearch_data.canvas import (
    Array,
    Rng,
    Size,
    byte_colour,
    colours,
    curve,
    disc,
    finish,
    glow,
    gradient,
    mix,
    noise,
    polygon,
    shift_hue,
    to_float,
)

# Paper (two stops), wood or stem, then petals and leaves.
_SHEETS = [
    "#fdf6e3 #f3e3c3 #4b2e2a #e56b6f #f4acb7 #b23a48",
    "#10241f #1d4a3c #e9dcc0 #f2c14e #f78154 #b4e197",
    "#e3f0ef #b9d8d6 #23423f #2a9d8f #e9c46a #e76f51",
    "#1b1a3a #3d2c5e #f1e4d1 #ff9fb2 #ffd6a5 #9bf6ff",
    "#fbe9e7 #f3c6bd #3e2723 #8d6e63 #d84315 #ff8a65",
    "#f7f4ea #dfe5c8 #2f4421 #6a994e #a7c957 #bc4749",
    "#dbe7ff #aac4f0 #22335c #ffffff #5b7db8 #ffd166",
    "#2b0f1e #5c1a3b #f6d5c6 #ff5d8f #ffc2d1 #ffd23f",
]


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One plant picture; the four kinds take turns, each time on another sheet."""
    sheet = shift_hue(colours(_SHEETS[(index + index // len(_SHEETS)) % len(_SHEETS)]), rng.uniform(-0.04, 0.04))
    ground = gradient(size, sheet[:2], rng.uniform(30, 150))
    ground = ground * (0.94 + 0.1 * noise(rng, size, (40, 40), 3, 0.7))[..., None]
    halo = glow(size, size[0] * rng.uniform(0.2, 0.8), size[1] * rng.uniform(0.2, 0.7), min(size) * 0.4)
    ground = mix(ground, mix(sheet[0], sheet[4], 0.3), (halo * 0.5)[..., None])
    canvas = np.clip(ground * 255, 0, 255).astype(np.uint8)
    (_tree, _flower, _fern, _meadow)[index % 4](canvas, rng, sheet)
    return finish(to_float(canvas), rng, grain=0.035, vignette=0.2)


def _tree(canvas: Array, rng: Rng, sheet: Array) -> None:
    height, width = canvas.shape[:2]
    wood = byte_colour(sheet[2])
    moon = disc(
        (width, height),
        width * rng.uniform(0.25, 0.75),
        height * rng.uniform(0.25, 0.5),
        min(width, height) * rng.uniform(0.2, 0.32),
    )
    canvas[:] = mix(canvas.astype(np.float32), sheet[4] * 255, (moon * 0.5)[..., None]).astype(np.uint8)
    line = height * rng.uniform(0.86, 0.95) - 18 * np.sin(np.linspace(0, rng.uniform(2, 6), 40))
    x = np.linspace(0, width, 40)
    polygon(canvas, np.vstack([np.stack([x, line], 1), [[width, height], [0, height]]]), wood)
    spread, shorten = rng.uniform(0.3, 0.62), rng.uniform(0.74, 0.82)
    bend = rng.uniform(-0.12, 0.12)
    points = np.array([[width * rng.uniform(0.3, 0.7), height * 0.93]])
    angles, lengths = np.array([-np.pi / 2 + rng.uniform(-0.15, 0.15)]), np.array([height * rng.uniform(0.18, 0.24)])
    for level in range(9):
        ends = points + np.stack([np.cos(angles), np.sin(angles)], 1) * lengths[:, None]
        thick = max(1, round(min(width, height) * 0.034 * 0.66**level))
        for a, b in zip(points, ends, strict=True):
            curve(canvas, np.stack([a, b]), wood, thick)
        points = np.repeat(ends, 2, axis=0)
        angles = (
            np.repeat(angles, 2) + np.tile([-spread, spread], len(ends)) * rng.uniform(0.55, 1.35, 2 * len(ends)) + bend
        )
        lengths = np.repeat(lengths, 2) * shorten * rng.uniform(0.78, 1.12, 2 * len(ends))
    for x_leaf, y_leaf in points + rng.normal(0, 5, points.shape):
        tone = mix(sheet[3], sheet[4], float(rng.random()))
        tone = sheet[5] if rng.random() < 0.15 else tone
        _dot(canvas, x_leaf, y_leaf, rng.uniform(2, 5.5), byte_colour(tone))


def _dot(canvas: Array, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    cv2.circle(canvas, (round(x * 16), round(y * 16)), round(radius * 16), colour, -1, cv2.LINE_AA, 4)


def _petal(angle: float, length: float, breadth: float, x: float, y: float, sharp: float) -> Array:
    t = np.linspace(0, np.pi, 18)
    along = (1 - np.cos(t)) / 2 * length
    side = np.sin(t) ** sharp * breadth
    outline = np.vstack([np.stack([along, side], 1), np.stack([along[::-1], -side[::-1]], 1)])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(outline @ turn + [x, y])


def _bloom(canvas: Array, rng: Rng, x: float, y: float, radius: float, petals: Array, heart: Array) -> None:
    """A flower head seen from above: rings of petals, darker inwards, and seeds in golden-angle order."""
    rings, count = int(rng.integers(2, 5)), int(rng.integers(6, 17))
    sharp, breadth = rng.uniform(0.6, 1.6), rng.uniform(1.2, 2.4) / count
    start = rng.uniform(0, np.pi)
    for ring in range(rings):
        share = 1 - 0.24 * ring
        tone = mix(petals[0], petals[1], ring / max(1, rings - 1))
        for k in range(count):
            angle = start + (k + 0.5 * (ring % 2)) * 2 * np.pi / count
            shape = _petal(angle, radius * share, radius * share * breadth, x, y, sharp)
            polygon(canvas, shape, byte_colour(tone * (0.9 + 0.12 * (k % 2))))
            curve(canvas, np.vstack([shape, shape[:1]]), byte_colour(tone * 0.72))
            tip = [x + np.cos(angle) * radius * share * 0.8, y + np.sin(angle) * radius * share * 0.8]
            curve(canvas, np.array([[x, y], tip]), byte_colour(tone * 0.78))
    core = radius * rng.uniform(0.16, 0.34)
    _dot(canvas, x, y, core, byte_colour(heart * 0.55))
    seeds = int(min(160, core * 3.5))
    for k in range(seeds):
        r, turn = core * np.sqrt(k / seeds), k * 2.39996
        _dot(
            canvas,
            x + r * np.cos(turn),
            y + r * np.sin(turn),
            max(1.0, core * 0.055),
            byte_colour(heart * (1.2 - 0.5 * k / seeds)),
        )


def _flower(canvas: Array, rng: Rng, sheet: Array) -> None:
    height, width = canvas.shape[:2]
    span = min(width, height)
    count = int(rng.choice([1, 2, 3, 5, 7]))
    for _ in range(count):
        radius = span * rng.uniform(0.75, 1.1) * (0.5, 0.36, 0.3, 0.25, 0.22)[(1, 2, 3, 5, 7).index(count)]
        x, y = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)
        for _ in range(int(rng.integers(2, 5))):
            leaf = _petal(rng.uniform(0, 2 * np.pi), radius * 1.45, radius * 0.24, x, y, 1.1)
            polygon(canvas, leaf, byte_colour(mix(sheet[2], sheet[5], 0.25)))
        first, second = rng.permutation(3)[:2] + 3
        _bloom(
            canvas,
            rng,
            x,
            y,
            radius,
            np.stack([sheet[first], sheet[second]]),
            sheet[2] if rng.random() < 0.5 else sheet[4],
        )


def _fern(canvas: Array, rng: Rng, sheet: Array) -> None:
    height, width = canvas.shape[:2]
    for _ in range(int(rng.integers(2, 6))):
        steps = int(rng.integers(16, 30))
        root = np.array([width * rng.uniform(0.0, 1.0), height * rng.uniform(0.95, 1.05)])
        angle, bow = -np.pi / 2 + (0.5 - root[0] / width) * 1.1 + rng.uniform(-0.2, 0.2), rng.uniform(-0.035, 0.035)
        stride = height * rng.uniform(0.75, 1.05) / steps
        tone = sheet[int(rng.integers(3, 6))]
        spine, leaves = [root], []
        for k in range(steps):
            angle += bow
            root = root + stride * np.array([np.cos(angle), np.sin(angle)])
            spine.append(root)
            reach = height * 0.26 * np.sin(np.pi * (0.12 + 0.86 * (k + 1) / steps)) ** 1.2 + 4
            leaves += [(angle + s, reach, root) for s in (-1.0, 1.0)]
        for turn, reach, at in leaves:
            leaf = _petal(turn, reach, min(stride * 0.42, reach * 0.22), at[0], at[1], 0.8)
            polygon(canvas, leaf, byte_colour(tone * rng.uniform(0.8, 1.1)))
            curve(
                canvas,
                np.array([at, at + reach * 0.9 * np.array([np.cos(turn), np.sin(turn)])]),
                byte_colour(tone * 0.65),
            )
        curve(canvas, np.array(spine), byte_colour(sheet[2]), 2)


def _meadow(canvas: Array, rng: Rng, sheet: Array) -> None:
    height, width = canvas.shape[:2]
    for _ in range(int(rng.integers(60, 140))):
        x, tall = rng.uniform(-20, width + 20), height * rng.uniform(0.1, 0.5)
        t = np.linspace(0, 1, 10)
        lean = rng.uniform(-50, 50)
        blade = np.stack([x + lean * t**2, height - tall * t], 1)
        curve(canvas, blade, byte_colour(mix(sheet[2], sheet[5], rng.uniform(0, 0.55))), int(rng.integers(1, 4)))
    for _ in range(int(rng.integers(5, 18))):
        x, tall = rng.uniform(0.02, 0.98) * width, height * rng.uniform(0.3, 0.85)
        t = np.linspace(0, 1, 14)
        stem = np.stack([x + rng.uniform(-60, 60) * t**2, height - tall * t], 1)
        curve(canvas, stem, byte_colour(sheet[2]), 2)
        for k in (4, 7):
            leaf = _petal(-np.pi / 2 + rng.choice([-0.9, 0.9]), tall * 0.22, tall * 0.035, stem[k, 0], stem[k, 1], 1.0)
            polygon(canvas, leaf, byte_colour(sheet[2]))
        first, second = rng.permutation(3)[:2] + 3
        radius = min(width, height) * rng.uniform(0.04, 0.12)
        _bloom(canvas, rng, stem[-1, 0], stem[-1, 1], radius, np.stack([sheet[first], sheet[second]]), sheet[4])
