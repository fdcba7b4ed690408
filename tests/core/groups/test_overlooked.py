"""Parts of a picture that all its features have passed over are looked at by themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from revsearch_tui.api import Features
from revsearch_tui.core.groups.overlooked import may_overlook
from tests.support.drawn import draw_folder
from tests.support.groups import found, names
from tests.support.library import Library


def features_at(places: np.ndarray) -> Features:
    keypoints = np.column_stack([places, np.full((len(places), 2), 0.01)]).astype(np.float32)
    return Features(keypoints, np.zeros((len(places), 128), np.uint8), 1.0)


def test_a_large_part_without_features_may_be_overlooked_and_a_small_one_is_not() -> None:
    places = np.random.default_rng(0).random((2000, 2))
    assert not may_overlook(features_at(places))
    assert not may_overlook(features_at(places[(places > 0.15).any(axis=1)]))
    assert may_overlook(features_at(places[(places > 0.5).any(axis=1)]))


def soft(number: int) -> Image.Image:
    """A picture whose features are weaker than those of letters."""
    noise = np.random.default_rng(number).normal(128, 20, (60, 80)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC).convert("RGB")


def test_a_soft_picture_on_a_page_full_of_small_letters_is_in_its_group(library: Library, folder: Path) -> None:
    draw_folder(folder, range(20, 26))
    chance = np.random.default_rng(0)
    for number in range(2):
        sheet = Image.new("RGB", (700, 960), "white")
        pen = ImageDraw.Draw(sheet)
        for line in range(68):
            pen.text((20, 12 + 14 * line), "".join(chance.choice(list("abcdefghkmnpqrstuvwxyz   "), 110)), "black")
        sheet.paste(soft(number).resize((480, 360)), (60 + 100 * number, 200 + 200 * number))
        soft(number).save(folder / f"{number}.png")
        sheet.save(folder / f"{number}-page.png")
    library.index(folder)
    assert {frozenset({kept, *others}) for kept, others in names(found(library)).items()} == {
        frozenset({f"{number}.png", f"{number}-page.png"}) for number in range(2)
    }
