"""Drawing helpers of the scenes.

Pictures under construction are float32 arrays of shape (height, width, 3), RGB, 0 to 1; masks are float32 arrays
that broadcast to (height, width), 0 to 1. `finish` makes the uint8 picture. Sizes are (width, height) in pixels.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Rng = np.random.Generator
Size = tuple[int, int]
Colour = tuple[int, int, int]


def colours(codes: str) -> Array:
    """ "#0f4c5c #f5f0cf" and the like as float32 RGB rows, 0 to 1."""
    rows = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in codes.split()]
    return np.array(rows, dtype=np.float32)


def shift_hue(rows: Array, amount: float, saturation: float = 1.0) -> Array:
    """The colours with their hue turned by `amount` (1 is the full circle)."""
    out = []
    for red, green, blue in rows:
        hue, sat, value = colorsys.rgb_to_hsv(float(red), float(green), float(blue))
        out.append(colorsys.hsv_to_rgb((hue + amount) % 1.0, min(1.0, sat * saturation), value))
    return np.array(out, dtype=np.float32)


def byte_colour(row: Array) -> Colour:
    """One float colour as the three bytes that the integer drawing calls of OpenCV take."""
    red, green, blue = (round(float(v) * 255) for v in np.clip(row, 0, 1))
    return red, green, blue


def mix(a: Array, b: Array, amount: float | Array) -> Array:
    """`a` where `amount` is 0, `b` where it is 1."""
    return np.asarray(a + (b - a) * amount, dtype=np.float32)


def axes(size: Size) -> tuple[Array, Array]:
    """Pixel coordinates x of shape (1, width) and y of shape (height, 1), float32."""
    width, height = size
    return np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]


def ramp(stops: Array, t: Array, cyclic: bool = False) -> Array:
    """Colours interpolated along evenly spaced `stops`; `t` is 0 to 1, or any number if `cyclic`."""
    rows = np.vstack([stops, stops[:1]]) if cyclic else stops
    places = np.linspace(0, 1, len(rows))
    steps = np.linspace(0, 1, 1024)
    table = np.stack([np.interp(steps, places, rows[:, c]) for c in range(3)], axis=1).astype(np.float32)
    where = t % 1.0 if cyclic else np.clip(t, 0, 1)
    return np.asarray(table[(where * 1023).astype(np.int32)])


def gradient(size: Size, stops: Array, angle: float = 90.0) -> Array:
    """A linear gradient; 90 degrees runs from top to bottom, 0 from left to right."""
    width, height = size
    x, y = axes(size)
    turn = np.deg2rad(angle)
    t = (x / width - 0.5) * np.cos(turn) + (y / height - 0.5) * np.sin(turn)
    t = (t - t.min()) / max(float(t.max() - t.min()), 1e-6)
    return ramp(stops, np.broadcast_to(t, (height, width)))


def noise(rng: Rng, size: Size, cells: tuple[float, float], octaves: int = 5, gain: float = 0.5) -> Array:
    """Smooth value noise, 0 to 1, of shape (height, width); `cells` is the number of bumps across and down."""
    width, height = size
    if min(size) > 300:
        half = noise(rng, (width // 2, height // 2), cells, octaves, gain)
        return np.asarray(cv2.resize(half, size, interpolation=cv2.INTER_LINEAR))
    total = np.zeros((height, width), dtype=np.float32)
    strength = 1.0
    across, down = cells
    for _ in range(octaves):
        lattice = rng.random((max(2, round(down)) + 2, max(2, round(across)) + 2), dtype=np.float32)
        total += strength * cv2.resize(lattice, (width, height), interpolation=cv2.INTER_CUBIC)
        strength *= gain
        across, down = min(across * 2, width / 2), min(down * 2, height / 2)
    return stretch(total)


def profile(rng: Rng, width: int, cells: float, octaves: int = 6, gain: float = 0.5) -> Array:
    """A noise line, 0 to 1, of shape (1, width): a ridge, a hill, a coast."""
    return stretch(noise(rng, (width, 4), (cells, 2), octaves, gain)[1:2])


def stretch(values: Array) -> Array:
    """The values brought to the range 0 to 1."""
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / max(high - low, 1e-6), dtype=np.float32)


def blend(image: Array, mask: Array, colour: Array) -> None:
    """Lay `colour` (one colour or a whole picture) over `image`, in place, as strongly as `mask` says."""
    mask = np.broadcast_to(mask, image.shape[:2])
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    part = image[box]
    layer = colour[box] if colour.ndim == 3 else colour
    part += (layer - part) * mask[box][..., None]


def below(size: Size, line: Array) -> Array:
    """The mask of everything under `line` (a y for each x), its edge one pixel soft."""
    _, y = axes(size)
    return np.clip(y - line + 0.5, 0, 1)


def distance(size: Size, cx: float, cy: float) -> Array:
    """Every pixel's distance from a point, in pixels."""
    x, y = axes(size)
    return np.asarray(np.sqrt((x - np.float32(cx)) ** 2 + (y - np.float32(cy)) ** 2))


