"""A second look where a whole query finds nothing that is the same: at pictures that stand on a plain ground within it,
such as the photograph on a page, in a chart or in a conversation, and at what else stands on one, such as clip art.

Beside lines of text a small picture has few keypoints, and a page is decoded no larger than a photograph. Cut out of
the original it is searched for at its own size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from revsearch_tui.core.images.crop import Crop
from revsearch_tui.core.pixels import SMALL_THINGS
from revsearch_tui.core.search.figures_within import (
    CELL,
    Figures,
    by_cells,
    connected,
    figures_within,
    ground_of,
    on_white,
)
from revsearch_tui.core.search.judged import judged_of
from revsearch_tui.core.search.near_equals import MOST as LOOKED_AT
from revsearch_tui.core.search.results import ON_WHITE, PART
from revsearch_tui.core.search.sources import QueryPicture

if TYPE_CHECKING:
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.search.results import Hit, SearchRequest, SearchResult

    Mask = npt.NDArray[np.bool_]

_LEAST_GROUND = 0.1
"""Share of the picture that is of one colour where it is a page."""
_FILLED = 0.1
"""Share of a cell that is ground at most within a picture; letters have more between and around them."""
_LEAST_CELLS, _MOST_SHARE = 5, 0.7
"""Width and height of a picture, in cells, and the share of the page that it has at the most."""
_LEAST_FULL = 0.75
"""Share of its box that a picture fills; skies may be of the ground's colour."""
_LEAST_GREYS, _GREY_SHARE = 10, 1 / 200
"""Of 32, each with such a share of the box; a bar, a button or a heading has two or three."""
_PANEL_EDGE, _PANEL_CELLS, _PANEL_SHARE, _PANEL_FORM, _PANEL_GREYS = 0.9, 12, 0.03, 2.5, 2
"""A chart, a drawing or a page that has a ground of its own has few greys. It fills the edges of its box, is so wide
and so high at least, in cells, has such a share of the page, is no longer than so many times its width, as bars are,
and shows something."""
_MOST = 3


def with_pictures_within(
    engine: SearchEngine, query: QueryPicture, request: SearchRequest, whole: SearchResult
) -> SearchResult:
    """The answer to the whole query, after what is the same as a picture within it. Raises as `SearchEngine.search`."""
    if request.crop is not None or whole.method != "fused" or request.fusion != "evidence":
        return whole
    if any(hit.is_same or hit.is_judged_match for hit in whole.hits):
        return whole
    refused = {each.hex() for each in judged_of(engine.judgements, bytes.fromhex(whole.image_id)).refused}
    seconds = whole.seconds
    found: list[list[Hit]] = []
    parts: list[str] = []
    for look in _looks(query, engine.pixels(query)):
        answer = engine.search([look.query], replace(request, crop=look.crop))[0]
        same = [hit for hit in answer.hits if hit.is_same and hit.image_id not in refused]
        if look.lacking is not None:
            # Simple forms have like hashes: what is near by these alone is looked at pixel by pixel.
            same = [
                hit for hit in same if hit.tier == "same thing" or (hit.lacks in look.lacking and hit.rank <= LOOKED_AT)
            ]
        if same:
            parts.append(look.told)
            # A page is no copy of a picture on it, whatever that part of it is.
            found.append([replace(hit, tier="same thing", why=(*hit.why, *look.why)) for hit in same])
        seconds += answer.seconds
    if not found:
        return replace(whole, seconds=seconds)
    known: dict[str, Hit] = {}
    for each in found:
        for hit in each:
            known.setdefault(hit.image_id, hit)
    # Of one part they are in order already.
    found.sort(key=lambda each: (-each[0].score, -each[0].raw, each[0].image_id))
    first = list(dict.fromkeys(known[hit.image_id] for each in found for hit in each))
    rest = (hit for hit in whole.hits if hit.image_id not in known)
    hits = tuple(replace(hit, rank=rank) for rank, hit in enumerate([*first, *rest][: request.k], start=1))
    crops = [part for part in parts if part]
    told = f"by a part of it alone, {' and '.join(crops)}" if crops else "with white in place of its ground"
    return replace(whole, hits=hits, seconds=seconds, notes=(*whole.notes, f"{query.name}: found {told}"))


class _Look(NamedTuple):
    """A query to be asked in place of the whole one, or a part of that; `told`, empty for all of it, and `why` say
    which, to users. `lacking`: what a copy of it may lack (see `Hit.lacks`), where not just anything."""

    query: QueryPicture
    crop: str | None
    told: str
    why: tuple[str, ...]
    lacking: tuple[str, ...] | None


