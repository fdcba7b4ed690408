"""Of pictures that are nearly alike, told as the same by as much evidence, the one that was asked for comes first."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from revsearch_tui.api import NullControl
from revsearch_tui.core.pixels.pixel_misfit import Candidate, misfits
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import BY_PIXELS, Hit
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.search.word_search import search_any
from tests.support.drawn import draw, draw_folder
from tests.support.library import Library

VARIANTS = 5
METHODS = ("phash", "sift")


def variant(number: int) -> Image.Image:
    """One drawing, with a small square elsewhere each time."""
    picture = draw(900, (480, 360))
    x, y = 60 + 80 * number, 300 - 50 * number
    ImageDraw.Draw(picture).rectangle((x, y, x + 11, y + 11), (250, 240, 20), (10, 10, 10))
    return picture


def worse(picture: Image.Image) -> Image.Image:
    held = io.BytesIO()
    picture.resize((picture.width // 2, picture.height // 2)).save(held, "JPEG", quality=60)
    return Image.open(held)


def photographed(picture: Image.Image) -> Image.Image:
    """From the side, in uneven light, on a table."""
    way = (1.02, 0.06, -40.0, 0.04, 1.05, -30.0, 0.0002, 0.0001)
    size = (picture.width + 60, picture.height + 60)
    seen = picture.transform(size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BILINEAR, fillcolor=(90, 70, 50))
    light = np.linspace(0.6, 1.0, size[0])[None, :, None] * np.array([1.0, 0.95, 0.85])
    return Image.fromarray((np.asarray(seen) * light).astype(np.uint8))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    base = tmp_path_factory.mktemp("nearly")
    draw_folder(base / "pictures", range(12))
    for number in range(VARIANTS):
        variant(number).save(base / "pictures" / f"v{number}.png")
    made = Library(base / "home", METHODS)
    made.index(base / "pictures")
    return made


@pytest.fixture(scope="module")
def engine(library: Library) -> Iterator[SearchEngine]:
    engine = open_engine(library.workspace, library.workspace.collection("pictures"), NullControl(), print)
    yield engine
    engine.close()


def ask(library: Library, engine: SearchEngine, query: Image.Image, place: Path, **changes: object) -> list[Hit]:
    query.save(place / "query.png")
    request = replace(search_request(library.workspace, library.workspace.choose(METHODS)), **changes)
    return list(search_any(engine, engine.read(str(place / "query.png")), request).hits)


def names(hits: list[Hit]) -> list[str]:
    return [hit.path.stem for hit in hits]


@pytest.mark.parametrize("made", [worse, photographed, ImageOps.mirror, ImageOps.invert])
def test_the_one_that_was_asked_for_is_first(
    library: Library, engine: SearchEngine, tmp_path: Path, made: object
) -> None:
    for number in range(VARIANTS):
        query = made(variant(number))  # type: ignore[operator]
        hits = ask(library, engine, query, tmp_path)
        assert names(hits)[0] == f"v{number}"
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1)) and len(set(names(hits))) == len(hits)
        assert names(ask(library, engine, query, tmp_path, k=1)) == [f"v{number}"]


def test_evidence_is_told_as_it_is_and_orders_all_else(library: Library, engine: SearchEngine, tmp_path: Path) -> None:
    for number in range(VARIANTS):
        hits = ask(library, engine, worse(variant(number)), tmp_path, k=17)
        moved = [hit for hit in hits if BY_PIXELS in hit.why]
        by_evidence = sorted(hits, key=lambda hit: -hit.raw)
        assert {hit.raw for hit in hits[:VARIANTS]} == {hit.raw for hit in by_evidence[:VARIANTS]}
        assert all(hit.raw >= hits[0].raw - 3 and hit.tier == hits[0].tier for hit in moved)
        assert [hit.tier for hit in hits] == [hit.tier for hit in by_evidence]
        assert names(hits[VARIANTS:]) == names(by_evidence[VARIANTS:])


def test_the_same_file_stays_first_and_no_method_alone_is_looked_at(
    library: Library, engine: SearchEngine, tmp_path: Path
) -> None:
    for number in range(VARIANTS):
        file = library.home.parent / "pictures" / f"v{number}.png"
        request = search_request(library.workspace, library.workspace.choose(METHODS))
        (result,) = engine.search([engine.read(str(file))], request)
        assert (result.hits[0].tier, result.hits[0].path.stem) == ("same file", f"v{number}")
        alone = search_request(library.workspace, library.workspace.choose(("sift",)))
        hits = engine.search([engine.read(str(file))], alone)[0].hits
        assert all(not hit.why for hit in hits) and [h.score for h in hits] == sorted(h.score for h in hits)[::-1]


def test_what_cannot_be_read_or_is_another_file_now_keeps_its_place(
    library: Library, engine: SearchEngine, tmp_path: Path
) -> None:
    query, folder = worse(variant(3)), library.home.parent / "pictures"
    whole = names(ask(library, engine, query, tmp_path))
    assert whole[0] == "v3"
    kept = {number: (folder / f"v{number}.png").read_bytes() for number in range(VARIANTS)}
    try:
        for number in range(VARIANTS):
            (folder / f"v{number}.png").unlink()
        by_evidence = ask(library, engine, query, tmp_path)
        assert [hit.raw for hit in by_evidence] == sorted((hit.raw for hit in by_evidence), reverse=True)
        assert all(not hit.why for hit in by_evidence)
        (folder / "v3.png").write_bytes(b"no picture")
        (folder / "v1.png").write_bytes(kept[3])  # what it shows now is not what was indexed
        assert names(ask(library, engine, query, tmp_path)) == names(by_evidence)
        (folder / "v0.png").mkdir()
        os.mkfifo(folder / "v2.png")
        assert names(ask(library, engine, query, tmp_path)) == names(by_evidence)
        (folder / "v0.png").rmdir()
        (folder / "v2.png").unlink()
        for number in (0, 1, 2):
            (folder / f"v{number}.png").write_bytes(kept[number])
        some = names(ask(library, engine, query, tmp_path))
        assert some.index("v3") == names(by_evidence).index("v3")
        assert some.index("v4") == names(by_evidence).index("v4")
    finally:
        for number, content in kept.items():
            (folder / f"v{number}.png").write_bytes(content)
    assert names(ask(library, engine, query, tmp_path)) == whole


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"))


def test_misfits_see_through_light_and_a_shift_and_do_not_take_one_colour_for_another() -> None:
    def cup(colour: tuple[int, int, int]) -> Image.Image:
        picture = Image.new("RGB", (300, 300), "white")
        ImageDraw.Draw(picture).ellipse((80, 60, 220, 240), colour, "black", 3)
        return picture

    colours = [(200, 40, 60), (40, 200, 60), (60, 40, 200)]
    others = [Candidate(pixels(cup(colour)), None) for colour in colours]
    for number, colour in enumerate(colours):
        light = np.linspace(0.6, 0.9, 300)[:, None, None] * np.array([1.0, 0.95, 0.9])
        query = np.roll((pixels(cup(colour)) * light).astype(np.uint8), 1, axis=1)
        off = misfits(query, others)
        assert all(each is not None for each in off)
        assert int(np.argmin(off)) == number and off[number] < 0.3 * min(off[:number] + off[number + 1 :])  # type: ignore[operator]


def test_a_grey_query_is_held_against_tones() -> None:
    def lamp(colour: tuple[int, int, int]) -> Image.Image:
        picture = draw(31, (320, 240))
        ImageDraw.Draw(picture).ellipse((200, 150, 260, 210), colour)
        return picture

    colours = [(255, 60, 0), (20, 150, 20), (60, 60, 255)]
    others = [Candidate(pixels(lamp(colour)), None) for colour in colours]
    for number, colour in enumerate(colours):
        off = misfits(pixels(lamp(colour).convert("L")), others)
        assert off[number] == min(each for each in off if each is not None)
        assert off[number] is not None and off[number] < 5


def test_misfits_of_what_is_equal_or_beyond_the_horizon_and_of_tiny_queries() -> None:
    shown = pixels(variant(0))
    beyond = np.array([[1.0, 0, 0], [0, 1, 0], [-2, 0, 1]])
    one, other = Candidate(shown, None), Candidate(pixels(variant(1)), None)
    assert misfits(shown, [one, one]) == [0.0, 0.0]
    assert misfits(shown, [one, Candidate(shown, beyond), Candidate(shown, np.full((3, 3), np.nan))]) == [
        0.0,
        None,
        None,
    ]
    for size in ((5, 5), (1, 400), (9, 3)):
        assert misfits(np.zeros((*size, 3), np.uint8), [one, other]) == [0.0, 0.0]
    mine, twin = misfits(255 - shown, [Candidate(shown, None, True), other._replace(inverted=True)])
    assert mine is not None and twin is not None and mine < 0.5 * twin
