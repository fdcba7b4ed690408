"""What is a small part of another picture, or is shown small on a page, is found by single features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.support.drawn import draw, draw_folder
from tests.support.groups import found, names
from tests.support.library import Library

WORDS = ("the", "of", "and", "to", "in", "is", "you", "that", "it", "he", "was", "for", "on", "are", "as", "with")


def page(picture: Image.Image, number: int) -> Image.Image:
    """A page of text that shows a picture on a tenth of it."""
    chance = np.random.default_rng(number)
    sheet = Image.new("RGB", (1000, 1400), "white")
    pen = ImageDraw.Draw(sheet)
    for line in range(30):
        pen.text((60, 60 + 42 * line), " ".join(chance.choice(WORDS, 24)), "black")
    sheet.paste(picture.resize((400, 300)), (300, 150 + 350 * (number % 3)))
    return sheet


def test_a_picture_on_a_page_is_in_its_group_and_pages_are_not_together(library: Library, folder: Path) -> None:
    draw_folder(folder, range(20, 30))
    for number in range(3):
        picture = draw(number, (640, 480))
        picture.save(folder / f"{number}.png")
        page(picture, number).save(folder / f"{number}-page.png")
    library.index(folder)
    assert {frozenset({kept, *others}) for kept, others in names(found(library)).items()} == {
        frozenset({f"{number}.png", f"{number}-page.png"}) for number in range(3)
    }
