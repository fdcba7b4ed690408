"""Presets, the options that change them, and what few pictures make of them."""

from __future__ import annotations

from typing import Any

import pytest
from revsearch_cnn.plugin import TRAIN_OPTIONS
from revsearch_export.trainers.cnn import PRESETS
from revsearch_export.trainers.presets import Preset, sized, with_options


def _made(pictures: int, **options: Any) -> tuple[Preset, Preset]:
    """Preset best with these options, and for so many pictures."""
    chosen = {spec.name: spec.default for spec in TRAIN_OPTIONS} | options
    preset = with_options(PRESETS["best"][0], chosen)
    return preset, sized(preset, chosen, pictures)


def test_many_pictures_leave_a_preset_as_it_is() -> None:
    preset, fitted = _made(42_750)
    assert fitted == preset == with_options(PRESETS["best"][0], {s.name: s.default for s in TRAIN_OPTIONS})


@pytest.mark.parametrize("pictures", [2, 15, 100, 700, 5000])
def test_few_pictures_are_seen_more_often_in_smaller_batches(pictures: int) -> None:
    preset, fitted = _made(pictures)
    batch = min(fitted.recipe.batch, pictures)
    assert fitted.recipe.batch == min(preset.recipe.batch, max(16, pictures // 10))
    assert fitted.recipe.epochs * (pictures // batch) >= 300
    assert fitted.recipe.head_lr / fitted.recipe.batch == pytest.approx(preset.recipe.head_lr / preset.recipe.batch)


def test_what_the_options_say_is_left_alone() -> None:
    _, fitted = _made(200, epochs=2.0, batch=64, decay=0.01)
    assert (fitted.recipe.epochs, fitted.recipe.batch, fitted.recipe.decay) == (2.0, 64, 0.01)
    _, fitted = _made(200, decay=0.01)
    assert (fitted.recipe.batch, fitted.recipe.decay) == (20, 0.01)
