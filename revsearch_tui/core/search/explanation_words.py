"""What a method shows of a pair, in sentences, in figures made of plain characters, and as data for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from revsearch_tui.api import BitDiff, ClassBars, HeatMap, KeypointLines
from revsearch_tui.core.pixels.pair_geometry import extent, outline, overlap, turn_words, turned_round
from revsearch_tui.core.search.views import change_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api import Explanation
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.explaining import Explained

TOP_CLASSES = 5
_WIDTH = 60
_CHANGES = {"mirrored": "left and right are exchanged", "inverted": "light and dark are exchanged"}
_SIDES = (
    ("in the upper left", "at the top", "in the upper right"),
    ("at the left", "in the middle", "at the right"),
    ("in the lower left", "at the bottom", "in the lower right"),
)
_WHOLE = 0.99


class Names(NamedTuple):
    """What the two pictures are called in sentences."""

    query: str = "first"
    candidate: str = "second"


PLAIN_NAMES = Names()


class Geometry(NamedTuple):
    """Where the query lies in the candidate: its corners (4, 2) in fractions of width and height, where all of them can
    be told; the candidate's in the query; the shares of the query's and of the candidate's area that the other shows;
    what was done to the query."""

    outline: npt.NDArray[Any] | None
    back: npt.NDArray[Any] | None
    overlap: tuple[float, float]
    changes: tuple[str, ...]


def geometry_of(lines: KeypointLines, query: Picture, candidate: Picture) -> Geometry | None:
    """What the transform of matched points says; None where there is none."""
    ways = turned_round(lines.transform)
    if ways is None:
        return None
    ours, theirs = (extent(picture.shape[1] / picture.shape[0]) for picture in (query, candidate))
    change = change_of(lines)
    words = (_CHANGES.get(change, ""), turn_words(ways[0]))
    there, back = outline(ways[0], ours, theirs), outline(ways[1], theirs, ours)
    return Geometry(there, back, overlap(ways, ours, theirs), tuple(word for word in words if word))


def best_classes(bars: ClassBars, count: int = TOP_CLASSES) -> list[int]:
    """Which classes either picture most probably shows, the likeliest first."""
    either = np.maximum(bars.query, bars.candidate)
    return [int(number) for number in np.argsort(-either, kind="stable")[:count]]


def sentences(shown: Explained, names: Names = PLAIN_NAMES) -> list[str]:
    """What speaks for the pair, or that nothing does, the most important first."""
    data = shown.data
    if isinstance(data, KeypointLines):
        return _of_lines(data, shown, names)
    if isinstance(data, BitDiff):
        return _of_bits(data, shown, names)
    if isinstance(data, HeatMap):
        return _of_heat(data, shown, names)
    return [f"likeness of their classes: {shown.score.score:.2f}", *_of_classes(data, names)]


def _of_lines(data: KeypointLines, shown: Explained, names: Names) -> list[str]:
    found = geometry_of(data, shown.query, shown.candidate)
    count = len(data.pairs)
    if found is None:
        return ["no points of both agree on one geometry"]
    of = f", of {data.tentative} that look the same" if data.tentative > count else ""
    told = [f"{_points(count)} of both agree on one geometry{of}"]
    if shown.score.verified is False:
        return [f"{told[0]}; so few do by chance, too"]
    ours, theirs = found.overlap
    told.append(f"{ours:.0%} of the {names.query} is seen in the {names.candidate}, where it fills {theirs:.0%}")
    told += _where(found.outline, f"in the {names.candidate}, the {names.query} lies")
    told += _where(found.back, f"in the {names.query}, the {names.candidate} lies")
    return told + list(found.changes)


def _where(corners: npt.NDArray[Any] | None, which: str) -> list[str]:
    """From where to where one picture lies in the other; nothing where that is the whole of it."""
    if corners is None:
        return []
    (left, top), (right, bottom) = (np.clip(edge(corners, axis=0), 0, 1) for edge in (np.min, np.max))
    if min(right - left, bottom - top) > _WHOLE:
        return []
    return [f"{which} from {left:.0%} to {right:.0%} of the width, from {top:.0%} to {bottom:.0%} of the height"]


def _points(count: int) -> str:
    return f"{count} point{'' if count == 1 else 's'}"


def _of_bits(data: BitDiff, shown: Explained, names: Names) -> list[str]:
    if shown.score.plain:
        plain = [name for name, bits in zip(names, (data.query, data.candidate), strict=True) if not bits.any()]
        return [f"the {' and the '.join(plain)} picture is too plain to tell: it has no bits"]
    differing, total = int((data.query != data.candidate).sum()), data.query.size
    told = f"{differing} of {total} bits differ; of pictures that have nothing in common about {total // 2} do"
    return [told] if shown.score.beyond_chance else [told, "so many differ by chance"]


def _of_heat(data: HeatMap, shown: Explained, names: Names) -> list[str]:
    told = [f"{shown.score.unit} {shown.score.raw:.2f}"]
    where = names.candidate if data.on == "candidate" else names.query
    if not data.values.any():
        told.append(f"no single place of the {where} carries it: covering one costs nothing")
    else:
        cost = f": covering that costs {data.most:.2f}" if data.most else ""
        told.append(f"what carries it most is {_place(data.values)} of the {where}{cost}")
    return told + (_of_classes(data.classes, names) if data.classes is not None else [])


def _place(values: npt.NDArray[Any]) -> str:
    """Where the strongest of (h, w) values is, in words."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    across = int((column + 0.5) / values.shape[1] * 3)
    return _SIDES[int((row + 0.5) / values.shape[0] * 3)][across]


