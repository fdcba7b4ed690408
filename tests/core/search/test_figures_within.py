"""Drawings on a plain ground: told from text, laid on white, and searched for where the whole finds nothing."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from revsearch_tui.api import NullControl
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.figures_within import figures_within, on_white
from revsearch_tui.core.search.results import SearchResult
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.search.word_search import search_any
from tests.support.drawn import shaded
from tests.support.library import Library

METHODS = ("phash", "sift")
TEAL = (60, 150, 160)


def sign(seed: int) -> Image.Image:
    """Large round forms on a transparent ground: hardly any keypoints, and no two alike."""
    chance = random.Random(seed)
    picture = Image.new("RGBA", (240, 200), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 50, 180, 150), fill=(40, 90, 40, 255))  # which the others touch
    for _ in range(5):
        x, y, wide, high = (
            chance.randrange(150),
            chance.randrange(120),
            chance.randrange(40, 90),
            chance.randrange(40, 80),
        )
        pen.ellipse((x, y, x + wide, y + high), fill=(chance.randrange(200), chance.randrange(120), 40, 255))
    cut_out = picture.crop(picture.getbbox())
    return cut_out.resize((cut_out.width * 3, cut_out.height * 3))


def laid(
    figure: Image.Image, ground: object, at: tuple[int, int] = (0, 0), size: tuple[int, int] = (0, 0)
) -> Image.Image:
    page = Image.new("RGB", size if any(size) else figure.size, ground)  # type: ignore[arg-type]
    page.paste(figure, at, figure)
    return page


def slide(figure: Image.Image) -> Image.Image:
    """A heading on a bar, lines of text, and a figure at the right."""
    page = laid(figure.reduce(3), "white", (640, 260), (960, 540))
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 960, 60), fill=(30, 60, 120))
    for row in range(6):
        line = "costs remained within what was planned"
        pen.text((40, 110 + 60 * row), line, (40, 40, 40), ImageFont.load_default(20))
    return page


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, SearchEngine]]:
    """A collection of forty signs, open."""
    base = tmp_path_factory.mktemp("signs")
    (base / "pictures").mkdir()
    for seed in range(40):
        sign(seed).save(base / "pictures" / f"{seed}.png")
    library = Library(base / "home", METHODS)
    library.index(base / "pictures")
    opened = open_engine(library.workspace, library.workspace.collection("pictures"), NullControl(), print)
    yield library, opened
    opened.close()


def asked(signs: tuple[Library, SearchEngine], query: Path) -> tuple[SearchResult, SearchResult]:
    """What the whole query finds, and the answer."""
    library, engine = signs
    request = search_request(library.workspace, library.workspace.choose(METHODS), k=5)
    read = engine.read(str(query))
    return engine.search([read], request)[0], search_any(engine, read, request)


def test_a_figure_beside_text_is_told_from_its_lines() -> None:
    figures = figures_within(np.asarray(slide(sign(3))))
    assert figures is not None and figures.is_white
    (box,) = figures.boxes
    assert np.abs(np.array(box) - (640, 260, 640 + sign(3).width // 3, 260 + sign(3).height // 3)).max() <= 1


def test_what_fills_its_picture_has_no_ground_and_no_figures() -> None:
    assert figures_within(np.asarray(shaded(4, (320, 240)))) is None
    assert figures_within(np.asarray(Image.new("RGB", (30, 400), "white"))) is None
    blank = figures_within(np.asarray(Image.new("RGB", (400, 300), TEAL)))
    assert blank is not None and blank.boxes == [] and not blank.is_white


def test_on_white_what_lies_about_a_figure_is_white_and_what_lies_within_it_stays() -> None:
    ring = Image.new("RGBA", (200, 160), (0, 0, 0, 0))
    ImageDraw.Draw(ring).ellipse((40, 20, 160, 140), (*TEAL, 255), (200, 30, 30, 255), 12)
    page = np.asarray(laid(ring, TEAL))
    figures = figures_within(page)
    assert figures is not None
    white = np.asarray(Image.open(io.BytesIO(on_white(page, figures.ground, (0, 0, 200, 160)))))
    assert (white[5, 5] == 255).all() and (white[80, 5] == 255).all()
    assert tuple(white[80, 100]) == TEAL and tuple(white[80, 46]) == (200, 30, 30)


@pytest.mark.parametrize("seed", [3, 17, 28])
def test_the_sign_on_a_slide_is_found_and_one_that_is_not_there_is_not(
    signs: tuple[Library, SearchEngine], tmp_path: Path, seed: int
) -> None:
    slide(sign(seed)).save(tmp_path / "slide.png")
    whole, found = asked(signs, tmp_path / "slide.png")
    assert whole.only_alike, "the slide itself finds it"
    first, *others = found.hits
    assert (first.path.name, first.tier, first.rank) == (f"{seed}.png", "same thing", 1)
    assert first.part is not None and first.part in found.notes[-1]
    assert all(hit.tier == "alike" for hit in others) and [hit.rank for hit in found.hits] == [1, 2, 3, 4, 5]
    slide(sign(seed + 100)).save(tmp_path / "slide.png")
    assert asked(signs, tmp_path / "slide.png")[1].only_alike


@pytest.mark.parametrize("ground", [TEAL, (250, 220, 60)])
def test_what_was_transparent_is_found_on_another_ground(
    signs: tuple[Library, SearchEngine], tmp_path: Path, ground: tuple[int, int, int]
) -> None:
    for seed in (5, 12):
        laid(sign(seed), ground).save(tmp_path / "query.png")
        _, found = asked(signs, tmp_path / "query.png")
        assert found.hits[0].path.name == f"{seed}.png" and found.hits[0].tier != "alike"
        laid(sign(seed + 100), ground).save(tmp_path / "query.png")
        assert asked(signs, tmp_path / "query.png")[1].only_alike
