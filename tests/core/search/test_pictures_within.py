"""Pictures that stand on a page: told from text and bars, and searched for alone where the page finds nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.pictures_within import pictures_within
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.sources import read_query
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.search.word_search import search_any
from revsearch_tui.core.storage.judgements import judge
from tests.support.drawn import drawn_page, shaded
from tests.support.library import Library


def decoded(picture: Image.Image) -> np.ndarray:
    small = picture.copy()
    small.thumbnail((960, 960))
    return np.asarray(small)


def test_pictures_on_a_page_are_told_from_its_text_and_bars() -> None:
    places = [(shaded(1, (500, 360)), (200, 600)), (shaded(2, (420, 520)), (1200, 1500))]
    sheet = drawn_page(*places)
    scale = 960 / sheet.height
    wanted = [(x * scale, y * scale, (x + p.width) * scale, (y + p.height) * scale) for p, (x, y) in places]
    found = pictures_within(decoded(sheet))
    assert np.abs(np.array(sorted(found)) - np.array(sorted(wanted))).max() < 3
    assert found[0] == max(found, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))


@pytest.mark.parametrize("size", [(960, 640), (9, 9), (2000, 1), (41, 960)])
def test_what_is_no_page_holds_none(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    assert pictures_within(noise) == []
    assert pictures_within(np.full_like(noise, 200)) == []
    assert pictures_within(decoded(drawn_page())) == []


def asked(library: Library, engine: SearchEngine, query: Path, **changes: object) -> tuple[SearchResult, SearchResult]:
    """What the whole query finds, and the answer."""
    request = replace(search_request(library.workspace, library.workspace.choose(("phash", "sift"))), **changes)
    read = read_query(str(query))
    return engine.search([read], request)[0], search_any(engine, read, request)


def test_the_picture_on_a_page_is_found_and_the_hit_says_where_it_is(
    library: Library, engine: SearchEngine, tmp_path: Path
) -> None:
    drawn_page((shaded(7, (220, 160)), (900, 1400))).save(tmp_path / "page.png")
    whole, found = asked(library, engine, tmp_path / "page.png", k=5)
    assert whole.only_alike, "the page itself finds it"
    first = found.hits[0]
    assert (first.path.name, first.tier, first.rank) == ("p07.png", "same thing", 1)
    (why,) = first.why
    assert why.startswith("part ") and why.removeprefix("part ") in found.notes[-1]
    x, y, wide, high = (float(number.rstrip("%")) for number in why.removeprefix("part ").split(","))
    assert abs(x - 45) < 0.5 and abs(y - 50) < 0.5 and abs(wide - 11) < 0.5 and abs(high - 160 / 28) < 0.5
    assert [hit.rank for hit in found.hits] == list(range(1, len(found.hits) + 1)) and len(found.hits) <= 5
    assert len({hit.image_id for hit in found.hits}) == len(found.hits)


def test_a_page_whose_picture_is_not_there_is_answered_as_it_was(
    library: Library, engine: SearchEngine, tmp_path: Path
) -> None:
    drawn_page((shaded(77, (220, 160)), (900, 1400))).save(tmp_path / "page.png")
    whole, found = asked(library, engine, tmp_path / "page.png")
    assert [hit.image_id for hit in found.hits] == [hit.image_id for hit in whole.hits] and found.only_alike


def test_no_match_holds_for_a_picture_on_a_page(library: Library, engine: SearchEngine, tmp_path: Path) -> None:
    drawn_page((shaded(5, (220, 160)), (900, 1400))).save(tmp_path / "page.png")
    whole, found = asked(library, engine, tmp_path / "page.png")
    assert found.hits[0].path.name == "p05.png"
    pair = (bytes.fromhex(whole.image_id), bytes.fromhex(found.hits[0].image_id))
    judge(engine.collection.home, [pair], [("", "")], "no match")
    assert all(hit.path.name != "p05.png" for hit in asked(library, engine, tmp_path / "page.png")[1].hits)


def test_a_chart_in_a_window_is_told_from_bars_and_panes_beside_it() -> None:
    window = Image.new("RGB", (960, 600), (240, 240, 243))
    pen = ImageDraw.Draw(window)
    pen.rectangle((0, 0, 960, 46), (60, 63, 70))
    pen.rectangle((0, 46, 150, 600), (215, 216, 220))
    for y in range(70, 560, 24):
        pen.text((16, y), "folder of charts", (40, 40, 40))
    assert pictures_within(np.asarray(window)) == []
    box = (352, 184, 752, 440)
    pen.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), (255, 255, 255))
    for x, high in zip(range(380, 730, 50), (40, 120, 200, 90, 150, 60, 180), strict=True):
        pen.rectangle((x, 420 - high, x + 30, 420), (60, 110, 170))
    (found,) = pictures_within(np.asarray(window))
    assert np.abs(np.array(found) - box).max() <= 1
