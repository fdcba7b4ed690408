"""What a method shows of a pair, drawn: lines between the pictures, the outline of one in the other, heat, bits,
bars.
"""

from __future__ import annotations

import colorsys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from revsearch_tui.api import BitDiff, ClassBars, HeatMap, KeypointLines
from revsearch_tui.core.search.explanation_words import bars_of, best_classes, geometry_of, sentences

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.explaining import Explained

Colour: TypeAlias = tuple[int, int, int]

HEIGHT = 400
"""Pixels of each picture."""
_GAP = 16
_WIDEST, _NARROWEST = 3.0, 0.3
"""Width by height that panoramas and strips are shown with at most and at least."""
_GROUND: Colour = (24, 26, 34)
_TEXT: Colour = (226, 230, 240)
_FAINT: Colour = (150, 156, 176)
_OUTLINE: Colour = (255, 214, 64)
_QUERY: Colour = (122, 162, 247)
_CANDIDATE: Colour = (224, 175, 104)
_SET, _UNSET, _DIFFERS = (214, 218, 228), (58, 62, 78), (240, 70, 90)
_HEAT = np.array([(40, 20, 90), (150, 30, 110), (235, 90, 50), (255, 200, 60), (255, 255, 190)], np.float32)
_MOST_LINES = 60
"""More lines than these hide each other and the pictures."""
_FONT, _LARGER = 17, 22


def draw(shown: Explained, stroke: int = 2, *, names: bool = True, pictures: bool = True) -> Image.Image:
    """Both pictures side by side, with what the method shows in them or below them. `stroke`: pixels of a line.

    Where there is little room: without `names`, which would not be read, and bars of classes; without `pictures` where
    what matters is below them.
    """
    both = _scaled(shown.query), _scaled(shown.candidate)
    data = shown.data
    if isinstance(data, KeypointLines):
        return _drawn_lines(data, shown, both, stroke)
    if isinstance(data, BitDiff):
        return _drawn_bits(data, both, pictures)
    whole = _beside(both)
    if isinstance(data, HeatMap):
        heated = 0 if data.on == "query" else 1
        whole = _beside([_heated(each, data) if number == heated else each for number, each in enumerate(both)])
    bars = bars_of(data)
    return _stacked([whole, _drawn_bars(bars, whole.width)]) if names and bars is not None else whole


def page(parts: Sequence[Explained], names: tuple[str, str], verdict: str) -> Image.Image:
    """All that several methods show, one below the other, with words: a picture to keep."""
    rows: list[Image.Image] = []
    drawings = [draw(shown) for shown in parts]
    width = max(drawing.width for drawing in drawings)
    rows.append(_text([verdict], width, _LARGER, _TEXT))
    rows.append(_text([f"first: {names[0]}", f"second: {names[1]}"], width, _FONT, _FAINT))
    for shown, drawing in zip(parts, drawings, strict=True):
        rows.append(_text([shown.score.method], width, _LARGER, _TEXT))
        rows += [drawing, _text(sentences(shown), width, _FONT, _FAINT)]
    return _framed(_stacked(rows))


# Pictures


def _scaled(picture: Picture) -> Image.Image:
    aspect = min(_WIDEST, max(_NARROWEST, picture.shape[1] / picture.shape[0]))
    return Image.fromarray(picture).resize((max(1, round(HEIGHT * aspect)), HEIGHT), Image.Resampling.LANCZOS)


def _beside(pictures: Sequence[Image.Image]) -> Image.Image:
    width = sum(picture.width for picture in pictures) + _GAP * (len(pictures) - 1)
    whole = Image.new("RGB", (width, max(picture.height for picture in pictures)), _GROUND)
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + _GAP
    return whole


def _stacked(rows: Sequence[Image.Image]) -> Image.Image:
    height = sum(row.height for row in rows) + _GAP * (len(rows) - 1)
    whole = Image.new("RGB", (max(row.width for row in rows), height), _GROUND)
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height + _GAP
    return whole


def _framed(picture: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (picture.width + 2 * _GAP, picture.height + 2 * _GAP), _GROUND)
    whole.paste(picture, (_GAP, _GAP))
    return whole


def _text(lines: Sequence[str], width: int, size: int, colour: Colour) -> Image.Image:
    """Lines of text in so many pixels, broken where they are longer."""
    font = ImageFont.load_default(size)
    fit = max(8, int(width / (size * 0.52)))
    broken = [part for line in lines for part in textwrap.wrap(_printable(line), fit) or [""]]
    step = round(size * 1.35)
    picture = Image.new("RGB", (width, step * len(broken)), _GROUND)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(broken):
        pen.text((0, number * step), line, fill=colour, font=font)
    return picture


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() and not "\ud800" <= char <= "\udfff" else "?" for char in text)


# Kinds of explanations


