"""Hits as lines of a table with aligned columns, and the lines above and below the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content

from revsearch_tui.tui.marks import MARK
from revsearch_tui.tui.text import class_text, clip, clip_placed, raw_text, shown, unit_text
from revsearch_tui.tui.widgets.painting import POINTER
from revsearch_tui.tui.widgets.results.card import found_as, marks, missing_sign

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit, SearchResult

_BAR_CELLS = 8
_MOST_NAMES = 3
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NAME_LEAST = 12
_NAME_ROOM = 16
"""What methods, whose ranks stand beside the name, leave for it."""
StyleOf = Callable[[str], Style]


class Place(NamedTuple):
    """The column of a fused method's ranks: its label, and the width in cells."""

    method: str
    width: int


class Columns(NamedTuple):
    """Widths in cells. `unit` is the one in the heading; of fused hits there are `places` instead, for which no room
    is left by `more` methods, or none where lines are short. `label` is for what hits are found as, with the heading
    `told`."""

    rank: int
    bar: int
    raw: int
    label: int
    name: int
    size: int
    unit: str = ""
    places: tuple[Place, ...] = ()
    more: int = 0
    told: str = "class"


def columns_for(hits: Sequence[Hit], width: int) -> Columns:
    """Column widths for these hits in lines of that width; the name gets what is left."""
    rank = max(3, len(str(len(hits))))
    size = 11 if width >= 70 else 0
    bar = _BAR_CELLS if width >= 58 else 0
    label = max((cell_len(found_as(hit)) for hit in hits), default=0)
    told = "found as" if any(hit.tier for hit in hits) else "class"
    label = max(len(told), min(label, 24 if width >= 70 else 10 if told != "class" else 14)) if label else 0
    fused = any(hit.fused for hit in hits)
    is_narrow = fused and width < 70
    if is_narrow and told == "class":
        label = 0  # the name and the ranks of the methods go first; details tell it
    used = 1 + rank + 2 + 5 + (1 + bar if bar else 0) + (2 + label if label else 0) + 1 + 3 + 1
    used += (2 + size if size else 0) + 1
    if is_narrow and label:
        return Columns(rank, bar, 0, label, max(6, width - used), size, told=told)
    if fused:
        places, more = _places(hits, width - used - _NAME_ROOM, 12 if width >= 58 else 6)
        used += sum(2 + place.width for place in places) + (2 + len(f"+{more}") if more else 0)
        return Columns(rank, bar, 0, label, max(6, width - used), size, "", places, more, told)
    most = 26 if width >= 96 else 14
    unit = unit_text(hits[0].unit, most) if hits else ""
    raw = max((cell_len(_raw(hit, hits[0].unit, most)) for hit in hits), default=3)
    raw = max(len("measured") if not unit else cell_len(unit), raw)
    if label and (lacking := _NAME_LEAST - (width - used - 2 - raw)) > 0:
        narrower = max(len("class"), label - lacking)
        used, label = used - label + narrower, narrower
    return Columns(rank, bar, raw, label, max(6, width - used - 2 - raw), size, hits[0].unit if hits else "")


def _places(hits: Sequence[Hit], room: int, most: int) -> tuple[tuple[Place, ...], int]:
    """Columns of as many methods as fit, each label in at most `most` cells, and how many methods do not."""
    lowest: dict[str, int] = {}
    for hit in hits:
        for part in hit.fused:
            lowest[part.method] = max(part.rank, lowest.get(part.method, 1))
    places: list[Place] = []
    for method, rank in lowest.items():
        width = max(min(cell_len(shown(method)), most), len(str(rank)))
        room -= 2 + width
        if room < (0 if len(places) == len(lowest) - 1 else 4) and places:
            break
        places.append(Place(method, width))
    return tuple(places), len(lowest) - len(places)


def heading(columns: Columns, style_of: StyleOf) -> list[Segment]:
    """The line above the hits."""
    text = f" {'#':>{columns.rank}}  {'score':<5}"
    if columns.bar:
        text += " " * (1 + columns.bar)
    for method, width in columns.places:
        text += "  " + _right(clip(shown(method), width), width)
    if columns.more:
        text += f"  +{columns.more}"
    if columns.raw:
        text += "  " + _right(clip(unit_text(columns.unit, columns.raw) or "measured", columns.raw), columns.raw)
    if columns.label:
        text += f"  {columns.told:<{columns.label}}"
    text += f"     {'name':<{columns.name}}"
    if columns.size:
        text += f"  {'pixels':>{columns.size}}"
    return [Segment(text + " ", style_of("faint") + Style(underline=True))]