def disc(size: Size, cx: float, cy: float, radius: float) -> Array:
    """The mask of a filled circle, its edge one pixel soft."""
    return np.clip(radius - distance(size, cx, cy) + 0.5, 0, 1)


def glow(size: Size, cx: float, cy: float, radius: float) -> Array:
    """A mask that falls off softly around a point."""
    return np.asarray(np.exp(distance(size, cx, cy) * np.float32(-1 / radius)))


def stars(image: Array, rng: Rng, count: int, bottom: float = 1.0, strength: float = 1.0) -> None:
    """Sprinkle stars of several sizes over the upper part of `image`, in place."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), dtype=np.float32)
    xs, ys = rng.integers(1, width - 1, count), rng.integers(1, max(2, int(height * bottom) - 1), count)
    layer[ys, xs] = rng.random(count) ** 2.5
    bright = rng.random(count) > 0.93
    for x, y in zip(xs[bright].tolist(), ys[bright].tolist(), strict=True):
        layer[y, max(0, x - 2) : x + 3] += 0.35
        layer[max(0, y - 2) : y + 3, x] += 0.35
        layer[y, x] = 1.6
    soft = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.8)) * 1.8 + np.asarray(cv2.GaussianBlur(layer, (0, 0), 2.5))
    tint = np.array([0.95, 0.97, 1.0], dtype=np.float32)
    image += np.clip(soft, 0, 1)[..., None] * tint * strength


def polygon(image: Array, points: Array, colour: Any) -> None:
    """Fill a polygon, smooth-edged, in a uint8 image or mask; `points` is (n, 2), x and y in pixels."""
    fixed = np.round(np.asarray(points) * 16).astype(np.int32)
    cv2.fillPoly(image, [fixed], colour, lineType=cv2.LINE_AA, shift=4)


def curve(image: Array, points: Array, colour: Any, thickness: int = 1) -> None:
    """Draw an open line, smooth-edged, in a uint8 image or mask; `points` is (n, 2), x and y in pixels."""
    fixed = np.round(np.asarray(points) * 16).astype(np.int32)
    cv2.polylines(image, [fixed], False, colour, thickness, lineType=cv2.LINE_AA, shift=4)


def reflect(image: Array, rng: Rng, shore: int, tint: Array, strength: float = 0.35) -> None:
    """Make everything below the row `shore` a rippled mirror of what is above it, in place."""
    height, width = image.shape[:2]
    depth = height - shore
    rows = np.arange(depth, dtype=np.float32)[:, None]
    swing = (noise(rng, (width, depth), (5, depth / 7), 2) - 0.5) * (3 + rows * 0.12)
    source_x = np.broadcast_to(np.arange(width, dtype=np.float32)[None, :], (depth, width)) + swing
    source_y = np.clip(shore - 1 - rows * 1.05 + swing * 0.6, 0, shore - 1)
    mirror = np.asarray(
        cv2.remap(
            image,
            source_x.astype(np.float32),
            source_y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )
    fade = strength + 0.25 * rows / depth
    image[shore:] = mix(mirror, tint, fade[..., None])


def shrink(image: Array, size: Size) -> Array:
    """A picture drawn larger brought to its final size by area averaging."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def to_float(image: Array) -> Array:
    """uint8 to float32, 0 to 1."""
    return image.astype(np.float32) / 255