def _drawn_lines(
    data: KeypointLines, shown: Explained, pictures: tuple[Image.Image, Image.Image], stroke: int
) -> Image.Image:
    whole = _beside(pictures)
    pen = ImageDraw.Draw(whole)
    first, second = (np.array(picture.size) for picture in pictures)
    shift = np.array([pictures[0].width + _GAP, 0])
    for hue, pair in _picked(data.pairs):
        start, stop = pair[:2] * first, pair[2:] * second + shift
        colour = _hue(hue)
        pen.line([tuple(start), tuple(stop)], fill=colour, width=max(1, stroke // 2))
        for x, y in (start, stop):
            pen.ellipse((x - 1.5 * stroke, y - 1.5 * stroke, x + 1.5 * stroke, y + 1.5 * stroke), outline=colour)
    found = geometry_of(data, shown.query, shown.candidate)
    if found is not None and shown.score.verified:
        if found.outline is not None:
            _outlined(whole, found.outline * second + shift, (int(shift[0]), 0, whole.width, HEIGHT), stroke)
        if found.back is not None:
            _outlined(whole, found.back * first, (0, 0, int(first[0]), HEIGHT), stroke)
    return whole


def _picked(pairs: npt.NDArray[Any]) -> list[tuple[float, npt.NDArray[Any]]]:
    """Some of the pairs, spread evenly over the query from left to right, each with a hue, 0 to 1."""
    if not len(pairs):
        return []
    ordered = pairs[np.argsort(pairs[:, 0], kind="stable")]
    chosen = np.unique(np.linspace(0, len(ordered) - 1, min(_MOST_LINES, len(ordered))).astype(int))
    return [(place / max(1, len(chosen)), ordered[number]) for place, number in enumerate(chosen)]


def _hue(share: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(0.05 + 0.85 * share, 0.75, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def _outlined(whole: Image.Image, corners: npt.NDArray[Any], within: tuple[int, int, int, int], stroke: int) -> None:
    """Draw the outline of one picture in another, no farther than that one reaches."""
    left, top, right, bottom = within
    part = whole.crop(within)
    pen = ImageDraw.Draw(part)
    # A corner far outside would be a number that no canvas takes; lines to it go the same way.
    near = np.clip(corners - (left, top), -20 * (right - left), 20 * (right - left))
    ring = [tuple(corner) for corner in (*near, near[0])]
    pen.line(ring, fill=(0, 0, 0), width=stroke * 2, joint="curve")
    pen.line(ring, fill=_OUTLINE, width=stroke, joint="curve")
    whole.paste(part, (left, top))


def _heated(picture: Image.Image, data: HeatMap) -> Image.Image:
    """The picture in grey where nothing is, and in the colours of heat where something is."""
    values = np.clip(np.asarray(data.values, np.float32), 0, 1)
    spread = Image.fromarray(values).resize(picture.size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(spread, np.float32), 0, 1)[..., None]
    steps = heat[..., 0] * (len(_HEAT) - 1)
    low = np.minimum(steps.astype(int), len(_HEAT) - 2)
    colours = _HEAT[low] + (steps - low)[..., None] * (_HEAT[low + 1] - _HEAT[low])
    pixels = np.asarray(picture, np.float32)
    grey = pixels.mean(axis=2, keepdims=True) * 0.6
    share = 0.65 * heat**0.7
    mixed = (grey + 0.35 * (pixels - grey) * heat) * (1 - share) + colours * share
    return Image.fromarray(np.rint(mixed).clip(0, 255).astype(np.uint8))


def _drawn_bits(data: BitDiff, pictures: tuple[Image.Image, Image.Image], are_shown: bool) -> Image.Image:
    """Under each picture, where they are shown, what the hash sees of it, and its bits, those that differ in red."""
    differing = data.query != data.candidate
    side = min(HEIGHT, max(HEIGHT // 2, *((picture.width - _GAP) // 2 for picture in pictures)))
    columns = []
    for picture, bits, seen in zip(
        pictures, (data.query, data.candidate), (data.query_seen, data.candidate_seen), strict=True
    ):
        parts = [_grid(bits, differing, side)]
        if seen is not None:
            # Hashes compare, so only what is lighter or darker matters.
            grey = ImageOps.autocontrast(Image.fromarray(seen)).convert("RGB")
            parts.insert(0, grey.resize((side, side), Image.Resampling.NEAREST))
        columns.append(_stacked([picture, _beside(parts)] if are_shown else [_beside(parts)]))
    return _beside(columns)


def _grid(bits: npt.NDArray[Any], differing: npt.NDArray[np.bool_], side: int) -> Image.Image:
    colours = np.where(bits[..., None] > 0, np.array(_SET), np.array(_UNSET))
    colours = np.where(differing[..., None], np.array(_DIFFERS) * np.where(bits[..., None] > 0, 1.0, 0.6), colours)
    cells = Image.fromarray(colours.astype(np.uint8)).resize((side, side), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(cells)
    for axis, count in enumerate(bits.shape):
        for number in range(1, count):
            at = round(number * side / count)
            pen.line((0, at, side, at) if axis == 0 else (at, 0, at, side), fill=_GROUND)
    return cells


def _drawn_bars(data: ClassBars, width: int) -> Image.Image:
    """Of each class its name and two bars, the upper one of the query."""
    best = best_classes(data)
    font, small = ImageFont.load_default(_FONT), ImageFont.load_default(_FONT - 3)
    step, left = 46, min(width // 2, 240)
    picture = Image.new("RGB", (width, step * max(1, len(best))), _GROUND)
    pen = ImageDraw.Draw(picture)
    room = max(10, width - left - 60)
    for row, number in enumerate(best):
        top = row * step
        name = _fitting(_printable(data.classes[number]), font, left - 10)
        pen.text((0, top + 10), name, fill=_TEXT, font=font)
        for place, (values, colour) in enumerate(((data.query, _QUERY), (data.candidate, _CANDIDATE))):
            y, share = top + 4 + 18 * place, min(1.0, max(0.0, float(values[number])))
            pen.rectangle((left, y, left + max(1, round(room * share)), y + 14), fill=colour)
            pen.text((left + round(room * share) + 6, y - 2), f"{share:.0%}", fill=_FAINT, font=small)
    return picture


def _fitting(text: str, font: Any, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
