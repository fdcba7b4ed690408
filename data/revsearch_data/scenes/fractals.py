"""Julia and Mandelbrot sets, the burning ship, and Newton's method on z^n = 1."""

from __future__ import annotations

import cv2
import numpy as np

from revsearch_data.canvas import Array, Rng, Size, colours, finish, ramp, shift_hue

_JULIA = [
    (-0.8, 0.156),
    (0.285, 0.01),
    (-0.4, 0.6),
    (-0.70176, -0.3842),
    (-0.835, -0.2321),
    (-0.7269, 0.1889),
    (0.355, 0.355),
    (-0.54, 0.54),
    (-0.194, 0.6557),
    (-0.123, 0.745),
    (0.0, 0.8),
    (-1.25, 0.05),
]
# Centre and width of views at the edge of the set.
_MANDELBROT = [
    (-0.6, 0.0, 3.4),
    (-0.7453, 0.1127, 0.012),
    (-0.1607, 1.0376, 0.05),
    (-1.7687, 0.0017, 0.035),
    (0.2822, 0.0105, 0.035),
    (-0.7436, 0.1320, 0.05),
    (-1.2566, 0.3798, 0.09),
    (-0.5503, 0.6259, 0.06),
]
_RAMPS = [
    "#00072d #0a2472 #1f7ae0 #a6e1fa #fff8e0 #ffb703 #8f2d0e",
    "#1a0933 #6a1b7a #e0457b #ffb199 #fff3d9 #5fc9c0 #123a5a",
    "#021a14 #0b6e4f #6bbf59 #f4f1bb #f2a541 #8a1c1c",
    "#120309 #6f1a07 #d9480f #ffd166 #fffbe6 #4a8fa8 #102a43",
    "#0b0b0f #3a3a55 #8f8fb3 #f2eef8 #c9a0c9 #5a2f6b",
    "#1b0b3b #3f37c9 #4cc9f0 #f1faee #f72585 #560bad",
    "#0f1f1f #2f5d50 #d8c99b #f7efd9 #d8973c #a4243b",
]


def paint(rng: Rng, size: Size, index: int) -> Array:
    """One fractal: Julia sets half of the time, then views of Mandelbrot, the burning ship and Newton fractals."""
    stops = shift_hue(colours(_RAMPS[index % len(_RAMPS)]), rng.uniform(-0.06, 0.06))
    small = (size[0] * 3 // 4, size[1] * 3 // 4)
    kind = index % 4
    if kind in (0, 2):
        image = _julia(rng, small, index // 2, stops)
    elif kind == 1:
        image = _mandelbrot(rng, small, index // 4, stops)
    else:
        image = _newton(rng, small, index // 4, stops) if index % 8 == 3 else _ship(rng, small, index // 8, stops)
    image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC))
    return finish(image, rng, vignette=0.25)


def _plane(size: Size, cx: float, cy: float, across: float, turn: float) -> Array:
    width, height = size
    x = (np.arange(width) - width / 2) / width * across
    y = (np.arange(height) - height / 2) / width * across
    points = (x[None, :] + 1j * y[:, None]) * np.exp(1j * turn) + complex(cx, cy)
    return np.asarray(points, dtype=np.complex128)


def _escape(z: Array, c: Array, limit: int, folded: bool = False) -> Array:
    """Smooth escape times of z -> z^2 + c, NaN where it never escapes (normalised iteration count)."""
    times = np.full(z.size, np.nan, dtype=np.float32)
    places = np.arange(z.size)
    z, c = z.ravel().copy(), np.broadcast_to(c, z.shape).ravel()
    for step in range(limit):
        if folded:
            z = np.abs(z.real) + 1j * np.abs(z.imag)
        z = z * z + c
        square = z.real**2 + z.imag**2
        out = square > 400.0
        if out.any():
            times[places[out]] = step + 2 - np.log2(np.log(square[out]) * 0.5)
            keep = ~out
            z, c, places = z[keep], c[keep], places[keep]
        if not places.size:
            break
    return times


def _tint(times: Array, shape: tuple[int, int], stops: Array, turns: float, start: float) -> Array:
    """Colours by rank of the escape time, so that every view uses its whole ramp."""
    image = np.tile(stops[0] * 0.35, (times.size, 1)).astype(np.float32)
    out = ~np.isnan(times)
    if out.any():
        edges = np.quantile(times[out][::7], np.linspace(0, 1, 256))
        rank = np.interp(times[out], edges, np.linspace(0, 1, 256))
        image[out] = ramp(stops, rank**1.5 * turns + start, cyclic=True)
    return image.reshape(*shape, 3)


def _julia(rng: Rng, size: Size, index: int, stops: Array) -> Array:
    real, imaginary = _JULIA[index % len(_JULIA)]
    across = rng.uniform(1.5, 3.4)
    centre = rng.uniform(-0.35, 0.35, 2)
    z = _plane(size, centre[0], centre[1], across, rng.uniform(0, np.pi))
    times = _escape(z, np.array(complex(real, imaginary)), 130)
    return _tint(times, z.shape, stops, rng.uniform(0.9, 1.6), rng.uniform(0, 0.4))


def _mandelbrot(rng: Rng, size: Size, index: int, stops: Array) -> Array:
    cx, cy, across = _MANDELBROT[index % len(_MANDELBROT)]
    c = _plane(size, cx, cy, across * rng.uniform(0.9, 1.2), rng.uniform(0, 0.6) if index else 0.0)
    times = _escape(np.zeros_like(c), c, 240 if across < 1 else 90)
    return _tint(times, c.shape, stops, rng.uniform(1.0, 1.8), rng.uniform(0, 0.3))


def _ship(rng: Rng, size: Size, index: int, stops: Array) -> Array:
    cx, cy, across = [(-0.45, -0.5, 3.2), (-1.755, -0.03, 0.12), (-1.62, -0.002, 0.08)][index % 3]
    c = _plane(size, cx, cy, across, 0.0)
    times = _escape(np.zeros_like(c), c, 90, folded=True)
    return _tint(times, c.shape, stops, rng.uniform(0.8, 1.3), 0.0)


def _newton(rng: Rng, size: Size, index: int, stops: Array) -> Array:
    power = 3 + index // 2 % 4
    z: Array = _plane(size, 0.0, 0.0, rng.uniform(1.4, 3.6), rng.uniform(0, np.pi)).astype(np.complex64)
    relax = np.complex64(complex(1.0, rng.uniform(-0.35, 0.35)))
    shade = np.zeros(z.shape, dtype=np.float32)
    for _ in range(22):
        slope = z ** (power - 1)
        step = (z * slope - 1) / (power * slope + 1e-6)
        z = np.asarray(z - relax * step)
        shade += np.exp(-np.abs(step) * 6)
    root = np.floor((np.angle(z) / (2 * np.pi) * power + 0.5) % power) / power
    light = (shade - shade.min()) / max(float(np.ptp(shade)), 1e-6)
    return np.asarray(ramp(stops, root * 0.8 + 0.12, cyclic=True) * (0.15 + 1.0 * light[..., None] ** 1.5))
