"""Near-duplicates are told from pictures that are merely alike."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from revsearch_tui.core.evaluation.near_duplicates import near_duplicates, thumbnail
from tests.support.drawn import draw


def thumbnails(*pictures: Image.Image) -> np.ndarray:
    return np.stack([thumbnail(np.asarray(picture.convert("RGB"))) for picture in pictures])


def saved_anew(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def test_a_picture_saved_anew_or_scaled_is_a_near_duplicate() -> None:
    original = draw(3)
    copies = [saved_anew(original, 60), original.resize((110, 80)), original]
    assert near_duplicates(thumbnails(original), thumbnails(draw(4), *copies), [[3]]) == [[1, 2]]


def test_plain_pictures_are_not_all_near_duplicates_of_each_other() -> None:
    greys = [Image.new("RGB", (20, 20), (shade, shade, shade)) for shade in (120, 121, 121)]
    assert near_duplicates(thumbnails(greys[0]), thumbnails(*greys[1:]), [[]]) == [[]]
    assert near_duplicates(thumbnails(greys[1]), thumbnails(*greys), [[1]]) == [[2]]


def test_blocks_do_not_change_what_is_found() -> None:
    pictures = [draw(seed, (60, 40)) for seed in range(12)]
    gallery = thumbnails(*(saved_anew(picture, 80) for picture in pictures))
    assert near_duplicates(thumbnails(*pictures), gallery, [[]] * 12) == [[place] for place in range(12)]
