"""Stained glass: Voronoi cells between lead lines, lit from behind."""

from __future__ import annotations

import cv2
import numpy as np

from revsearch_data.canvas import PALETTES, Array, Rng, Size, distance, finish, mix, noise, ramp, shrink, stretch


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One window; seeds lie at random, on rings, on a spiral or in a lattice, colours follow one of four plans."""
    double = (size[0] * 2, size[1] * 2)
    seeds = _seeds(rng, double, index % 4)
    blank = np.full((double[1], double[0]), 255, dtype=np.uint8)
    places = np.clip(seeds.astype(int), 0, np.array(double) - 1)
    blank[places[:, 1], places[:, 0]] = 0
    away, labels = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    owners = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    owners[labels[places[:, 1], places[:, 0]]] = np.arange(len(places))
    tones = _tones(
        rng,
        places,
        double,
        (index + index // 4) % 4,
        PALETTES[(index * 3 + index // len(PALETTES) * 5) % len(PALETTES)],
    )
    image = tones[owners[labels]]
    marks = labels.astype(np.float32)
    lead = int(rng.integers(5, 11))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (lead, lead))
    edge = (np.asarray(cv2.dilate(marks, kernel)) != np.asarray(cv2.erode(marks, kernel))).astype(np.float32)
    image = shrink(image, size)
    lead_mask = shrink(edge, size)
    depth = shrink(np.asarray(away), size)
    streaks = noise(rng, size, (6, 14), 5, 0.6)
    light = distance(size, size[0] * rng.uniform(0.2, 0.8), size[1] * rng.uniform(0.1, 0.7)) / max(size)
    image = image * ((0.8 + 0.4 * streaks) * (1.2 - 0.55 * light) * (1.1 - 0.25 * depth / depth.max()))[..., None]
    relief = np.clip(np.asarray(cv2.GaussianBlur(lead_mask, (0, 0), 3)) - lead_mask * 0.3, 0, 1)
    image = image * (1 - 0.45 * relief[..., None])
    return finish(mix(image, np.array([0.06, 0.055, 0.06], dtype=np.float32), lead_mask[..., None]), rng, grain=0.03)


def _seeds(rng: Rng, size: Size, plan: int) -> Array:
    width, height = size
    centre: Array = np.array([width * rng.uniform(0.3, 0.7), height * rng.uniform(0.3, 0.7)])
    points: Array
    if plan == 0:
        points = rng.uniform(0, 1, (int(rng.integers(50, 130)), 2)) * [width, height]
        for _ in range(2):
            gaps: Array = points[:, None] - points[None]
            near = np.exp(-(gaps**2).sum(2) / (width * height / len(points)) * 2.5)
            points = np.asarray(points + (gaps * near[..., None]).sum(1) * 0.35, dtype=np.float64)
        return np.asarray(np.clip(points, 0, [width - 1, height - 1]))
    if plan == 1:
        rings, spokes = int(rng.integers(5, 9)), int(rng.integers(8, 20))
        radius = max(size) * 0.72 * ((np.arange(rings) + 0.35) / rings) ** 1.1
        angle = np.arange(spokes) * 2 * np.pi / spokes
        turn = angle[None, :] + (np.arange(rings) % 2)[:, None] * np.pi / spokes
        points = np.stack([np.cos(turn) * radius[:, None], np.sin(turn) * radius[:, None]], 2).reshape(-1, 2) + centre
    elif plan == 2:
        count = int(rng.integers(120, 320))
        k = np.arange(count)
        reach, angles = max(size) * 0.75 * np.sqrt(k / count), k * 2.39996 + rng.uniform(0, 6)
        points = np.stack([np.cos(angles) * reach, np.sin(angles) * reach], 1) + centre
    else:
        step = min(size) / rng.uniform(5, 9)
        xs, ys = np.meshgrid(np.arange(-step, width + step, step), np.arange(-step, height + step, step * 0.87))
        xs = xs + (np.arange(xs.shape[0]) % 2)[:, None] * step / 2
        points = np.stack([xs.ravel(), ys.ravel()], 1) + rng.normal(0, step * rng.uniform(0.02, 0.16), (xs.size, 2))
    inside = (points[:, 0] > 0) & (points[:, 0] < width - 1) & (points[:, 1] > 0) & (points[:, 1] < height - 1)
    return np.asarray(points[inside])


def _tones(rng: Rng, places: Array, size: Size, plan: int, palette: Array) -> Array:
    """One colour for each cell: by distance, as a hill and sun, at random, or in bands."""
    width, height = size
    x, y = places[:, 0] / width, places[:, 1] / height
    jitter = rng.normal(0, 0.07, len(places))
    if plan == 0:
        t = stretch(np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.2, 0.8))) + jitter
        tones = ramp(palette[::-1] if rng.random() < 0.5 else palette, t)
    elif plan == 1:
        hill = 0.62 + 0.14 * np.sin(x * rng.uniform(4, 9) + rng.uniform(0, 6))
        sun = np.hypot(x - rng.uniform(0.25, 0.75), (y - 0.28) * height / width) < rng.uniform(0.12, 0.2)
        sky, land = ramp(palette[[0, 1, 2]], y / 0.7 + jitter), ramp(palette[[1, 0]], (y - 0.6) * 2 + jitter)
        tones = np.where((y > hill)[:, None], land, np.where(sun[:, None], palette[3], sky))
    elif plan == 2:
        tones = palette[rng.integers(0, len(palette), len(places))]
    else:
        turn = rng.uniform(0, np.pi)
        tones = ramp(palette, (x * np.cos(turn) + y * np.sin(turn)) * rng.uniform(1.2, 2.4) + jitter, cyclic=True)
    return np.asarray(tones * rng.uniform(0.82, 1.2, (len(places), 1)), dtype=np.float32)
