"""What pixels say of hits: which are copies that no method is sure of, and what other copies lack."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from revsearch_tui.api import NullControl
from revsearch_tui.core.pixels.pixel_misfit import Candidate, misfits
from revsearch_tui.core.pixels.small_print import places_with_lines
from revsearch_tui.core.search.engine import SearchEngine
from revsearch_tui.core.search.results import SAME_PIXELS, Hit
from revsearch_tui.core.search.start_search import open_engine, search_request
from revsearch_tui.core.search.word_search import search_any
from tests.support.drawn import draw
from tests.support.library import Library

FORMS = 110
METHODS = ("phash", "sift")
LACKS = {"looks different in places", "differs in small things", "has other colours"}


def form(number: int) -> Image.Image:
    """One form, filled in with other numbers each time."""
    picture = Image.new("RGB", (420, 560), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(11)
    pen.rectangle((24, 24, 110, 60), fill=(20, 40, 110))
    names, numbers = random.Random(0), random.Random(number)
    for row in range(14):
        top = 100 + 22 * row
        pen.line((24, top, 396, top), fill="grey")
        pen.text((28, top + 4), "".join(names.choices("abcdefghij ", k=24)), fill="black", font=font)
        pen.text((330, top + 4), f"{numbers.randrange(100_000) / 100:.2f}", fill="black", font=font)
    return picture


def half(picture: Image.Image) -> Image.Image:
    held = io.BytesIO()
    picture.resize((picture.width // 2, picture.height // 2)).save(held, "JPEG", quality=80)
    return Image.open(held).convert("RGB")


def with_note(picture: Image.Image) -> Image.Image:
    written = picture.copy()
    ImageDraw.Draw(written).text((40, 30), "SOLD", fill="white", font=ImageFont.load_default(26))
    return written


def opened(base: Path, pictures: dict[str, Image.Image]) -> tuple[Library, SearchEngine]:
    (base / "pictures").mkdir(parents=True)
    for name, picture in pictures.items():
        picture.save(base / "pictures" / name)
    library = Library(base / "home", METHODS)
    library.index(base / "pictures")
    return library, open_engine(library.workspace, library.workspace.collection("pictures"), NullControl(), print)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, SearchEngine]]:
    found = opened(tmp_path_factory.mktemp("forms"), {f"{number}.png": form(number) for number in range(FORMS)})
    yield found
    found[1].close()


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, SearchEngine]]:
    photo = draw(7, (480, 360))
    pictures = {
        "note.png": with_note(photo),
        "grey.jpg": photo.convert("L").convert("RGB"),
        "whole.jpg": photo,
        "small.jpg": photo.resize((320, 240)),
        **{f"{number}.png": draw(number, (480, 360)) for number in range(20, 32)},
    }
    found = opened(tmp_path_factory.mktemp("altered"), pictures)
    yield found
    found[1].close()


def ask(of: tuple[Library, SearchEngine], query: Path, k: int = 20) -> Sequence[Hit]:
    library, engine = of
    request = search_request(library.workspace, library.workspace.choose(METHODS), k=k)
    return search_any(engine, engine.read(str(query)), request).hits


def test_of_many_filled_in_forms_the_one_that_was_asked_for_is_a_copy_and_the_others_are_not(
    forms: tuple[Library, SearchEngine], tmp_path: Path
) -> None:
    for number in (3, 41, 87):
        half(form(number)).save(tmp_path / "query.png")
        first, *others = ask(forms, tmp_path / "query.png")
        assert first.path.stem == str(number) and first.tier == "copy" and SAME_PIXELS in first.why
        assert all(hit.tier != "copy" and SAME_PIXELS not in hit.why for hit in others)
        assert [hit.rank for hit in (first, *others)] == list(range(1, 21)) and first.raw >= max(h.raw for h in others)
        assert min(h.score for h in others) >= 0 and first.score <= 1


def test_a_form_that_is_not_there_is_no_copy_of_its_like(forms: tuple[Library, SearchEngine], tmp_path: Path) -> None:
    for number in (500, 501, 502):
        half(form(number)).save(tmp_path / "query.png")
        hits = ask(forms, tmp_path / "query.png")
        assert all(hit.tier != "copy" and SAME_PIXELS not in hit.why for hit in hits)


def test_a_query_too_small_to_be_read_is_no_copy_of_several_that_differ(tmp_path: Path) -> None:
    def card(number: int) -> Image.Image:
        picture = Image.new("RGB", (300, 200), "white")
        pen = ImageDraw.Draw(picture)
        pen.text((20, 20), f"card number {number * 7919 % 10007}", "black")
        pen.rectangle((20, 60, 280, 180), (200, 220, 240), "black")
        pen.text((60, 100), f"code {number * 104729 % 99991}", "navy")
        return picture

    found = opened(tmp_path / "cards", {f"{number}.png": card(number) for number in range(FORMS)})
    try:
        half(card(40)).save(tmp_path / "query.jpg", quality=70)
        assert not any(SAME_PIXELS in hit.why for hit in ask(found, tmp_path / "query.jpg"))
        card(40).save(tmp_path / "query.jpg", quality=70)
        first, *others = ask(found, tmp_path / "query.jpg")
        assert (first.path.stem, first.tier) == ("40", "copy") and all(hit.tier != "copy" for hit in others)
    finally:
        found[1].close()


def test_without_its_file_nothing_is_said(forms: tuple[Library, SearchEngine], tmp_path: Path) -> None:
    file = forms[0].home.parent / "pictures" / "41.png"
    kept = file.read_bytes()
    half(form(41)).save(tmp_path / "query.png")
    try:
        file.write_bytes((file.parent / "42.png").read_bytes())
        assert not any(SAME_PIXELS in hit.why for hit in ask(forms, tmp_path / "query.png"))
        file.unlink()
        assert not any(SAME_PIXELS in hit.why for hit in ask(forms, tmp_path / "query.png"))
    finally:
        file.write_bytes(kept)


def test_copies_that_lack_something_of_the_query_say_so_and_come_after_those_that_do_not(
    altered: tuple[Library, SearchEngine], tmp_path: Path
) -> None:
    draw(7, (480, 360)).resize((400, 300)).save(tmp_path / "query.png")
    hits = [hit for hit in ask(altered, tmp_path / "query.png") if hit.tier == "copy"]
    told = {hit.path.name: LACKS.intersection(hit.why) for hit in hits}
    assert {hit.path.name for hit in hits[:2]} == {"whole.jpg", "small.jpg"}
    assert not told["whole.jpg"] and not told["small.jpg"] and told["note.png"] and told["grey.jpg"]


def test_beside_the_very_file_the_others_say_what_they_lack(altered: tuple[Library, SearchEngine]) -> None:
    hits = ask(altered, altered[0].home.parent / "pictures" / "note.png")
    told = {hit.path.name: bool(LACKS.intersection(hit.why)) for hit in hits if hit.tier != "alike"}
    assert hits[0].tier == "same file" and not hits[0].why
    assert told == {"note.png": False, "whole.jpg": True, "small.jpg": True, "grey.jpg": True}


def test_where_none_shows_all_each_copy_says_what_it_lacks(
    altered: tuple[Library, SearchEngine], tmp_path: Path
) -> None:
    marked = draw(7, (480, 360))
    ImageDraw.Draw(marked).ellipse((230, 210, 254, 234), "yellow", "black", 2)
    marked.save(tmp_path / "query.png")
    copies = [hit for hit in ask(altered, tmp_path / "query.png") if hit.tier == "copy"]
    assert len(copies) > 1 and all(LACKS.intersection(hit.why) for hit in copies)


def test_a_lone_copy_says_what_it_lacks_and_nothing_where_that_is_nothing(
    altered: tuple[Library, SearchEngine], tmp_path: Path
) -> None:
    other = draw(25, (480, 360))
    with_note(other).save(tmp_path / "query.png")
    copies = [hit for hit in ask(altered, tmp_path / "query.png") if hit.tier == "copy"]
    assert [hit.path.name for hit in copies] == ["25.png"] and copies[0].lacks
    half(other).save(tmp_path / "query.png")
    copies = [hit for hit in ask(altered, tmp_path / "query.png") if hit.tier == "copy"]
    assert [hit.path.name for hit in copies] == ["25.png"] and not copies[0].lacks


def test_lines_are_told_from_fog() -> None:
    fog = np.tile(np.linspace(40, 220, 300).astype(np.uint8)[:, None, None], (1, 400, 3))
    assert places_with_lines(Image.fromarray(fog)) == 0
    assert places_with_lines(form(1)) > 500 and places_with_lines(Image.new("RGB", (5, 3))) == 0


def test_a_grey_picture_does_not_make_colours_a_matter_of_light() -> None:
    tones = np.linspace(0, 1, 300)[None, :, None] * np.ones((200, 1, 1))
    sunset = (tones * (250, 140, 30) + (1 - tones) * (10, 20, 60)).astype(np.uint8)
    sunset[60:90, 40:250] = 255 - sunset[60:90, 40:250]
    grey = np.asarray(Image.fromarray(sunset).convert("L").convert("RGB"))
    off = misfits(sunset, [Candidate(grey, None), Candidate(sunset, None)])
    assert off[0] is not None and off[1] is not None and off[1] < 0.1 * off[0]