def _of_classes(bars: ClassBars, names: Names) -> list[str]:
    told = []
    for name, row in zip(names, (bars.query, bars.candidate), strict=True):
        best = [number for number in np.argsort(-row, kind="stable")[:3] if row[number] >= 0.01]
        told.append(f"the {name} is taken for " + ", ".join(f"{bars.classes[n]} {row[n]:.0%}" for n in best))
    return told


def bars_of(data: Explanation) -> ClassBars | None:
    """The classes that an explanation tells of."""
    return data.classes if isinstance(data, HeatMap) else data if isinstance(data, ClassBars) else None


def figure(data: Explanation, names: Names = PLAIN_NAMES, width: int = _WIDTH) -> list[str]:
    """Lines of plain characters that show what a drawing shows, at most so many where they can be shorter; none where
    sentences say it all.

    Bits: `#` and `.` are those that are alike, `x` those that differ. Heat: 1 to 9, a dot for none.
    """
    if isinstance(data, BitDiff):
        marks = np.where(data.query != data.candidate, "x", np.where(data.query > 0, "#", "."))
        return [" ".join(row) for row in marks]
    bars = bars_of(data)
    lines = [] if bars is None else class_figure(bars, names, width)
    if isinstance(data, HeatMap):
        levels = np.rint(data.values * 9).astype(int)
        heat = [" ".join("." if level == 0 else str(level) for level in row) for row in levels]
        return [*heat, "", *lines] if lines else heat
    return lines


def class_figure(data: ClassBars, names: Names, width: int = _WIDTH) -> list[str]:
    """A line for each class and picture, with a bar, in so many characters; long names are cut."""
    best = best_classes(data)
    wide = min(width // 3, max((len(data.classes[number]) for number in best), default=0))
    called = max(map(len, names))
    room = max(4, width - wide - called - 10)
    lines = []
    for number in best:
        for name, row in zip(names, (data.query, data.candidate), strict=True):
            label = data.classes[number][:wide] if name == names.query else ""
            bar = "#" * round(float(row[number]) * room)
            lines.append(f"{label:<{wide}}  {name:<{called}}  {row[number]:>4.0%}  {bar}".rstrip())
    return lines


def as_data(shown: Explained) -> dict[str, Any]:
    """What is shown as JSON values; points in fractions of width and height, bits as rows of 0 and 1."""
    data = shown.data
    if isinstance(data, KeypointLines):
        found = geometry_of(data, shown.query, shown.candidate)
        return {
            "kind": "lines",
            "points": len(data.pairs),
            "tentative": data.tentative,
            "pairs": _rounded(data.pairs),
            "outline": None if found is None or found.outline is None else _rounded(found.outline),
            "overlap_first": None if found is None else round(found.overlap[0], 4),
            "overlap_second": None if found is None else round(found.overlap[1], 4),
            "mirrored": data.mirrored,
            "inverted": data.inverted,
            "changes": [] if found is None else list(found.changes),
        }
    if isinstance(data, BitDiff):
        rows = {name: _bit_rows(bits) for name, bits in (("first", data.query), ("second", data.candidate))}
        return {"kind": "bits", "differing": int((data.query != data.candidate).sum()), "bits": data.query.size, **rows}
    if isinstance(data, HeatMap):
        classes = None if data.classes is None else _class_rows(data.classes)
        on = "second" if data.on == "candidate" else "first"
        return {"kind": "heat", "on": on, "most": data.most, "values": _rounded(data.values), "classes": classes}
    return {"kind": "classes", "classes": _class_rows(data)}


def _class_rows(bars: ClassBars) -> list[dict[str, Any]]:
    return [
        {
            "class": bars.classes[number],
            "first": round(float(bars.query[number]), 4),
            "second": round(float(bars.candidate[number]), 4),
        }
        for number in best_classes(bars)
    ]


def _bit_rows(bits: npt.NDArray[Any]) -> list[str]:
    return ["".join(str(int(bit)) for bit in row) for row in bits]


def _rounded(values: Any) -> list[list[float]]:
    return [[round(float(value), 4) for value in row] for row in values]
