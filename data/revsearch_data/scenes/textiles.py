"""Cloth and tiles: Truchet arcs, quilts, plaids, fish scales, ikat and tumbling blocks."""

from __future__ import annotations

import numpy as np

from revsearch_data.canvas import PALETTES, Array, Rng, Size, axes, finish, mix, noise, ramp, shrink


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One pattern; the six kinds take turns."""
    palette = PALETTES[(index * 5 + 2) % len(PALETTES)][rng.permutation(5)]
    larger = (size[0] * 3 // 2, size[1] * 3 // 2)
    kind = (_truchet, _quilt, _plaid, _scales, _ikat, _blocks)[index % 6]
    image = shrink(kind(rng, larger, palette), size)
    x, y = axes(size)
    weave = 0.97 + 0.03 * np.sin(x * 2.1) * np.sin(y * 2.1)
    folds = 0.88 + 0.2 * noise(rng, size, (3, 2), 3)
    return finish(image * (weave * folds)[..., None], rng, grain=0.02)


def _truchet(rng: Rng, size: Size, palette: Array) -> Array:
    x, y = axes(size)
    tile = min(size) / float(rng.integers(5, 11))
    column, row = (x // tile).astype(int), (y // tile).astype(int)
    flips = rng.random((int(row.max()) + 1, int(column.max()) + 1)) < rng.uniform(0.3, 0.7)
    u, v = x / tile - column, y / tile - row
    u = np.where(flips[row, column], 1 - u, u)
    near = np.sqrt(np.minimum(u * u + v * v, (1 - u) ** 2 + (1 - v) ** 2))
    band = np.abs(near - 0.5)
    rank = (band < 0.3).astype(np.int8) + (band < 0.22) + (band < 0.13) + (band < 0.05)
    return np.asarray(palette[rank], dtype=np.float32)


def _quilt(rng: Rng, size: Size, palette: Array) -> Array:
    """Blocks of half-square triangles, mirrored four ways, joined by strips."""
    x, y = axes(size)
    cells = int(rng.choice([4, 6]))
    block = min(size) / float(rng.integers(2, 5))
    u, v = (x % block) / block, (y % block) / block
    strip = (np.minimum(u, v) < 0.035) | (np.maximum(u, v) > 0.965)
    u, v = (np.minimum(u, 1 - u) * cells, np.minimum(v, 1 - v) * cells)
    half = cells // 2
    first, second = rng.integers(0, 5, (half, half)), rng.integers(0, 5, (half, half))
    slants = rng.random((half, half)) < 0.5
    column, row = np.clip(u.astype(int), 0, half - 1), np.clip(v.astype(int), 0, half - 1)
    a, b = u - column, v - row
    side = np.where(slants[row, column], a > b, a + b > 1)
    image = palette[np.where(side, first[row, column], second[row, column])]
    seam = np.minimum(np.minimum(a, b), np.minimum(1 - a, 1 - b)) < 0.025
    image = image * np.where(seam, 0.82, 1.0)[..., None]
    return np.asarray(np.where(strip[..., None], palette[0], image), dtype=np.float32)


def _plaid(rng: Rng, size: Size, palette: Array) -> Array:
    x, y = axes(size)
    widths = rng.integers(8, 90, 9)
    sett = np.repeat(palette[rng.integers(0, 5, 9)], widths, axis=0)
    sett = np.vstack([sett, sett[::-1]])
    warp, weft = sett[(x.astype(int)) % len(sett)], sett[(y.astype(int) + 31) % len(sett)]
    twill = ((x + y) % 12 < 6)[..., None]
    turned = np.where(twill, warp, weft).astype(np.float32)
    return np.asarray(turned * np.where(((x + y) % 6 < 3), 0.94, 1.04)[..., None], dtype=np.float32)


def _scales(rng: Rng, size: Size, palette: Array) -> Array:
    """Overlapping fans, as in the seigaiha pattern."""
    x, y = axes(size)
    radius = min(size) / rng.uniform(5, 12)
    rings = int(rng.integers(3, 6))
    step = radius / 2
    row = np.floor(y / step)
    nearest = np.full((size[1], size[0]), np.inf, dtype=np.float32)
    # Lower fans lie over higher ones, so the first fan that covers a pixel is the one that is seen.
    for lower in range(3, -1, -1):
        line = row + lower
        shift = (line % 2) * radius
        cx = np.round((x - shift) / (2 * radius)) * (2 * radius) + shift
        away = np.sqrt((x - cx) ** 2 + (y - line * step) ** 2) / radius
        nearest = np.where((away < 1) & np.isinf(nearest), away, nearest)
    place = np.where(np.isinf(nearest), 0, nearest) * rings
    ring = place.astype(np.int32)
    # One colour for each ring, and the ground colour for the grooves between them.
    inks = np.vstack([mix(palette[(np.arange(rings) + 1) % 5], palette[(np.arange(rings) + 2) % 5], 0.25), palette[:1]])
    return np.asarray(inks[np.where(place - ring < 0.14, rings, np.minimum(ring, rings - 1))], dtype=np.float32)


def _ikat(rng: Rng, size: Size, palette: Array) -> Array:
    """Stepped diamonds with feathered edges."""
    x, y = axes(size)
    across, down = min(size) / rng.uniform(2, 5), min(size) / rng.uniform(2, 4)
    feather = (rng.random((1, size[0])) - 0.5) * 0.1
    u = np.abs(((x / across) % 1) - 0.5) * 2
    v = np.abs(((y / down + feather + 0.5 * (np.floor(x / across) % 2)) % 1) - 0.5) * 2
    steps = float(rng.integers(7, 14))
    level = (np.floor(u * steps) + np.floor(v * steps)) / (2 * steps)
    bands = palette[rng.integers(0, 5, 9)]
    image = bands[np.clip((level * 9).astype(int), 0, 8)]
    stripe = (y % (down * 2)) < down * 0.07
    return np.asarray(np.where(stripe[..., None], palette[4], image), dtype=np.float32)


def _blocks(rng: Rng, size: Size, palette: Array) -> Array:
    """Tumbling blocks: rhombi in three shades, tinted by a slow gradient."""
    x, y = axes(size)
    edge = min(size) / rng.uniform(5, 11)
    a = x / (edge * 1.7320508) + y / edge
    b = x / (edge * 1.7320508) - y / edge
    c = 2 * x / (edge * 1.7320508)
    face = (np.floor(a) + np.floor(b) - np.floor(c)).astype(int)
    kind = (np.floor(a) - np.floor(b) + np.floor(c)).astype(int) % 3
    shade = np.array([1.12, 0.82, 0.5])[kind]
    cell = np.asarray((np.floor(a) * 7 + np.floor(b) * 13) % 5, dtype=int)
    slow = ramp(palette, noise(rng, size, (2, 2), 3))
    image = mix(slow, palette[cell], 0.45) * (shade + 0.06 * face)[..., None]
    lines = np.minimum(np.minimum(a % 1, b % 1), c % 1) < 0.035
    return np.asarray(image * np.where(lines, 0.72, 1.0)[..., None], dtype=np.float32)