def row_line(
    hit: Hit,
    columns: Columns,
    highlighted: bool,
    style_of: StyleOf,
    folder: str = "",
    sign: str = "",
    marked: bool = False,
) -> list[Segment]:
    """One hit; `folder` tells it from others of its name, `sign` stands behind its rank."""
    base = Style(bgcolor=style_of("line").bgcolor, bold=True) if highlighted else Style()

    def part(text: str, kind: str = "") -> Segment:
        return Segment(text, style_of(kind) + base if kind else base)

    line = [part(POINTER if highlighted else " ", "highlight"), part(f"{hit.rank:>{columns.rank}}", "faint")]
    line.append(part(f"{sign + (MARK if marked else ''):<2}", "highlight"))
    line.append(part(f"{hit.score:.3f}", "good"))
    if columns.bar:
        line += [part(" "), part(bar(hit.score, columns.bar), "bar")]
    line.append(part(_measured(hit, columns) + ("  " if columns.label else " "), "faint"))
    if columns.label:
        label = clip(found_as(hit), columns.label)
        kind = "" if hit.tier is None else "good" if hit.is_same else "faint"
        line.append(part(label + " " * (columns.label - cell_len(label)) + " ", kind))
    signs = marks(hit)
    line += [part(sign, kind) for sign, kind in signs]
    line.append(part(" " * (4 - len(signs))))
    more = f" +{len(hit.paths) - 1}" if len(hit.paths) > 1 else ""
    more = missing_sign(hit, columns.name) + more
    name = clip_placed(shown(folder), shown(hit.path.name), columns.name - len(more))
    before = len(shown(folder)) if folder and name.startswith(shown(folder)) else 0
    line += [part(name[:before], "faint"), part(name[before:])]
    line.append(part(more, "faint"))
    line.append(part(" " * (columns.name - cell_len(name) - len(more))))
    if columns.size:
        size = f"{hit.width}×{hit.height}"
        line.append(part(f"  {size:>{columns.size}}", "faint"))
    line.append(part(" "))
    return line


def _measured(hit: Hit, columns: Columns) -> str:
    """The raw value, or each method's rank where several were fused: a dot for those that did not find the picture."""
    if columns.raw:
        return "  " + _right(clip(_raw(hit, columns.unit, columns.raw), columns.raw), columns.raw)
    ranks = {part.method: str(part.rank) for part in hit.fused}
    text = "".join("  " + _right(ranks.get(method, "·"), width) for method, width in columns.places)
    return text + " " * (2 + len(f"+{columns.more}") if columns.more else 0)


def _raw(hit: Hit, unit: str, width: int) -> str:
    """The value, without its unit where that stands in the heading."""
    return raw_text(hit.raw, "" if hit.unit == unit else hit.unit, width)


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def bar(score: float, width: int) -> str:
    """A score of 0..1 as a bar of that many cells, drawn in eighths."""
    eighths = round(max(0.0, min(1.0, score)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def results_title(result: SearchResult) -> Content:
    """How many hits there are and, where that is known, what the query or its words are taken for."""
    text = f"Results · {len(result.hits):,} of {result.gallery:,}{' · only alike' if result.only_alike else ''}"
    classes = dict.fromkeys(class_text(told.label, told.confidence) for told in result.likely_classes)
    if result.taken_for:
        names = ", ".join(map(shown, result.taken_for[:_MOST_NAMES]))
        return Content(f"{text} · as {names}{' …' if len(result.taken_for) > _MOST_NAMES else ''}")
    return Content(f"{text} · query: {', '.join(classes)}" if classes else text)


def answered_by(result: SearchResult) -> str:
    """The method that answered, or those whose answers were made one."""
    fused = dict.fromkeys(shown(part.method) for hit in result.hits for part in hit.fused)
    return f"fused: {' + '.join(fused)}" if fused else shown(result.method)