def finish(image: Array, rng: Rng, grain: float = 0.0, vignette: float = 0.0) -> Array:
    """The uint8 picture, with a little film grain and darker corners if wanted."""
    height, width = image.shape[:2]
    if vignette:
        x, y = axes((width, height))
        reach = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
        image = image * (1 - vignette * reach)[..., None]
    if grain:
        image = image + (rng.random((height, width, 1), dtype=np.float32) - 0.5) * grain
    return np.asarray(cv2.convertScaleAbs(np.clip(image, 0, 1), alpha=255))


@dataclass(frozen=True)
class Sky:
    """Air and light of an outdoor scene: the sky from top to horizon, the haze, the nearest ground, the sun."""

    stops: Array
    near: Array
    sun: Array
    night: bool = False

    @property
    def haze(self) -> Array:
        """The colour at the horizon."""
        row: Array = self.stops[-1]
        return row


def _sky(stops: str, near: str, sun: str, night: bool = False) -> Sky:
    return Sky(colours(stops), colours(near)[0], colours(sun)[0], night)


SKIES = [
    _sky("#2b2d5b #8a5a8c #f4a28c #ffd9a0", "#1b1b3a", "#fff1cf"),
    _sky("#2f7f9f #7fc4cf #d9efdf", "#0b3d3a", "#fffbe6"),
    _sky("#0b1030 #1c2b5a #41558f #8793bd", "#060a1c", "#eef2ff", True),
    _sky("#c8553d #f28f3b #ffd5a5", "#3a1420", "#fff3d6"),
    _sky("#3b8ad9 #8fc1ee #e8f3fb", "#1c4a2e", "#ffffff"),
    _sky("#41295a #a0426f #f2778b #ffd1b3", "#1f0f2e", "#ffe9d6"),
    _sky("#5f7f86 #a9bfbd #eceadf", "#243b3d", "#fffdf2"),
    _sky("#04101f #0c3b4a #1f8a7a #b8e6b0", "#020b12", "#eafff2", True),
    _sky("#f0b67f #f7d9b0 #fdf3dd", "#5f3b2d", "#fffaf0"),
    _sky("#1d3461 #376996 #829cbc #f5d9c3", "#14213d", "#ffe0c2"),
    _sky("#7b2d26 #d7263d #f46036 #ffc857", "#2b0f14", "#fff0b8"),
    _sky("#8fb8de #c5d8f0 #f8e1e7", "#4a4e7a", "#fff7f9"),
]


PALETTES = [
    colours("#0d3b66 #faf0ca #f4d35e #ee964b #f95738"),
    colours("#264653 #2a9d8f #e9c46a #f4a261 #e76f51"),
    colours("#22223b #4a4e69 #9a8c98 #c9ada7 #f2e9e4"),
    colours("#10002b #5a189a #c77dff #ff9e00 #ffe0b5"),
    colours("#03071e #6a040f #d00000 #f48c06 #ffd97d"),
    colours("#132a13 #31572c #4f772d #90a955 #ecf39e"),
    colours("#011627 #2ec4b6 #fdfffc #ff9f1c #e71d36"),
    colours("#2b2d42 #8d99ae #edf2f4 #ef233c #d90429"),
    colours("#1a535c #4ecdc4 #f7fff7 #ff6b6b #ffe66d"),
    colours("#3d0066 #b5179e #f72585 #4cc9f0 #f1faee"),
    colours("#283618 #606c38 #fefae0 #dda15e #bc6c25"),
    colours("#001219 #005f73 #94d2bd #e9d8a6 #ca6702"),
    colours("#1b1b2f #1f4068 #e43f5a #f3e6d5 #f0a500"),
    colours("#355070 #6d597a #b56576 #e56b6f #eaac8b"),
    colours("#003049 #d62828 #f77f00 #fcbf49 #eae2b7"),
    colours("#0b132b #1c2541 #3a506b #5bc0be #e8fffd"),
]