def _looks(query: QueryPicture, picture: Picture) -> Iterator[_Look]:
    """First the pictures, then what was transparent, perhaps, and lies on another ground than white, then the figures;
    of pictures and figures three at the most."""
    height, width = picture.shape[:2]
    pictures = pictures_within(picture)
    for box in pictures:
        crop = str(_as_crop(box, width, height))
        yield _Look(query, crop, crop, (f"{PART}{crop}",), None)
    figures = figures_within(picture)
    if figures is None:
        return
    if not figures.is_white:
        yield _on_white(query, picture, figures, (0, 0, width, height))
    apart = [box for box in figures.boxes if not any(_meet(box, other) for other in pictures)]
    for box in apart[: _MOST - len(pictures)]:
        if figures.is_whole(box):
            continue
        if not figures.is_white:
            yield _on_white(query, picture, figures, box)
        else:
            crop = str(_as_crop(box, width, height))
            yield _Look(query, crop, crop, (f"{PART}{crop}",), ("",))


def _on_white(query: QueryPicture, picture: Picture, figures: Figures, box: tuple[int, int, int, int]) -> _Look:
    height, width = picture.shape[:2]
    crop = "" if box == (0, 0, width, height) else str(_as_crop(box, width, height))
    white = QueryPicture(query.name, on_white(picture, figures.ground, box))
    why = (f"{PART}{crop}", ON_WHITE) if crop else (ON_WHITE,)
    return _Look(white, None, crop, why, ("", SMALL_THINGS))


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def pictures_within(picture: Picture) -> list[tuple[int, int, int, int]]:
    """Left, top, right and bottom of the pictures on a page, (h, w, 3) uint8, largest first and three at most; none
    where it is no page."""
    high, wide = picture.shape[0] // CELL, picture.shape[1] // CELL
    if min(high, wide) < _LEAST_CELLS:
        return []
    _, ground = ground_of(picture, picture)
    if ground.mean() < _LEAST_GROUND:
        return []
    filled, found = by_cells(ground) <= _FILLED, []
    for rows, columns in connected(filled):
        top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        area = (bottom - top) * (right - left)
        if min(bottom - top, right - left) < _LEAST_CELLS or len(rows) < _LEAST_FULL * area:
            continue
        box = (int(left * CELL), int(top * CELL), int(right * CELL), int(bottom * CELL))
        least = _PANEL_GREYS if _is_panel(filled[top:bottom, left:right], filled.size) else _LEAST_GREYS
        if area <= _MOST_SHARE * high * wide and _greys(picture, box) >= least:
            found.append((area, box))
    return [_to_the_edges(ground, box) for _, box in sorted(found, reverse=True)[:_MOST]]


def _is_panel(filled: Mask, page: int) -> bool:
    """Whether a box of cells (h, w), of so many of the page, may be a picture of few greys."""
    short, long = sorted(filled.shape)
    edge = np.concatenate([filled[0], filled[-1], filled[:, 0], filled[:, -1]])
    is_large = short >= _PANEL_CELLS and filled.size >= _PANEL_SHARE * page
    return is_large and long <= _PANEL_FORM * short and bool(edge.mean() >= _PANEL_EDGE)


def _greys(picture: Picture, box: tuple[int, int, int, int]) -> int:
    left, top, right, bottom = box
    greys = picture[top:bottom, left:right].mean(axis=2).astype(np.int64) >> 3
    return int((np.bincount(greys.ravel()) > _GREY_SHARE * greys.size).sum())


def _to_the_edges(ground: Mask, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The box with those rows and columns beside it that are not of the ground for the most part."""
    left, top, right, bottom = box
    rows = ground[:, left:right].mean(axis=1) < 0.5
    columns = ground[top:bottom].mean(axis=0) < 0.5
    left, right = left - _steps(columns[:left][::-1]), right + _steps(columns[right:])
    return left, top - _steps(rows[:top][::-1]), right, bottom + _steps(rows[bottom:])


def _steps(filled: Mask) -> int:
    """How far a picture goes on beyond its cells, which is less than one of them."""
    return int(np.cumprod(filled[: CELL - 1]).sum())


def _as_crop(box: tuple[int, int, int, int], width: int, height: int) -> Crop:
    """In percent, for the original is larger than what was decoded of it."""
    left, top, right, bottom = box
    values = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    x, y, w, h = (round(100 * value, 2) for value in values)
    return Crop((x, y, min(w, round(100 - x, 2)), min(h, round(100 - y, 2))), (True,) * 4)
